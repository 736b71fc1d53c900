/** Systems that other people wrote, from Debian's packages, under real load. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openRecording, type Recording } from '../../src/recording/index.js';
import { printTerm, type Term } from '../../src/term/index.js';
import { elixirscope, inDirectory, recordedSoFar, sleep, startElixirscope, until } from '../support/elixirscope.js';
import { freePort } from '../support/ports.js';
import { hasRabbitmq, publishWhile, terminate, withEpmd, withRabbitmq } from '../support/rabbitmq.js';

const EJABBERD = '/usr/lib/x86_64-linux-gnu';
const erlang = (term: Term | undefined): string => (term ? printTerm(term, { syntax: 'erlang' }) : '');

describe.skipIf(!hasRabbitmq())('RabbitMQ', () => {
  it('loses no message and logs no error while ten seconds of 2,000 messages a second are recorded', () =>
    inDirectory((directory) =>
      withRabbitmq(directory, async ({ node, port, env }) => {
        const path = join(directory, 'rabbit.escope');
        const published = await publishWhile(port, async () => {
          await sleep(1000);
          const attached = await elixirscope(['attach', node, '--for', '10s', '--out', path], { env });
          expect(attached.stderr).not.toMatch(/warning|error/i);
          expect(attached.code).toBe(0);
          await sleep(500);
        });
        expect(published.sent).toBeGreaterThan(15_000);
        expect(published.received).toBe(published.sent);
        expect(published.outOfOrder).toBe(0);
        const log = readdirSync(join(directory, 'log'))
          .filter((name) => name.endsWith('.log'))
          .map((name) => readFileSync(join(directory, 'log', name), 'utf8'))
          .join('');
        expect(log).not.toMatch(/\[(error|critical|alert|emergency)\]/);
        const recording = openRecording(path);
        checkQueue(recording);
        recording.close();
      }),
    ));
});

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
          const served = (recording: Recording): boolean =>
            [...recording.events({ kinds: ['handle'] })].some(
              (event) => recording.function(event.fn)?.module === 'xmpp_stream_in',
            );
          // The module that serves clients is loaded with the first of them, and followed a moment later.
          await until(
            'a client is served, and that is recorded',
            async () => {
              expect(await greet(port)).toContain('<stream:stream');
              return recordedSoFar(path, served);
            },
            60_000,
            200,
          );
          await terminate(run);
          const all = run.output().stdout + run.output().stderr;
          expect(all).not.toMatch(/\[(error|critical|alert|emergency)\]/);
          const recording = openRecording(path);
          const info = recording.info();
          expect(info.gaps).toEqual([]);
          expect(info.processes).toBeGreaterThan(200);
          const router = recording.findProcess('ejabberd_router');
          expect(recording.state(router ?? 0, recording.end())).toBeDefined();
          expect(served(recording)).toBe(true);
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
