/**
 * Publishes to a queue and consumes from it as fast as the broker lets it, never more than a window of messages ahead.
 *
 *     node rabbitmq-load.mjs PORT     then a line `SECONDS` on standard input runs one round; the answer is a line: messages a second
 */
import { createInterface } from 'node:readline';
import { connect } from 'amqplib';

const WINDOW = 400;
const BODY = Buffer.alloc(100, 'x');
const connection = await connect(`amqp://guest:guest@127.0.0.1:${process.argv[2]}`);
const [producer, consumer] = [await connection.createChannel(), await connection.createChannel()];
await producer.assertQueue('bench', { durable: false });

let [sent, received, running] = [0, 0, false];
const fill = () => {
  while (running && sent - received < WINDOW) {
    producer.sendToQueue('bench', BODY);
    sent++;
  }
};
await consumer.consume(
  'bench',
  () => {
    received++;
    if (sent - received < WINDOW / 2) fill();
  },
  { noAck: true },
);

for await (const line of createInterface({ input: process.stdin })) {
  const [began, before] = [process.hrtime.bigint(), received];
  running = true;
  fill();
  await new Promise((resolve) => setTimeout(resolve, Number(line) * 1000));
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  const rate = (received - before) / seconds;
  running = false;
  while (received < sent) await new Promise((resolve) => setTimeout(resolve, 5));
  console.log(rate.toFixed(1));
}
await connection.close();
