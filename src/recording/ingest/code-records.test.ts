import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { atom, binary, int, list, tuple, type Term } from '../../term/index.js';
import { WireError } from '../../wire/index.js';
import { MemoryWriter } from '../../../test/support/memory-writer.js';
import { pid64, ProbeStreamBuilder, TEST_TOKEN } from '../../../test/support/probe-stream.js';
import { Flags } from '../model.js';
import { ProbeStream } from './index.js';

const [EXIT, CALL, RETURN, EXCEPTION, CALLBACK, CALLBACK_RETURN, TAIL] = [5, 12, 13, 14, 15, 16, 23];
const [FUNCTION, POINT, LINE, VALUE, COUNT, PLAN, MEMORY, SOURCE] = [24, 25, 26, 27, 28, 29, 30, 6];
const SITE = 2;
const P = pid64(100);
const F = 4096;
const G = 4097;
const LINE_OF_F = 4098;

function ingest(builder: ProbeStreamBuilder): MemoryWriter {
  const writer = new MemoryWriter();
  const shared = { writer: () => writer, startNs: undefined, clock: { ns: 0 }, token: TEST_TOKEN, ringDirectory: undefined }; // prettier-ignore
  const stream = new ProbeStream(shared, { hello: () => undefined, note: () => undefined });
  stream.push(builder.sync(1e9).goodbye().bytes());
  stream.finish();
  return writer;
}

const names = (...pairs: [string, number][]): Term => list(pairs.map(([name, line]) => tuple(binary(name), int(line))));

/** As a record holds a time so many ns after HELLO. */
const monotonic = (ns: number): bigint => BigInt.asUintN(64, -576460751000000000n + BigInt(ns));

/** A module `m` with `f/1`, in which a point at line 3 binds `x`, and `g/0`. */
function told(): ProbeStreamBuilder {
  return new ProbeStreamBuilder()
    .hello()
    .record(0, FUNCTION, 1, 0, [{ u32: F }, { mfa: ['m', 'f', 1] }, { u32: 2 }, { u32: 4 }])
    .record(0, FUNCTION, 1, 0, [{ u32: G }, { mfa: ['m', 'g', 0] }, { u32: 9 }, { u32: 2 }])
    .record(0, POINT, 1, 0, [
      { u32: LINE_OF_F },
      { u32: F },
      { u32: 1 },
      { u32: 3 },
      { u32: 5 },
      { term: binary('g()') },
      { term: names(['x', 2]) },
    ]);
}
const args = (...terms: Term[]): { term: Term } => ({ term: list(terms) });

describe('records of functions', () => {
  it('become calls in calls, with their lines, by sites', () => {
    const builder = told()
      .record(0, CALL, 10, P, [{ u32: F }, args(int(700))], SITE)
      .record(0, LINE, 11, P, [{ u32: LINE_OF_F }, { term: list([int(700)]) }])
      .record(0, CALL, 12, P, [{ u32: G }, { term: undefined }], SITE)
      .record(0, RETURN, 13, P, [{ u32: G }, { term: undefined }], SITE)
      .record(0, VALUE, 14, P, [{ u32: LINE_OF_F }, { term: atom('ok') }])
      .record(0, TAIL, 15, P, [{ u32: F }], SITE)
      .record(0, CALL, 16, P, [{ u32: G }, { term: undefined }], SITE)
      .record(0, EXCEPTION, 17, P, [{ u32: G }, { atom: 'error' }, { term: atom('badarg') }], SITE);
    const writer = ingest(builder);
    expect(writer.text()).toBe(
      [
        '2 call p100 m.f/1 [700]',
        '3 line p100 f:3 x [700] (2)',
        '4 call p100 m.g/0 (2)',
        '5 return p100 m.g/0 (4)',
        '6 expression p100 f:3 x :ok (2)',
        '7 tail p100 m.f/1 (2)',
        '8 call p100 m.g/0',
        '9 exception p100 m.g/0 :error :badarg (8)',
      ].join('\n'),
    );
    expect(writer.functions.filter(({ point }) => !point)).toMatchObject([
      { arity: 1, line: 2, depth: 'lines' },
      { arity: 0, line: 9, depth: 'call' },
    ]);
    expect(writer.functions.find(({ point }) => point)?.point).toEqual({
      what: 'line',
      line: 3,
      column: 5,
      label: 'g()',
      names: [{ name: 'x', line: 2 }],
    });
  });

  it('tell which variables can be read at a point, where the probe says so', () => {
    const point = [
      { u32: 4099 },
      { u32: F },
      { u32: 2 },
      { u32: 4 },
      { u32: 0 },
      { term: binary('') },
      { term: names() },
    ];
    const builder = told().record(0, POINT, 2, 0, [...point, { term: names(['x', 2], ['y', 3]) }]);
    expect(ingest(builder).functions.at(-1)?.point).toMatchObject({
      what: 'bound',
      names: [],
      scope: [
        { name: 'x', line: 2 },
        { name: 'y', line: 3 },
      ],
    });
  });

  it('lie inside of callbacks, and end with them', () => {
    const callback: [string, string, number] = ['m', 'handle_info', 2];
    const builder = told()
      .record(0, CALLBACK, 10, P, [
        { atom: 'gen_server' },
        { mfa: callback },
        { term: atom('tick') },
        { term: undefined },
        { term: undefined },
      ])
      .record(0, CALL, 11, P, [{ mfa: callback }, args(atom('tick'), int(0))])
      .record(0, CALL, 12, P, [{ u32: G }, { term: undefined }], SITE)
      .record(0, CALLBACK_RETURN, 13, P, [
        { atom: 'gen_server' },
        { mfa: callback },
        { term: atom('noreply') },
        { term: undefined },
      ])
      .record(0, CALL, 14, P, [{ u32: G }, { term: undefined }], SITE);
    expect(ingest(builder).text()).toBe(
      [
        '2 handle p100 m.handle_info/2 :tick',
        '3 call p100 m.handle_info/2 [:tick, 0] (2)',
        '4 call p100 m.g/0 (3)',
        '5 handled p100 m.handle_info/2 :noreply (2)',
        '6 call p100 m.g/0',
      ].join('\n'),
    );
  });

  it('of sites that nobody has told of are calls of an unknown function, and their lines are counted as unreadable', () => {
    const builder = told()
      .record(0, CALL, 10, P, [{ u32: 77 }, args(int(1))], SITE)
      .record(0, CALL, 11, P, [{ u32: 2 ** 31 }, args(int(2))], SITE)
      .record(0, LINE, 12, P, [{ u32: 78 }, { term: list([int(700)]) }])
      .record(0, LINE, 12, P, [{ u32: F }, { term: list([int(700)]) }])
      .record(0, RETURN, 13, P, [{ u32: 77 }, { term: int(3) }], SITE);
    const text = ingest(builder).text();
    expect(text).toContain('2 call p100 unknown.unknown/0 [1]\n3 call p100 unknown.unknown/0 [2] (2)');
    expect(text).toContain('4 return p100 unknown.unknown/0 3 (3)');
    expect(text).toContain('gap {:"unreadable bytes", 2,');
  });

  it('count what is not recorded one by one, and say why something is recorded less deep', () => {
    const builder = told()
      .record(0, COUNT, 10, 0, [{ u32: G }, { u64: 5000 }, { u64: monotonic(10) }, { u64: monotonic(1000) }])
      .record(0, PLAN, 11, 0, [{ u32: G }, { u32: 3 }, { u32: 1 }, { term: binary('busy') }])
      .record(0, PLAN, 11, 0, [{ u32: G }, { u32: 3 }, { u32: 9 }, { term: binary('no such depth') }])
      .record(0, MEMORY, 12, P, [{ u64: 2640 }, { u64: 3 }, { u64: 99 }, { u64: 233 }])
      .record(0, MEMORY, 13, 0, [{ u64: 1e7 }, { u64: 1 }, { u64: 5 }, { u64: 80 }]);
    const text = ingest(builder).text();
    expect(text).toContain('count m.g/0 {5000, 10, 1000}');
    expect(text).toContain('plan m.g/0 {:values, :count, "busy"}');
    expect(text).not.toContain('no such depth');
    expect(text).toContain('memory p100 {2640, 3, 99, 233}');
    expect(text).toContain('memory {10000000, 1, 5, 80}');
  });

  it('of built-in functions become one event', () => {
    const insert: [string, string, number] = ['ets', 'insert', 2];
    const execute: [string, string, number] = ['telemetry', 'execute', 3];
    const builder = told()
      .record(0, CALL, 10, P, [{ u32: F }, args(int(700))], SITE)
      .record(0, CALL, 11, P, [{ mfa: insert }, args(atom('t'), tuple(int(1), int(2)))])
      .record(0, RETURN, 12, P, [{ mfa: insert }, { term: atom('true') }])
      .record(0, CALL, 13, P, [{ mfa: insert }, args(atom('gone'), tuple(int(1)))])
      .record(0, EXCEPTION, 14, P, [{ mfa: insert }, { atom: 'error' }, { term: atom('badarg') }])
      .record(0, CALL, 15, P, [{ mfa: execute }, args(list([atom('a'), atom('b')]), int(1), atom('meta'))])
      .record(0, CALL, 16, P, [{ mfa: ['erlang', 'put', 2] }, args(atom('k'), int(1))])
      .record(0, RETURN, 17, P, [{ mfa: ['erlang', 'put', 2] }, { term: atom('undefined') }])
      .record(0, RETURN, 18, P, [{ mfa: execute }, { term: atom('ok') }])
      .record(0, CALL, 19, P, [{ mfa: insert }, args(atom('failed'), tuple(int(1)))])
      .record(0, CALL, 20, P, [{ mfa: ['ets', 'tab2list', 1] }, args(atom('t'))])
      .record(0, CALL, 21, P, [{ mfa: ['ets', 'match_object', 2] }, args(atom('t'), atom('_'))])
      .record(0, RETURN, 22, P, [{ mfa: ['ets', 'match_object', 2] }, { term: list([]) }])
      .record(0, RETURN, 23, P, [{ mfa: ['ets', 'tab2list', 1] }, { term: list([]) }])
      .record(0, CALL, 24, P, [{ mfa: ['erlang', 'send_after', 3] }, args(int(5), atom('me'), atom('tick'))])
      .record(0, EXIT, 25, P, [{ term: atom('normal') }]);
    const writer = ingest(builder);
    expect(writer.text()).toBe(
      [
        '2 call p100 m.f/1 [700]',
        '3 table p100 ets.insert/2 [:t, {1, 2}] true (2)',
        '4 table p100 ets.insert/2 [:gone, {1}] {:error, :badarg} (2)',
        '5 telemetry p100 telemetry.execute/3 [:a, :b] 1 :meta (2)',
        '6 store p100 erlang.put/2 [:k, 1] :undefined (2)',
        '7 table p100 ets.insert/2 [:failed, {1}] (2)',
        '8 table p100 ets.match_object/2 [:t, :_] [] (2)',
        '9 table p100 ets.tab2list/1 [:t] [] (2)',
        '10 timer p100 erlang.send_after/3 [5, :me, :tick] (2)',
        '11 exit p100 :normal',
      ].join('\n'),
    );
    expect(writer.rows.flatMap(({ flags }, i) => (flags & Flags.RAISED ? [i + 1] : []))).toEqual([4, 7, 10]);
  });

  it('take in sources', () => {
    const source = {
      module: 'Elixir.M',
      file: 'lib/m.ex',
      language: 'elixir',
      text: 'defmodule M do\nend\n',
      why: null,
    };
    const builder = told().frame(SOURCE, 0, Buffer.from(JSON.stringify(source)));
    expect(ingest(builder).sources).toEqual([{ ...source, node: 0, why: undefined }]);
    const wrong = told().frame(SOURCE, 0, Buffer.from(JSON.stringify({ ...source, language: 'perl' })));
    expect(() => ingest(wrong)).toThrow('SOURCE is malformed at "language"');
  });

  it('of a recursion find their calls again, however deep it is', () => {
    const depth = 20_000;
    const site = (i: number): { u32: number } => ({ u32: i % 2 === 0 ? F : G });
    const builder = told();
    for (let i = 0; i < depth; i++) builder.record(0, CALL, 10 + i, P, [site(i), { term: undefined }], SITE);
    for (let i = depth; i-- > 0;)
      builder.record(0, RETURN, 10 + 2 * depth - i, P, [site(i), { term: undefined }], SITE);
    const { rows } = ingest(builder);
    const first = rows.findIndex(({ fn }) => fn !== 0);
    const causes = Array.from({ length: 2 * depth }, (_, n) => (n === 0 ? 0 : n < depth ? first + n : first + 2 * depth - n)); // prettier-ignore
    expect(rows.slice(first, first + 2 * depth).map(({ cause }) => cause)).toEqual(causes);
  });

  it('survive any damage: rows or a WireError, never anything else', () => {
    const builder = told()
      .record(0, CALL, 10, P, [{ u32: F }, args(int(700))], SITE)
      .record(0, LINE, 11, P, [{ u32: LINE_OF_F }, { term: list([int(700)]) }])
      .record(0, CALL, 12, P, [{ mfa: ['ets', 'insert', 2] }, args(atom('t'), tuple(int(1)))])
      .record(0, RETURN, 13, P, [{ mfa: ['ets', 'insert', 2] }, { term: atom('true') }])
      .record(0, CALL, 14, P, [{ mfa: ['telemetry', 'execute', 3] }, args(list([atom('a')]), int(1), int(2))])
      .record(0, PLAN, 15, 0, [{ u32: F }, { u32: 3 }, { u32: 1 }, { term: binary('busy') }])
      .record(0, COUNT, 16, 0, [{ u32: F }, { u64: 5 }, { u64: 1 }, { u64: 2 }])
      .record(0, MEMORY, 17, P, [{ u64: 1 }, { u64: 2 }, { u64: 3 }, { u64: 4 }])
      .frame(SOURCE, 0, Buffer.from('{"module":"m","file":"m.erl","language":"erlang","text":"","why":null}'))
      .record(0, VALUE, 18, P, [{ u32: LINE_OF_F }, { term: atom('ok') }])
      .record(0, RETURN, 19, P, [{ u32: F }, { term: int(1) }], SITE)
      .sync(99);
    const bytes = builder.bytes();
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const damaged = Buffer.from(bytes);
        for (const [at, value] of changes) damaged[at] = value;
        const writer = new MemoryWriter();
        const shared = { writer: () => writer, startNs: undefined, clock: { ns: 0 }, token: TEST_TOKEN, ringDirectory: undefined }; // prettier-ignore
        const stream = new ProbeStream(shared, { hello: () => undefined, note: () => undefined });
        try {
          stream.push(damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
        stream.finish();
      }),
      { numRuns: 1500 },
    );
  });
});
