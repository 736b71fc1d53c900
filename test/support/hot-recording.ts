/** A recording on disk of a function that runs again and again: every line of it a million times, by many processes at once. */
import { createRecording, kindCode, type EventKind } from '../../src/recording/index.js';
import { AtomList, binary, encodeTerm, encodeTerms, int, list, type Term } from '../../src/term/index.js';

export const HOT = `defmodule Hot do
  def step(item, total) do
    price = price_of(item)
    tax = div(price, 5)
    sum = total + price + tax
    keep(item, sum)
  end
end
`;
/** Executed lines of the module, those behind the first begin with what the line before has bound. */
export const HOT_LINES = [3, 4, 5, 6] as const;
const ITEMS = 97;
const ABREAST = 20;
const EVENTS_OF_STEP = 2 + HOT_LINES.length;

/** What step `i` (from 0) works with. */
export const hotStep = (i: number): { item: number; total: number; price: number; tax: number; sum: number } => {
  const item = i % ITEMS;
  const price = 100 + item * 10;
  const tax = Math.floor(price / 5);
  return { item, total: i, price, tax, sum: i + price + tax };
};
export const hotSteps = (events: number): number => Math.ceil(events / EVENTS_OF_STEP / ABREAST) * ABREAST;
/** Event of a line of step `i`; 3 to 6. Twenty steps run abreast: first all calls, then the first line of all of them, and so on. */
export const hotSeq = (i: number, line: (typeof HOT_LINES)[number]): number =>
  Math.floor(i / ABREAST) * ABREAST * EVENTS_OF_STEP + (line - 2) * ABREAST + (i % ABREAST) + 1;

/** At least so many events. */
export function writeHot(path: string, events: number): void {
  const writer = createRecording({ path, startedAtMs: Date.UTC(2026, 0, 1) });
  writer.addNode({ name: 'hot@localhost', otp: '27', elixir: '1.18.4', engine: 'nif', engineWhy: undefined, osPid: undefined, end: 'exit status 0' }); // prettier-ignore
  const atoms = new AtomList();
  const module = atoms.index('Elixir.Hot');
  const step = writer.functionId(0, module, atoms.index('step'), 2);
  writer.describeFunction(step, 2, 'lines');
  writer.addSource({
    node: 0,
    module: 'Elixir.Hot',
    file: '/app/lib/hot.ex',
    language: 'elixir',
    text: HOT,
    why: undefined,
  });
  const names = (...all: [string, number][]) => all.map(([name, line]) => ({ name, line }));
  const bound = {
    3: names(['item', 2], ['total', 2]),
    4: names(['price', 3]),
    5: names(['tax', 4]),
    6: names(['sum', 5]),
  };
  const points = HOT_LINES.map((line, at) => {
    const scope = HOT_LINES.slice(0, at + 1).flatMap((each) => bound[each]);
    return writer.pointId(step, { what: 'line', line, column: 5, label: '', names: bound[line], scope });
  });
  const workers = Array.from({ length: ABREAST }, (_, i) =>
    writer.addProcess({
      node: 0,
      number: 100 + i,
      serial: 0,
      spawnSeq: 0,
      exitSeq: 0,
      parent: 0,
      fn: step,
      behaviour: undefined,
      name: `Elixir.Hot.Worker${String(i)}`,
      label: undefined,
    }),
  );
  for (let i = 0; i < atoms.size; i++) writer.defineAtom(0, i, atoms.name(i)!);
  let ns = 0;
  const row = { kind: 0, flags: 0, ns: 0, process: 0, peer: 0, fn: 0, cause: 0, payload: new Uint8Array(0) };
  const add = (kind: EventKind, process: number, fn: number, cause: number, payload: Uint8Array): number => {
    Object.assign(row, { kind: kindCode(kind), ns: (ns += 100), process, fn, cause, payload });
    return writer.append(row);
  };
  const values = (...terms: Term[]): Uint8Array => encodeTerms([list(terms)], atoms);
  // All but the totals come again and again: encoded once.
  const known = Array.from({ length: ITEMS }, (_, i) => {
    const { item, price, tax } = hotStep(i);
    return { item: binary(`item-${String(item)}`), price: values(int(price)), tax: values(int(tax)) };
  });
  const ok = encodeTerm(int(1), atoms);
  const steps = hotSteps(events);
  for (let first = 0; first < steps; first += ABREAST) {
    const group = workers.map((worker, w) => ({ worker, ...hotStep(first + w), seq: 0 }));
    for (const each of group)
      each.seq = add('call', each.worker, step, 0, values(known[each.item]!.item, int(each.total)));
    for (const each of group)
      add('line', each.worker, points[0]!, each.seq, values(known[each.item]!.item, int(each.total)));
    for (const each of group) add('line', each.worker, points[1]!, each.seq, known[each.item]!.price);
    for (const each of group) add('line', each.worker, points[2]!, each.seq, known[each.item]!.tax);
    for (const each of group) add('line', each.worker, points[3]!, each.seq, values(int(each.sum)));
    for (const each of group) add('return', each.worker, step, each.seq, ok);
  }
  writer.close();
}
