import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BeamError,
  RemoteError,
  connectNode,
  listNodes,
  putProbe,
  removeProbe,
  type NodeConnection,
} from '../../src/beam/index.js';
import { atom, binary, charlist, int, list, printTerm, tuple, type PidTerm, type Term } from '../../src/term/index.js';
import { freePort, otps, startEpmd, startNode, type Epmd, type TestNode } from '../support/nodes.js';

const erlang = (term: Term): string => printTerm(term, { syntax: 'erlang' });

/** Runs Erlang source on the node. */
async function evaluate(connection: NodeConnection, source: string): Promise<Term> {
  const scanned = await connection.call('erl_scan', 'string', [charlist(`${source}.`)]);
  if (scanned.kind !== 'tuple') throw new Error(erlang(scanned));
  const parsed = await connection.call('erl_parse', 'parse_exprs', [scanned.elements[1] as Term]);
  if (parsed.kind !== 'tuple') throw new Error(erlang(parsed));
  const value = await connection.call('erl_eval', 'exprs', [parsed.elements[1] as Term, list([])]);
  return (value as Term & { kind: 'tuple' }).elements[1] as Term;
}

let epmd: Epmd;
beforeAll(async () => {
  epmd = await startEpmd();
});
afterAll(async () => {
  await epmd.stop();
});

const code = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no error',
    (error: unknown) => (error instanceof BeamError ? error.code : error),
  );

describe.each(otps.map((otp) => ({ otp })))('a node of OTP $otp', ({ otp }) => {
  let node: TestNode;
  let connection: NodeConnection;
  beforeAll(async () => {
    node = await startNode({ otp, epmd });
    connection = await connectNode({ name: node.name, cookie: node.cookie, epmdPort: epmd.port });
  });
  afterAll(async () => {
    connection.close();
    await node.stop();
  });

  it('answers calls and sees us as a hidden node', async () => {
    expect(connection.name).toBe(node.name);
    expect(erlang(await connection.call('lists', 'reverse', [list([int(1), int(2), int(3000)])]))).toBe('[3000,2,1]');
    expect(erlang(await connection.call('erlang', 'nodes', []))).toBe('[]');
    expect(erlang(await connection.call('erlang', 'nodes', [atom('hidden')]))).toContain('elixirscope-');
    expect(erlang(await connection.call('erlang', 'system_info', [atom('otp_release')]))).toBe(`"${otp}"`);
    expect(connection.localAddress).toBe('127.0.0.1');
  });

  it('tells what a failed call failed of', async () => {
    const failed = await connection.call('erlang', 'binary_to_atom', [int(1)]).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(RemoteError);
    expect(String(failed)).toContain('badarg');
    const missing = await connection.call('no_such_module', 'f', []).catch((error: unknown) => error);
    expect(String(missing)).toContain('undef');
  });

  it('gives up on a call that takes too long, and goes on', async () => {
    expect(await code(connection.call('timer', 'sleep', [int(100_000)], { timeoutMs: 50 }))).toBe('timeout');
    expect(erlang(await connection.call('erlang', 'abs', [int(-1)]))).toBe('1');
  });

  it('takes and gives large messages', async () => {
    const bytes = new Uint8Array(5_000_000).map((_, i) => i % 251);
    const answer = await connection.call('erlang', 'list_to_tuple', [list([binary(bytes), atom('x')])]);
    const [back] = answer.kind === 'tuple' ? answer.elements : [];
    expect(back?.kind === 'binary' && Buffer.compare(back.bytes, bytes)).toBe(0);
  });

  it('answers many calls at once, each with its own answer', async () => {
    const answers = await Promise.all(
      Array.from({ length: 500 }, (_, i) => connection.call('erlang', '+', [int(i), int(i)])),
    );
    expect(answers.map(erlang)).toEqual(Array.from({ length: 500 }, (_, i) => String(2 * i)));
  });

  it('monitors pids and names, and says noproc where there is nobody', async () => {
    const pid = (await evaluate(
      connection,
      'spawn(fun() -> register(watched, self()), receive stop -> exit(enough) end end)',
    )) as PidTerm;
    const byPid = new Promise<Term>((resolve) => connection.monitor(pid, resolve));
    const byName = new Promise<Term>((resolve) => connection.monitor('watched', resolve));
    connection.send('watched', atom('stop'));
    expect(erlang(await byPid)).toBe('enough');
    expect(erlang(await byName)).toBe('enough');
    expect(erlang(await new Promise<Term>((resolve) => connection.monitor('nobody_here', resolve)))).toBe('noproc');
  });

  it('stops watching when told to', async () => {
    const pid = (await evaluate(connection, 'spawn(fun() -> receive stop -> ok end end)')) as PidTerm;
    const seen: Term[] = [];
    const stop = connection.monitor(pid, (reason) => seen.push(reason));
    stop();
    const end = new Promise<Term>((resolve) => connection.monitor(pid, resolve));
    connection.send(pid, atom('stop'));
    await end;
    expect(seen).toEqual([]);
  });

  it('links: each end learns of the other end', async () => {
    const pid = (await evaluate(connection, 'spawn(fun() -> receive stop -> exit(finished) end end)')) as PidTerm;
    const ended = new Promise<Term>((resolve) => connection.link(pid, resolve));
    connection.send(pid, atom('stop'));
    expect(erlang(await ended)).toBe('finished');

    const other = await connectNode({ name: node.name, cookie: node.cookie, epmdPort: epmd.port });
    const trapping = (await evaluate(
      connection,
      `spawn(fun() -> process_flag(trap_exit, true), register(trapping, self()), receive {'EXIT', P, R} -> receive {who, F} -> F ! {got, node(P), R} end end end)`,
    )) as PidTerm;
    other.link(trapping, () => undefined);
    await other.call('erlang', 'node', []);
    other.close();
    const message = new Promise<Term>((resolve) => connection.onMessage(resolve));
    connection.send(trapping, tuple(atom('who'), connection.self));
    expect(erlang(await message)).toBe(`{got,'${other.ownName}',noconnection}`);
  });

  it('unlinks, and the process does not notice when we go', async () => {
    const other = await connectNode({ name: node.name, cookie: node.cookie, epmdPort: epmd.port });
    const pid = (await evaluate(connection, 'spawn(fun() -> receive stop -> ok end end)')) as PidTerm;
    const unlink = other.link(pid, () => undefined);
    await other.call('erlang', 'node', []);
    unlink();
    await other.call('erlang', 'node', []);
    expect(erlang(await connection.call('erlang', 'process_info', [pid, atom('links')]))).toBe('{links,[]}');
    other.close();
    expect(erlang(await connection.call('erlang', 'is_process_alive', [pid]))).toBe('true');
    connection.exit(pid, atom('kill'));
  });

  it('answers a ping, a monitor of nobody and a spawn, like a node that does nothing', async () => {
    expect(erlang(await connection.call('net_adm', 'ping', [atom(connection.ownName)]))).toBe('pong');
    const monitored = `R = erlang:monitor(process, {nobody, '${connection.ownName}'}), receive {'DOWN', R, process, _, Why} -> Why end`;
    expect(erlang(await evaluate(connection, monitored))).toBe('noproc');
    const spawned = `S = spawn_request('${connection.ownName}', lists, seq, [1, 2], []), receive {spawn_reply, S, error, Why} -> Why end`;
    expect(erlang(await evaluate(connection, spawned))).toBe('notsup');
  });

  it('finds registered processes', async () => {
    expect(await connection.whereis('kernel_sup')).toMatchObject({ kind: 'pid', node: node.name });
    expect(await connection.whereis('nobody_here')).toBeUndefined();
  });

  it('refuses a wrong cookie, an unknown name and a wrong host, and says which', async () => {
    const options = { cookie: node.cookie, epmdPort: epmd.port };
    expect(await code(connectNode({ ...options, name: node.name, cookie: 'wrong' }))).toBe('cookie');
    expect(await code(connectNode({ ...options, name: 'nobody@127.0.0.1' }))).toBe('unknown');
    expect(await code(connectNode({ ...options, name: 'x@no-such-host.invalid' }))).toBe('host');
    expect(await code(connectNode({ ...options, name: 'x@127.0.0.1', epmdPort: await freePort() }))).toBe('epmd');
    expect(await code(connectNode({ ...options, name: 'not a name' }))).toBe('name');
    const alias = node.name.replace('127.0.0.1', 'localhost');
    expect(await code(connectNode({ ...options, name: alias }))).toBe('refused');
    await expect(connectNode({ ...options, name: node.name, cookie: 'wrong-secret' })).rejects.not.toThrow(
      'wrong-secret',
    );
  });

  it('puts modules and a file there, and takes them away again', async () => {
    const compiled = await evaluate(
      connection,
      `{ok, es_placed, B} = compile:forms([{attribute, 1, module, es_placed}, {attribute, 1, export, [{f, 0}]}, {function, 1, f, 0, [{clause, 1, [], [], [{atom, 1, placed}]}]}]), B`,
    );
    if (compiled.kind !== 'binary') throw new Error('not compiled');
    const dir = `/tmp/es placed ${Math.random().toString(36).slice(2)}`;
    const so = new Uint8Array(2_500_000).map((_, i) => i % 253);
    const probe = { modules: new Map([['es_placed', compiled.bytes]]), so, dir };
    const placed = await putProbe(connection, probe);
    expect(erlang(await connection.call('es_placed', 'f', []))).toBe('placed');
    const read = await connection.call('file', 'read_file', [charlist(`${placed.nif}.so`)]);
    const [, back] = read.kind === 'tuple' ? read.elements : [];
    expect(back?.kind === 'binary' && Buffer.compare(back.bytes, so)).toBe(0);
    expect(
      erlang(await evaluate(connection, `{ok, I} = file:read_file_info("${dir}"), element(8, I) band 8#777`)),
    ).toBe(String(0o700));
    expect(await code(putProbe(connection, probe))).toBe('refused');
    expect(await removeProbe(connection, placed)).toEqual([]);
    expect(erlang(await connection.call('erlang', 'module_loaded', [atom('es_placed')]))).toBe('false');
    expect(erlang(await connection.call('filelib', 'is_dir', [charlist(dir)]))).toBe('false');
  });

  it('takes everything back when a module cannot be loaded', async () => {
    const dir = `/tmp/es-broken-${Math.random().toString(36).slice(2)}`;
    const broken = { modules: new Map([['es_broken', new Uint8Array(10)]]), so: new Uint8Array(10), dir };
    expect(await code(putProbe(connection, broken))).toBe('refused');
    expect(erlang(await connection.call('filelib', 'is_dir', [charlist(dir)]))).toBe('false');
  });

  it('says so when the node dies', async () => {
    const doomed = await startNode({ otp, epmd });
    const to = await connectNode({ name: doomed.name, cookie: doomed.cookie, epmdPort: epmd.port });
    const closed = new Promise<BeamError>((resolve) => {
      to.onClose(resolve);
    });
    const watched = new Promise<Term>((resolve) => to.monitor('kernel_sup', resolve));
    const waiting = code(to.call('timer', 'sleep', [int(100_000)]));
    await doomed.stop();
    expect((await closed).code).toBe('closed');
    expect(await waiting).toBe('closed');
    expect(erlang(await watched)).toBe('noconnection');
    expect(await code(to.call('erlang', 'node', []))).toBe('closed');
  });

  it('works with short names', async () => {
    const short = await startNode({ otp, epmd, name: `s${Math.random().toString(36).slice(2)}@localhost` });
    const to = await connectNode({ name: short.name, cookie: short.cookie, epmdPort: epmd.port });
    expect(erlang(await to.call('erlang', 'node', []))).toBe(`${short.name}`);
    to.close();
    await short.stop();
  });

  it('is not dropped by a node that wants a sign of life every second', async () => {
    const impatient = await startNode({ otp, epmd, args: ['-kernel', 'net_ticktime', '4'] });
    const to = await connectNode({ name: impatient.name, cookie: impatient.cookie, epmdPort: epmd.port });
    // The node itself waits for longer than it lets a silent node live.
    expect(erlang(await to.call('timer', 'sleep', [int(7000)]))).toBe('ok');
    expect(to.closed).toBeUndefined();
    to.close();
    await impatient.stop();
  });

  it('stands in the list of EPMD', async () => {
    const names = (await listNodes('127.0.0.1', { port: epmd.port })).map((entry) => entry.name);
    expect(names).toContain(node.name.split('@')[0]);
  });
});

describe('something that is not a node', () => {
  it.each([
    ['a TLS alert', Buffer.from('15030300020246', 'hex'), 'tls'],
    ['nonsense', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'.repeat(1200)), 'protocol'],
    ['not_allowed', Buffer.from('\0\x0csnot_allowed'), 'refused'],
    ['nok', Buffer.from('\0\x04snok'), 'refused'],
  ])('answers with %s: the error says what it is', async (_, bytes, expected) => {
    const node = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.write(bytes);
    });
    const port = await new Promise<number>((resolve) =>
      node.listen(0, '127.0.0.1', () => resolve((node.address() as { port: number }).port)),
    );
    const fake = createServer((socket) => {
      const answer = Buffer.from([119, 0, port >> 8, port & 255, 77, 0, 0, 6, 0, 5, 0, 1, 120, 0, 0]);
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(answer));
    });
    const epmdPort = await new Promise<number>((resolve) =>
      fake.listen(0, '127.0.0.1', () => resolve((fake.address() as { port: number }).port)),
    );
    expect(await code(connectNode({ name: 'x@127.0.0.1', cookie: 'c', epmdPort, timeoutMs: 3000 }))).toBe(expected);
    node.close();
    fake.close();
  });
});
