import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { atom, int, list, localPid, tuple, type Term } from '../../term/index.js';
import { WireError } from '../../wire/index.js';
import { MemoryWriter } from '../../../test/support/memory-writer.js';
import { pid64, ProbeStreamBuilder, TEST_TOKEN } from '../../../test/support/probe-stream.js';
import { Flags, kindCode } from '../model.js';
import { ProbeStream, type SharedRecording } from './index.js';

const [SPAWNED, EXIT, REGISTER, SEND, ARRIVE, CALLBACK, CALLBACK_RETURN, STATE] = [4, 5, 8, 10, 11, 15, 16, 17];
const A = pid64(100);
const B = pid64(101);
const alias: Term = { kind: 'reference', words: [1, 2, 3] };
const from = tuple(localPid(100), list([atom('alias')], alias));

function shared(writer: MemoryWriter): SharedRecording {
  return { writer: () => writer, startNs: undefined, clock: { ns: 0 }, token: TEST_TOKEN, ringDirectory: undefined };
}

function ingest(builder: ProbeStreamBuilder, chunk = Infinity): MemoryWriter {
  const writer = new MemoryWriter();
  const stream = new ProbeStream(shared(writer), { hello: () => undefined, note: () => undefined });
  const bytes = builder.bytes();
  for (let at = 0; at < bytes.length; at += chunk) stream.push(bytes.subarray(at, Math.min(bytes.length, at + chunk)));
  stream.finish();
  return writer;
}

/**
 * A calls B and gets its reply; each runs on its own ring.
 *
 * ```
 * A ──{:"$gen_call", from, :get}──▶ B
 *                                   handle_call(:get, from, 1) → {:reply, 1, 2}
 * A ◀──────────{ref, 1}──────────── B
 * ```
 */
function call(): ProbeStreamBuilder {
  const handleCall: [string, string, number] = ['Elixir.Counter', 'handle_call', 3];
  return new ProbeStreamBuilder()
    .hello()
    .record(0, REGISTER, 1, A, [{ atom: 'a' }])
    .record(1, REGISTER, 2, B, [{ atom: 'b' }])
    .record(0, SEND, 10, A, [{ u64: B }, { term: tuple(atom('$gen_call'), from, atom('get')) }, { term: undefined }])
    .record(1, ARRIVE, 20, B, [{ u64: A }, { term: tuple(atom('$gen_call'), from, atom('get')) }, { term: undefined }])
    .record(1, CALLBACK, 30, B, [
      { atom: 'gen_server' },
      { mfa: handleCall },
      { term: atom('get') },
      { term: from },
      { term: int(1) },
    ])
    .record(1, CALLBACK_RETURN, 40, B, [
      { atom: 'gen_server' },
      { mfa: handleCall },
      { term: tuple(atom('reply'), int(1), { kind: 'stateMark' }) },
      { term: int(2) },
    ])
    .record(1, SEND, 50, B, [{ u64: 0 }, { term: tuple(alias, int(1)) }, { term: alias }])
    .record(0, ARRIVE, 60, A, [{ u64: B }, { term: tuple(alias, int(1)) }, { term: undefined }])
    .sync(70)
    .goodbye();
}

describe('a probe stream', () => {
  it('becomes rows whose causes lead from a reply back to the request', () => {
    const request = '{:"$gen_call", {#PID<0.100.0>, [:alias | #Reference<0.3.2.1>]}, :get}';
    expect(ingest(call()).text()).toBe(
      [
        '2 register a :a',
        '3 register b :b',
        `4 send a ~ b ${request}`,
        `5 arrive b ~ a ${request} (4)`,
        '6 state b 1 before',
        '7 handle b Elixir.Counter.handle_call/3 :get {#PID<0.100.0>, [:alias | #Reference<0.3.2.1>]} (5)',
        '8 handled b Elixir.Counter.handle_call/3 {:reply, 1, ‹state›} (7)',
        '9 state b Elixir.Counter.handle_call/3 2 changed (7)',
        '10 send b ~ a {#Reference<0.3.2.1>, 1} #Reference<0.3.2.1>',
        '11 arrive a ~ b {#Reference<0.3.2.1>, 1} (10)',
      ].join('\n'),
    );
  });

  it('knows a reply of the code server as taken at once, but not what others send in its form', () => {
    const reply = tuple(atom('code_server'), atom('ok'));
    const builder = new ProbeStreamBuilder()
      .hello()
      .record(0, REGISTER, 10, A, [{ atom: 'code_server' }])
      .record(0, ARRIVE, 20, B, [{ u64: A }, { term: reply }, { term: undefined }])
      .record(0, ARRIVE, 30, B, [{ u64: B }, { term: reply }, { term: undefined }])
      .sync(40)
      .goodbye();
    const taken = ingest(builder).rows.flatMap(({ kind, flags: bits }) =>
      kind === kindCode('arrive') ? [bits & Flags.TAKEN] : [],
    );
    expect(taken).toEqual([Flags.TAKEN, 0]);
  });

  it('reads the same whatever the size of the chunks', () => {
    const whole = ingest(call()).text([]);
    for (const size of [1, 3, 7, 64, 1000]) expect(ingest(call(), size).text([])).toBe(whole);
  });

  it('orders rings by time, up to the watermark', () => {
    const builder = new ProbeStreamBuilder().hello();
    for (const [ring, ns] of [
      [0, 3],
      [0, 7],
      [0, 9],
      [1, 4],
      [1, 5],
      [1, 12],
    ] as const) {
      builder.record(ring, SEND, ns, A, [{ u64: B }, { term: int(ns) }, { term: undefined }]);
    }
    expect(
      ingest(builder.sync(10).goodbye())
        .rows.filter((row) => row.kind === 7)
        .map((row) => row.ns),
    ).toEqual([3, 4, 5, 7, 9, 12]);
  });

  it('gives no state event when a callback leaves the state as it was', () => {
    const cast: [string, string, number] = ['m', 'handle_cast', 2];
    const builder = new ProbeStreamBuilder().hello();
    for (const ns of [10, 20, 30]) {
      builder
        .record(0, CALLBACK, ns, B, [
          { atom: 'gen_server' },
          { mfa: cast },
          { term: int(ns) },
          { term: undefined },
          { term: undefined },
        ])
        .record(0, CALLBACK_RETURN, ns + 1, B, [
          { atom: 'gen_server' },
          { mfa: cast },
          { term: atom('noreply') },
          { term: int(ns === 30 ? 6 : 5) },
        ]);
    }
    expect(ingest(builder.sync(99).goodbye()).text(['node', 'handle', 'handled'])).toBe(
      ['4 state p101 m.handle_cast/2 5 changed (2)', '9 state p101 m.handle_cast/2 6 changed (7)'].join('\n'),
    );
  });

  it('ends a gen_statem callback where its loop waits again', () => {
    const mfa: [string, string, number] = ['door', 'locked', 3];
    const builder = new ProbeStreamBuilder()
      .hello()
      .record(0, ARRIVE, 5, B, [{ u64: A }, { term: tuple(atom('$gen_cast'), atom('push')) }, { term: undefined }])
      .record(0, CALLBACK, 10, B, [
        { atom: 'gen_statem' },
        { mfa },
        { term: atom('push') },
        { term: atom('cast') },
        { term: tuple(atom('locked'), int(0)) },
      ])
      .record(0, STATE, 20, B, [{ atom: 'gen_statem' }, { term: tuple(atom('open'), int(1)) }])
      .sync(99)
      .goodbye();
    expect(ingest(builder).text()).toBe(
      [
        '2 arrive p101 ~ p100 {:"$gen_cast", :push}',
        '3 state p101 {:locked, 0} before',
        '4 handle p101 door.locked/3 :push :cast (2)',
        '5 handled p101 door.locked/3 (4)',
        '6 state p101 door.locked/3 {:open, 1} changed (4)',
      ].join('\n'),
    );
  });

  it('gives a pid that is used again a new incarnation', () => {
    const run: [string, string, number] = ['m', 'f', 0];
    const builder = new ProbeStreamBuilder()
      .hello()
      .record(0, SPAWNED, 1, B, [{ u64: A }, { mfa: run }, { term: list([]) }])
      .record(0, EXIT, 2, B, [{ term: atom('normal') }])
      .record(0, SPAWNED, 3, B, [{ u64: A }, { mfa: run }, { term: list([]) }])
      .sync(9)
      .goodbye();
    const { processes } = ingest(builder);
    expect(processes.map(({ number, spawnSeq, exitSeq }) => ({ number, spawnSeq, exitSeq }))).toEqual([
      { number: 100, spawnSeq: 0, exitSeq: 0 },
      { number: 101, spawnSeq: 2, exitSeq: 3 },
      { number: 101, spawnSeq: 4, exitSeq: 0 },
    ]);
  });

  it('refuses a wrong token, a future version and what is no probe', () => {
    expect(() => ingest(new ProbeStreamBuilder('f'.repeat(32)).hello())).toThrow('wrong token');
    expect(() => ingest(new ProbeStreamBuilder(TEST_TOKEN, 9).hello())).toThrow('version 9');
    const stream = new ProbeStream(shared(new MemoryWriter()), { hello: () => undefined, note: () => undefined });
    expect(() => stream.push(Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n'))).toThrow(
      'not a probe',
    );
  });

  it('keeps everything before a broken frame and says how it ended', () => {
    const writer = new MemoryWriter();
    const stream = new ProbeStream(shared(writer), { hello: () => undefined, note: () => undefined });
    const good = new ProbeStreamBuilder()
      .hello()
      .record(0, SEND, 1, A, [{ u64: B }, { term: int(1) }, { term: undefined }])
      .sync(2);
    stream.push(good.bytes());
    expect(() => stream.push(Buffer.from([99, 0, 0, 0, 0, 0, 0, 0]))).toThrow(WireError);
    stream.finish('unknown frame type 99');
    expect(writer.text([])).toContain('send p100');
    expect(writer.text([])).toContain('gap {:"unreadable bytes", 1');
    expect(writer.nodes[0]?.end).toBe('unknown frame type 99');
  });

  it('survives any damage: rows or a WireError, never anything else', () => {
    const bytes = call().bytes();
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        fc.nat(bytes.length),
        (flips, cut) => {
          const damaged = Buffer.from(bytes.subarray(0, bytes.length - cut));
          for (const [at, value] of flips) if (at < damaged.length) damaged[at] = value;
          const stream = new ProbeStream(shared(new MemoryWriter()), { hello: () => undefined, note: () => undefined });
          try {
            stream.push(damaged);
          } catch (error) {
            expect(error).toBeInstanceOf(WireError);
          }
          stream.finish();
        },
      ),
      { numRuns: 3000 },
    );
  });
});
