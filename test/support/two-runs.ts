/** Two runs of one program: other pids, other times, and where told another message. */
import { type Term } from '../../src/term/index.js';
import { atom, int, map, tuple } from '../../src/term/index.js';
import { Flags, type RecordedEvent } from '../../src/recording/index.js';
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

/** A server that counts up to `steps`; at `skips` it misses a step, at `jumps` the number is another one. */
export function counter(
  steps: number,
  skips: ReadonlySet<number> = new Set(),
  jumps: ReadonlySet<number> = new Set(),
): MemoryRecording {
  const recording = new MemoryRecording();
  const fn = recording.fn('Elixir.Counter', 'handle_info', 2);
  const process = recording.addProcess({
    number: 100,
    spawnSeq: 0,
    exitSeq: 0,
    parent: 0,
    fn: recording.fn('Elixir.Counter', 'init', 1),
    behaviour: 'gen_server',
    name: 'Elixir.Counter',
    label: undefined,
  });
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
