/** Two runs of one program: other pids, other times, and where told another message. */
import { AtomList, atom, encodeTerms, int, map, tuple, type Term } from '../../src/term/index.js';
import { createRecording, Flags, kindCode, type RecordedEvent } from '../../src/recording/index.js';
import { MemoryRecording } from './memory-recording.js';
import { shopRecording, type Shop } from './shop-recording.js';

/** The same term with every pid moved. */
function moved(term: Term, by: number): Term {
  switch (term.kind) {
    case 'pid':
      return { ...term, number: term.number + by };
    case 'tuple':
      return { ...term, elements: term.elements.map((each) => moved(each, by)) };
    case 'list':
      return { ...term, elements: term.elements.map((each) => moved(each, by)) };
    case 'map':
      return { ...term, entries: term.entries.map(([key, value]) => [moved(key, by), moved(value, by)] as const) };
    default:
      return term;
  }
}

/**
 * The shop as `shopRecording` has it, run again: pids are others, all takes longer.
 *
 * @param change what happened otherwise: gets each event of the second run
 */
export function runAgain(orders: number, change: (event: RecordedEvent) => void = () => undefined): Shop {
  const shop = shopRecording(orders);
  for (const info of shop.recording.infos) info.number += 1_000;
  for (const event of shop.recording.list) {
    event.ns = Math.round(event.ns * 1.3 + 5_000_000);
    event.terms = event.terms.map((term) => moved(term, 1_000));
    change(event);
  }
  return shop;
}

/** The amount in `{:reserve, item, 1}`, from its sending on. */
export function reserveTwo(event: RecordedEvent): void {
  const [message] = event.terms;
  if (message?.kind === 'tuple' && message.elements.length === 3)
    event.terms = [tuple(message.elements[0]!, message.elements[1]!, int(2)), ...event.terms.slice(1)];
}

/** What a counter does otherwise: it misses the steps of `skips`, and at those of `jumps` the number is another one. */
interface Otherwise {
  skips?: ReadonlySet<number>;
  jumps?: ReadonlySet<number>;
}

/** A server that counts up to `steps`. */
export function counter(steps: number, { skips = new Set(), jumps = new Set() }: Otherwise = {}): MemoryRecording {
  const recording = new MemoryRecording();
  const fn = recording.fn('Elixir.Counter', 'handle_info', 2);
  const init = recording.fn('Elixir.Counter', 'init', 1);
  const process = recording.addProcess({ ...COUNTER, number: 100, fn: init });
  let ns = 1_000;
  for (let step = 0; step < steps; step++) {
    if (skips.has(step)) continue;
    const value = jumps.has(step) ? -step : step;
    const handle = recording.add('handle', (ns += 100), process, { fn, terms: [tuple(atom('count'), int(value))] });
    recording.add('state', (ns += 100), process, {
      fn,
      cause: handle,
      flags: Flags.CHANGED,
      terms: [map([[atom('count'), int(value)]])],
    });
  }
  return recording;
}

/** The same as a file. */
export function writeCounter(path: string, steps: number, otherwise: Otherwise): void {
  const source = counter(steps, otherwise);
  const writer = createRecording({ path, startedAtMs: 0 });
  const atoms = new AtomList();
  const index = (name: string): number => atoms.index(name);
  writer.addNode({ name: 'counter@localhost', otp: '25', elixir: '1.18.4', engine: 'nif', engineWhy: undefined, osPid: undefined, end: undefined }); // prettier-ignore
  const functions = source.functions.map(({ module, name, arity }) =>
    writer.functionId(0, index(module), index(name), arity),
  );
  for (const info of source.infos) writer.addProcess({ ...info, fn: functions[info.fn - 1]! });
  for (const event of source.list) {
    const { flags, ns, process, peer, cause, terms } = event;
    const fn = functions[event.fn - 1] ?? 0;
    writer.append({
      kind: kindCode(event.kind),
      flags,
      ns,
      process,
      peer,
      fn,
      cause,
      payload: encodeTerms(terms, atoms),
    });
  }
  for (let i = 0; i < atoms.size; i++) writer.defineAtom(0, i, atoms.name(i)!);
  writer.close();
}

const COUNTER = {
  spawnSeq: 0,
  exitSeq: 0,
  parent: 0,
  behaviour: 'gen_server',
  name: 'Elixir.Counter',
  label: undefined,
};
