/** Systems that other people wrote, from Debian's packages, under real load. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { connect } from 'amqplib';
import { describe, expect, it } from 'vitest';
import { openRecording, type Recording } from '../../src/recording/index.js';
import { printTerm, type Term } from '../../src/term/index.js';
import {
  elixirscope,
  inDirectory,
  sleep,
  start,
  startElixirscope,
  until,
  type Started,
} from '../support/elixirscope.js';
import { freePort } from '../support/ports.js';

const RABBITMQ = '/usr/lib/rabbitmq/bin/rabbitmq-server';
const EJABBERD = '/usr/lib/x86_64-linux-gnu';
const erlang = (term: Term | undefined): string => (term ? printTerm(term, { syntax: 'erlang' }) : '');

async function withEpmd<T>(work: (port: string) => Promise<T>): Promise<T> {
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
async function terminate(started: Started): Promise<void> {
  started.child.kill('SIGTERM');
  const gone = await Promise.race([started.finished.then(() => true), sleep(20_000).then(() => false)]);
  if (!gone) started.child.kill('SIGKILL');
  await started.finished;
}

describe.skipIf(!existsSync(RABBITMQ))('RabbitMQ', () => {
  it('loses no message and logs no error while ten seconds of 2,000 messages a second are recorded', () =>
    inDirectory((directory) =>
      withEpmd(async (epmdPort) => {
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
          const path = '/tmp/behav/rabbit.escope';
          const published = await publishWhile(port, async () => {
            await sleep(1000);
            const attached = await elixirscope(['attach', node, '--for', '10s', '--out', path], { env });
            expect(attached.stderr).not.toMatch(/warning|error/i);
            expect(attached.code).toBe(0);
            writeFileSync('/tmp/behav/attached.txt', attached.stdout+attached.stderr); await sleep(500);
          });
          expect(published.sent).toBeGreaterThan(15_000);
          expect(published.received).toBe(published.sent);
          expect(published.outOfOrder).toBe(0);
          const log = readdirSync(join(directory, 'log'))
            .filter((name) => name.endsWith('.log'))
            .map((name) => readFileSync(join(directory, 'log', name), 'utf8'))
            .join('');
          writeFileSync('/tmp/behav/broker.log', log);writeFileSync('/tmp/behav/published.json', JSON.stringify(published));
          expect(log).not.toMatch(/\[(error|critical|alert|emergency)\]/);
          const recording = openRecording(path);
          checkQueue(recording);
          recording.close();
        } finally {
          await terminate(broker);
        }
      }),
    ));
});

/**
 * Publishes 2,000 numbered messages a second and consumes them, as long as `work` goes on; and ten a second to a queue without a
 * consumer. (What comes in order and goes out at once leaves a queue's state as it was.)
 */
async function publishWhile(
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

/** A queue process's state before and after a publish; the message's arrow leads from channel to queue. */
function checkQueue(recording: Recording): void {
  const delivers = new Map(
    [...first(recording.events({ kinds: ['handle'] }), 20_000)]
      .filter((event) => /^\{deliver,/.test(erlang(event.terms[0])))
      .map((event) => [event.seq, event]),
  );
  expect(delivers.size, 'queues handle {deliver, …}').toBeGreaterThan(0);
  const after = [...recording.events({ kinds: ['state'] })].find((event) => delivers.has(event.cause));
  const deliver = delivers.get(after?.cause ?? 0);
  expect(deliver, 'a message changes the state of its queue').toBeDefined();
  if (!deliver) return;
  const state = recording.state(deliver.process, recording.momentOf(after?.seq ?? 0));
  expect(erlang(state?.value)).toMatch(/^\{q,/);
  expect(erlang(state?.previous?.value)).toMatch(/^\{q,/);
  expect(erlang(state?.changed?.message)).toMatch(/^\{deliver,/);
  const sender = recording.processes()[(state?.changed?.from ?? 0) - 1];
  expect(recording.function(sender?.fn ?? 0)?.module).toBe('rabbit_channel');
  const send = recording.event(state?.changed?.sendSeq ?? 0);
  expect([send?.kind, send?.process, send?.peer]).toEqual(['send', sender?.id, deliver.process]);
}

function* first<T>(items: Iterable<T>, count: number): Iterable<T> {
  let n = 0;
  for (const item of items) {
    if (n++ >= count) return;
    yield item;
  }
}

describe.skipIf(!existsSync(EJABBERD) || !readdirSync(EJABBERD).some((name) => name.startsWith('ejabberd-')))(
  'ejabberd',
  () => {
    it('starts, serves and stops under run as it always does', () =>
      inDirectory((directory) =>
        withEpmd(async (epmdPort) => {
          const port = await freePort();
          for (const name of ['home', 'spool', 'log']) mkdirSync(join(directory, name));
          const config = join(directory, 'ejabberd.yml');
          writeFileSync(
            config,
            `hosts: [localhost]\nlisten:\n  -\n    port: ${port}\n    ip: "127.0.0.1"\n    module: ejabberd_c2s\nmodules:\n  mod_ping: {}\n  mod_roster: {}\n`,
          );
          const env = {
            HOME: join(directory, 'home'),
            ERL_EPMD_PORT: epmdPort,
            ERL_LIBS: EJABBERD,
            EJABBERD_CONFIG_PATH: config,
            EJABBERD_LOG_PATH: join(directory, 'log', 'ejabberd.log'),
            EJABBERD_PID_PATH: join(directory, 'pid'),
          };
          const path = join(directory, 'ejabberd.escope');
          const node = `ejabberd${port}@127.0.0.1`;
          const mnesia = `"${join(directory, 'spool')}"`;
          const run = startElixirscope(
            [
              'run',
              '--out',
              path,
              '--',
              'erl',
              '-noinput',
              '-name',
              node,
              '-setcookie',
              'abc',
              '-mnesia',
              'dir',
              mnesia,
              '-s',
              'ejabberd',
            ],
            { env },
          );
          await run.saw('Start accepting TCP connections', 60_000);
          expect(await greet(port)).toContain('<stream:stream');
          await terminate(run);
          const all = run.output().stdout + run.output().stderr;
          expect(all).not.toMatch(/\[(error|critical|alert|emergency)\]/);
          const recording = openRecording(path);
          const info = recording.info();
          expect(info.gaps).toEqual([]);
          expect(info.processes).toBeGreaterThan(200);
          const router = recording.findProcess('ejabberd_router');
          expect(recording.state(router ?? 0, recording.end())).toBeDefined();
          const c2s = [...recording.events({ kinds: ['handle'] })].some(
            (event) => recording.function(event.fn)?.module === 'xmpp_stream_in',
          );
          expect(c2s).toBe(true);
          recording.close();
        }),
      ));
  },
);

/** Says hello to an XMPP server and gives its answer. */
function greet(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp(port, '127.0.0.1', () => {
      socket.write(
        `<?xml version='1.0'?><stream:stream to='localhost' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>`,
      );
    });
    socket.setTimeout(10_000, () => socket.destroy(new Error('no answer from the server')));
    socket.once('error', reject);
    socket.once('data', (data) => {
      socket.destroy();
      resolve(data.toString());
    });
  });
}
