import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectNode, type NodeConnection } from '../../src/beam/index.js';
import { atom, binary, int, list, printTerm, tuple, type Term } from '../../src/term/index.js';
import { otps, startEpmd, startNode, type Epmd, type TestNode } from '../support/nodes.js';
import { startRelay, type Relay } from '../support/relay.js';

const WHOLE = 68;
const FIRST = 69;
const NEXT = 70;
const SIZE = 5_000_000;
const erlang = (term: Term): string => printTerm(term, { syntax: 'erlang' });
const kinds = (packets: Relay['fromNode']): Set<number | undefined> =>
  new Set(packets.filter((packet) => packet.size > 0).map(({ head }) => head[1]));

let epmd: Epmd;
beforeAll(async () => {
  epmd = await startEpmd();
});
afterAll(() => epmd.stop());

describe.each(otps.map((otp) => ({ otp })))('large messages, on OTP $otp', ({ otp }) => {
  let node: TestNode;
  let relay: Relay;
  let connection: NodeConnection;
  beforeAll(async () => {
    node = await startNode({ otp, epmd });
    relay = await startRelay(node, epmd.port, true);
    connection = await connectNode({ name: node.name, cookie: node.cookie, epmdPort: relay.epmdPort });
  });
  afterAll(async () => {
    connection.close();
    relay.stop();
    await node.stop();
  });

  it('go and come in fragments, small ones and ticks among them, and arrive intact', async () => {
    const bytes = Buffer.alloc(SIZE, 'a sentence of thirty-one bytes.');
    const small: Promise<Term>[] = [];
    const calls = [0, 1, 2].map((i) => {
      const call = connection.call('erlang', 'list_to_tuple', [list([binary(bytes), int(i)])]);
      for (let n = 0; n < 100; n++) small.push(connection.call('erlang', '+', [int(n), int(n)]));
      return call;
    });
    for (const [i, call] of calls.entries()) {
      const answer = await call;
      const [back, index] = answer.kind === 'tuple' ? answer.elements : [];
      expect(index).toEqual(int(i));
      expect(back?.kind === 'binary' && Buffer.compare(back.bytes, bytes)).toBe(0);
    }
    for (const [n, answer] of (await Promise.all(small)).entries()) expect(answer).toEqual(int(2 * (n % 100)));
    for (const packets of [relay.fromNode, relay.toNode]) {
      expect(kinds(packets)).toEqual(new Set([WHOLE, FIRST, NEXT]));
      const fragments = packets.filter(({ head }) => head[1] === FIRST || head[1] === NEXT);
      expect(fragments.length).toBeGreaterThanOrEqual((3 * SIZE) / 66_000);
    }
    expect(Math.max(...relay.toNode.map(({ size }) => size))).toBeLessThanOrEqual(65_536);
    expect(connection.closed).toBeUndefined();
  });

  it('of many processes at once come whole, each by itself', async () => {
    const before = relay.fromNode.length;
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        connection.call('lists', 'duplicate', [int(100_000), tuple(int(i), atom('ok'))]),
      ),
    );
    for (const [i, answer] of answers.entries()) {
      const { elements } = answer as Term & { kind: 'list' };
      expect(elements).toHaveLength(100_000);
      expect(new Set(elements.map(erlang))).toEqual(new Set([`{${i},ok}`]));
    }
    const sequences = relay.fromNode.slice(before).filter(({ head }) => head[1] === FIRST);
    expect(new Set(sequences.map(({ head }) => head.readBigUInt64BE(2))).size).toBe(8);
  });

  it('can carry a fun that was told with cached atoms back and forth', async () => {
    const fun = await connection.call('erl_eval', 'exprs', [await parsed('fun(X) -> {seen, X, node()} end'), list([])]);
    const [, value] = (fun as Term & { kind: 'tuple' }).elements;
    for (let i = 0; i < 3; i++) {
      const answer = await connection.call('erlang', 'apply', [value as Term, list([int(i)])]);
      expect(erlang(answer)).toBe(`{seen,${i},'${node.name}'}`);
    }
  });

  it('that break the rules end the connection with a clear error, and whoever waits learns of it', async () => {
    const other = await connectNode({ name: node.name, cookie: node.cookie, epmdPort: relay.epmdPort });
    const waiting = other.call('timer', 'sleep', [int(100_000)]).catch((error: unknown) => String(error));
    await other.call('erlang', 'node', []);
    const hostile = Buffer.alloc(18);
    hostile.set([131, NEXT]);
    relay.inject(hostile);
    expect(await waiting).toMatch(/broken message: the fragmented message 0 goes on but never began/);
    expect(other.closed?.code).toBe('protocol');
    connection = await connectNode({ name: node.name, cookie: node.cookie, epmdPort: relay.epmdPort });
    expect(erlang(await connection.call('erlang', 'abs', [int(-1)]))).toBe('1');
  });

  async function parsed(source: string): Promise<Term> {
    const scanned = await connection.call('erl_scan', 'string', [
      list([...`${source}.`].map((c) => int(c.charCodeAt(0)))),
    ]);
    const forms = await connection.call('erl_parse', 'parse_exprs', [
      (scanned as Term & { kind: 'tuple' }).elements[1] as Term,
    ]);
    return (forms as Term & { kind: 'tuple' }).elements[1] as Term;
  }
});
