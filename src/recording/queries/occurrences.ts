/** Events in which something occurs: a text, a value, an error. */
import { containing, matching, searchTerm, type Term } from '../../term/index.js';
import { isError } from '../crash.js';
import { Flags, type EventKind } from '../model.js';
import type { Occurrence, OccurrenceQuery } from '../past.js';
import type { RecordedEvent } from '../query.js';
import type { Store } from '../read/store.js';
import { eventAt } from './events.js';
import { Kind } from './kinds.js';
import { scan } from './scan.js';
import { patternSieve, textSieve, type Sieve } from './sieve.js';

const MAX_PLACES = 32;
const ERROR_KINDS: readonly EventKind[] = ['exit', 'handled', 'exception', 'log'];

export function* occurrences(
  store: Store,
  query: OccurrenceQuery,
  options: { reverse?: boolean } = {},
): IterableIterator<Occurrence> {
  const sieves: Sieve[] = [];
  if (query.text !== undefined) sieves.push(textSieve(query.text, store.dictionary));
  if (query.pattern !== undefined) sieves.push(patternSieve(query.pattern, store.dictionary));
  const kinds = query.errors === true ? ERROR_KINDS.filter((kind) => query.kinds?.includes(kind) ?? true) : query.kinds;
  const look = looker(query);
  for (const { block, rows } of scan(store, { ...query, ...(kinds ? { kinds } : {}) }, options.reverse === true)) {
    const processes = block.processes();
    const codes = query.errors === true ? block.kinds() : undefined;
    const flags = codes && block.flags();
    for (const row of rows) {
      // Nearly all callbacks end well.
      if (codes?.[row] === Kind.HANDLED && (flags![row]! & Flags.RAISED) === 0) continue;
      if (sieves.length > 0) {
        const process = processes[row]!;
        const node = process === 0 ? block.peers()[row]! : store.dictionary.table.nodeOf(process);
        const read = (): Uint8Array => block.payload(row);
        if (!sieves.every((sieve) => sieve(read, node))) continue;
      }
      const found = look(eventAt(store, block, row));
      if (found) yield found;
    }
  }
}

/** Tells of a decoded event (that passes the filter) whether and where it holds what is looked for. */
export function looker(query: OccurrenceQuery): (event: RecordedEvent) => Occurrence | undefined {
  const tests: ((part: Term) => boolean)[] = [];
  if (query.text !== undefined) tests.push(containing(query.text));
  if (query.pattern !== undefined) tests.push(matching(query.pattern));
  return (event) => {
    if (query.errors === true && !isError(event)) return undefined;
    const places: Occurrence['places'] = [];
    for (const test of tests) {
      const before = places.length;
      event.terms.forEach((term, index) => {
        for (const hit of searchTerm(term, test, MAX_PLACES)) places.push({ ...hit, term: index });
      });
      if (places.length === before) return undefined;
    }
    return { event, places };
  };
}
