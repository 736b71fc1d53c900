/** The recordings that are looked at: made up, and the same every time. */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { createRecording, Flags, kindCode } from '../../dist/recording/index.js';
import { Random } from '../../dist/recording/testing/index.js';
import { AtomList, atom, binary, encodeTerm, int, list, map, tuple } from '../../dist/term/index.js';

const KIND = Object.fromEntries(
  ['send', 'arrive', 'handle', 'handled', 'state', 'call', 'return', 'line'].map((name) => [name, kindCode(name)]),
);

/** Makes it unless it is there; gives the path. */
export function made(path, write) {
  if (existsSync(path)) return path;
  const part = `${path}.part`;
  rmSync(part, { recursive: true, force: true });
  write(part);
  renameSync(part, path);
  return path;
}

/** A made-up program as the recorder would tell of it. */
class Program {
  constructor(path, seed) {
    this.writer = createRecording({ path, startedAtMs: Date.UTC(2026, 0, 1) });
    this.random = new Random(seed);
    this.atoms = new AtomList();
    this.defined = 0;
    this.ns = 1_000;
    this.row = { kind: 0, flags: 0, ns: 0, process: 0, peer: 0, fn: 0, cause: 0, payload: undefined };
    const node = { name: 'bench@localhost', otp: '25', elixir: '1.14.0', engine: 'nif' };
    this.writer.addNode({ ...node, engineWhy: undefined, osPid: undefined, end: 'stopped' });
  }

  fn(module, name, arity) {
    return this.writer.functionId(0, this.atoms.index(module), this.atoms.index(name), arity);
  }

  process(number, parent, name, behaviour, fn) {
    const born = { node: 0, number, serial: 0, spawnSeq: 0, exitSeq: 0, parent };
    return this.writer.addProcess({ ...born, fn, behaviour, name, label: undefined });
  }

  add(kind, process, { peer = 0, fn = 0, cause = 0, flags = 0, payload = NOTHING } = {}) {
    Object.assign(this.row, { kind, flags, ns: this.ns, process, peer, fn, cause, payload });
    return this.writer.append(this.row);
  }

  close() {
    for (; this.defined < this.atoms.size; this.defined++)
      this.writer.defineAtom(0, this.defined, this.atoms.name(this.defined));
    this.writer.close();
  }
}
const NOTHING = new Uint8Array(0);

/** Callbacks with a call inside, `slices` in all, by `lanes` processes that take turns. */
export function writeSlices(path, { slices, lanes }) {
  const program = new Program(path, 7);
  const { random } = program;
  const names = ['handle_call', 'handle_cast', 'handle_info', 'price', 'reserve', 'total', 'restock', 'ship'];
  const functions = names.map((name, i) => program.fn(`Elixir.Shop.Part${i % 3}`, name, 1 + (i % 3)));
  const ids = [];
  for (let i = 0; i < lanes; i++)
    ids.push(program.process(100 + i, i === 0 ? 0 : ids[0], `Elixir.Shop.Worker${i}`, 'gen_server', functions[0]));
  const message = encodeTerm(tuple(atom('reserve'), binary('mug'), int(1)), program.atoms);
  const result = encodeTerm(tuple(atom('ok'), int(41)), program.atoms);
  const state = encodeTerm(map([[atom('left'), int(41)]]), program.atoms);
  const tick = () => (program.ns += 200 + random.below(800));
  for (let made = 0; made < slices; made += 2) {
    const id = ids[random.below(lanes)];
    tick();
    const handle = program.add(KIND.handle, id, { fn: functions[random.below(3)], payload: message });
    tick();
    const fn = functions[3 + random.below(5)];
    const call = program.add(KIND.call, id, { fn, cause: handle });
    tick();
    program.add(KIND.return, id, { fn, cause: call, payload: result });
    tick();
    program.add(KIND.handled, id, { fn: functions[0], cause: handle, payload: result });
    if (random.chance(0.3)) program.add(KIND.state, id, { fn, cause: handle, flags: Flags.CHANGED, payload: state });
  }
  program.close();
}

const SOURCE = `defmodule Depot do
  use GenServer

  @impl true
  def handle_call({:take, item, count}, _from, depot) do
    left = Map.fetch!(depot.boxes, item)
    rest = subtract(left, count)
    note = "took #{count} of #{item}"
    {:reply, {:ok, rest}, %{depot | boxes: Map.put(depot.boxes, item, rest), note: note}}
  end

  def subtract(left, 0), do: left

  def subtract(left, count) do
    rest = subtract(left, count - 1)
    rest - 1
  end
end
`;

/** As an example shop leaves it at depth lines: orders by message, callbacks, calls inside calls, lines with their variables, states. */
export function writeOrders(path, { events, processes }) {
  const program = new Program(path, 3);
  const { random, writer, atoms } = program;
  const handleCall = program.fn('Elixir.Depot', 'handle_call', 3);
  const subtract = program.fn('Elixir.Depot', 'subtract', 2);
  writer.describeFunction(handleCall, 5, 'lines');
  writer.describeFunction(subtract, 14, 'lines');
  const point = (fn, line, names) =>
    writer.pointId(fn, { what: 'line', line, column: 0, label: '', names: names.map(([name, at]) => ({ name, line: at })) }); // prettier-ignore
  const at = {
    6: point(handleCall, 6, [['item', 5], ['count', 5], ['depot', 5]]),
    7: point(handleCall, 7, [['left', 6]]),
    8: point(handleCall, 8, [['rest', 7]]),
    9: point(handleCall, 9, [['note', 8]]),
    12: point(subtract, 12, [['left', 12]]),
    15: point(subtract, 15, [['left', 14], ['count', 14]]),
    16: point(subtract, 16, [['rest', 15]]),
  }; // prettier-ignore
  const source = { node: 0, module: 'Elixir.Depot', file: '/app/lib/depot.ex', language: 'elixir' };
  writer.addSource({ ...source, text: SOURCE, why: undefined });
  const ids = [];
  for (let i = 0; i < processes; i++) {
    const parent = i === 0 ? 0 : ids[Math.floor((i - 1) / 40)];
    const inner = i * 40 + 1 < processes;
    ids.push(program.process(100 + i, parent, inner ? `Elixir.Depot.Supervisor${i}` : `Elixir.Depot.Part${i}`, inner ? 'supervisor' : 'gen_server', handleCall)); // prettier-ignore
  }
  // Payloads are made once: it is the browser that is measured, and writing ten million events should take seconds.
  const KINDS = 64;
  const bytes = (make) => Array.from({ length: KINDS }, (_, i) => make(i));
  const item = (i) => binary(`sku-${1000 + i}`);
  const depot = (i) =>
    map([
      [atom('boxes'), map(Array.from({ length: 12 }, (_, n) => [item(n), int(500 + ((n * 37 + i) % 91))]))],
      [atom('note'), binary(`took ${i % 4} of sku-${1000 + i}`)],
      [atom('served'), int(i)],
    ]);
  const message = (i) => tuple(atom('take'), item(i), int(1 + (i % 3)));
  const messages = bytes((i) => encodeTerm(message(i), atoms));
  const states = bytes((i) => encodeTerm(depot(i), atoms));
  const calls = bytes((i) => encodeTerm(list([message(i), tuple(atom('from')), depot(i)]), atoms));
  const inner = bytes((i) => encodeTerm(list([int(500 - i), int(1)]), atoms));
  const results = bytes((i) => encodeTerm(tuple(atom('ok'), int(500 - i)), atoms));
  const first = bytes((i) => encodeTerm(list([item(i), int(1 + (i % 3)), depot(i)]), atoms));
  const numbers = bytes((i) => encodeTerm(list([int(500 - i)]), atoms));
  const pairs = bytes((i) => encodeTerm(list([int(500 - i), int(1)]), atoms));
  const notes = bytes((i) => encodeTerm(list([binary(`took ${i % 4} of sku-${1000 + i}`)]), atoms));
  const tick = () => (program.ns += 100 + random.below(900));
  const then = (kind, process, more) => {
    tick();
    return program.add(kind, process, more);
  };
  for (let n = 0; writer.events < events; n++) {
    const to = ids[random.zipf(ids.length)];
    const from = ids[random.zipf(ids.length)];
    const i = n % KINDS;
    const send = then(KIND.send, from, { peer: to, payload: messages[i] });
    const arrive = then(KIND.arrive, to, { peer: from, cause: send, payload: messages[i] });
    const handle = then(KIND.handle, to, { fn: handleCall, cause: arrive, payload: messages[i] });
    const call = then(KIND.call, to, { fn: handleCall, cause: handle, payload: calls[i] });
    const line = (cause, number, payload) => then(KIND.line, to, { fn: at[number], cause, payload });
    line(call, 6, first[i]);
    line(call, 7, numbers[i]);
    const one = then(KIND.call, to, { fn: subtract, cause: call, payload: inner[i] });
    line(one, 15, pairs[i]);
    line(one, 16, numbers[i]);
    then(KIND.return, to, { fn: subtract, cause: one, payload: results[i] });
    line(call, 8, numbers[i]);
    line(call, 9, notes[i]);
    then(KIND.return, to, { fn: handleCall, cause: call, payload: results[i] });
    then(KIND.handled, to, { fn: handleCall, cause: handle, payload: results[i] });
    then(KIND.state, to, { fn: handleCall, cause: handle, flags: Flags.CHANGED, payload: states[i] });
  }
  program.close();
}
