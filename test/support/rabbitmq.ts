/** RabbitMQ from Debian's package as a program to record: a broker of its own under load, gone when the work is done. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'amqplib';
import { sleep, start, until, type Started } from './elixirscope.js';
import { freePort } from './ports.js';

const RABBITMQ = '/usr/lib/rabbitmq/bin/rabbitmq-server';
export const hasRabbitmq = (): boolean => existsSync(RABBITMQ);

export interface Rabbitmq {
  node: string;
  /** Of AMQP. */
  port: number;
  /** With which `elixirscope attach` finds the node. */
  env: Record<string, string>;
}

/** A broker whose files lie in `directory`, for as long as `work` goes on. */
export async function withRabbitmq<T>(directory: string, work: (broker: Rabbitmq) => Promise<T>): Promise<T> {
  return withEpmd(async (epmdPort) => {
    const [port, distPort] = [await freePort(), await freePort()];
    const node = `rabbit${port}@localhost`;
    const env = {
      HOME: directory,
      ERL_EPMD_PORT: epmdPort,
      RABBITMQ_NODENAME: node,
      RABBITMQ_MNESIA_BASE: join(directory, 'mnesia'),
      RABBITMQ_LOG_BASE: join(directory, 'log'),
      RABBITMQ_NODE_PORT: String(port),
      RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
      RABBITMQ_DIST_PORT: String(distPort),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(directory, 'plugins'),
      RABBITMQ_CONFIG_FILE: join(directory, 'none'),
      RABBITMQ_CONF_ENV_FILE: '/dev/null',
    };
    writeFileSync(join(directory, '.erlang.cookie'), 'rabbit-test-cookie', { mode: 0o400 });
    writeFileSync(join(directory, 'plugins'), '[].');
    const broker = start([RABBITMQ], { env });
    try {
      await broker.saw('completed with', 90_000);
      return await work({ node, port, env });
    } finally {
      await terminate(broker);
    }
  });
}

/** With a port mapper of its own, whose port `work` gets. */
export async function withEpmd<T>(work: (port: string) => Promise<T>): Promise<T> {
  const port = String(await freePort());
  const epmd = start(['epmd', '-port', port], { env: { ERL_EPMD_ADDRESS: '127.0.0.1' } });
  try {
    return await work(port);
  } finally {
    epmd.child.kill('SIGKILL');
    await epmd.finished;
  }
}

/** Ends a program that answers to SIGTERM, and waits for it. */
export async function terminate(started: Started): Promise<void> {
  started.child.kill('SIGTERM');
  const gone = await Promise.race([started.finished.then(() => true), sleep(20_000).then(() => false)]);
  if (!gone) started.child.kill('SIGKILL');
  await started.finished;
}

/** Somebody who connects, declares a queue and goes: the broker starts processes for them, watches them, and takes them down. */
export async function comeAndGo(port: number): Promise<void> {
  const connection = await connect(`amqp://guest:guest@127.0.0.1:${port}`);
  const channel = await connection.createChannel();
  await channel.assertQueue('', { exclusive: true });
  await connection.close();
}

/**
 * Publishes 2,000 numbered messages a second and consumes them, as long as `work` goes on; and ten a second to a queue without a
 * consumer. (What comes in order and goes out at once leaves a queue's state as it was.)
 */
export async function publishWhile(
  port: number,
  work: () => Promise<void>,
): Promise<{ sent: number; received: number; outOfOrder: number }> {
  const connection = await connect(`amqp://guest:guest@127.0.0.1:${port}`);
  const [producer, consumer] = [await connection.createChannel(), await connection.createChannel()];
  for (const queue of ['orders', 'kept']) await producer.assertQueue(queue, { durable: false });
  const result = { sent: 0, received: 0, outOfOrder: 0 };
  await consumer.consume(
    'orders',
    (message: { content: Buffer } | null) => {
      if (Number(message?.content.toString().split(' ')[0]) !== result.received) result.outOfOrder++;
      result.received++;
    },
    { noAck: true },
  );
  let rounds = 0;
  const timer = setInterval(() => {
    if (rounds++ % 5 === 0) producer.sendToQueue('kept', Buffer.from('order'));
    for (let i = 0; i < 40; i++) producer.sendToQueue('orders', Buffer.from(`${result.sent++} ${'x'.repeat(100)}`));
  }, 20);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  await until('all messages came back', () => result.received >= result.sent, 20_000);
  await connection.close();
  return result;
}
