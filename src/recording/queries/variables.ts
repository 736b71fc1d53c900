/** What the variables of a function under way hold. */
import type { RecordedVariable, VariablesAnswer } from '../code.js';
import type { Moment, PointInfo, ProcessId, Seq } from '../model.js';
import type { Place, Store } from '../read/store.js';
import type { Gaps } from './gaps.js';
import { Kind, bit } from './kinds.js';
import { eventsOfFrame, frameOf, openFrames, type OpenFrame } from './stack.js';

/** How many events of a frame are looked at. */
const BUDGET = 1 << 18;

/** The newest value of each variable: which name, bound in which line. */
interface Found {
  name: string;
  line: number;
  place: Place;
  /** Among the values of that event. */
  index: number;
}

export function variablesAt(
  store: Store,
  gaps: Gaps,
  process: ProcessId,
  at: Moment,
  frame: Seq | undefined,
): VariablesAnswer | undefined {
  let open: OpenFrame | undefined;
  for (const one of openFrames(store, process, at.seq)) {
    if (frame !== undefined && one.seq > frame) continue;
    if (frame === undefined || one.seq === frame) open = one;
    break;
  }
  if (open === undefined) return undefined;
  const answer = frameOf(store, process, open, at.seq);
  const { variables, why } = variablesOf(store, process, open, at.seq);
  return { frame: answer, variables, why, gaps: gaps.touching(answer.ns, at.ns, process) };
}

function variablesOf(
  store: Store,
  process: ProcessId,
  { place, seq, inner }: OpenFrame,
  to: Seq,
): { variables: RecordedVariable[]; why: string | undefined } {
  if (place.block.kindAt(place.row) !== Kind.CALL)
    return { variables: [], why: 'only the callback is recorded, not the function from inside' };
  const fn = store.dictionary.functions[place.block.functionAt(place.row) - 1];
  const depth = fn?.depth ?? (place.block.payloadBytes(place.row) > 0 ? 'values' : 'call');
  const found = new Map<string, Found>();
  let newest: PointInfo | undefined;
  let whole = true;
  if (store.dictionary.hasPoints(place.block.functionAt(place.row))) {
    whole = eventsOfFrame(store, process, seq, inner === 0 ? to : inner - 1, bit(Kind.LINE), BUDGET, (block, row) => {
      const point = store.dictionary.point(block.functionAt(row));
      if (point === undefined) return true;
      newest ??= point;
      point.names.forEach(({ name, line }, index) => {
        const key = `${line} ${name}`;
        if (!found.has(key)) found.set(key, { name, line, place: { block, row }, index });
      });
      return true;
    });
  }
  const variables = visible([...found.values()], newest?.scope).map((one) => valueOf(store, one));
  if (newest === undefined) {
    const why = depth === 'lines' || depth === 'expressions' ? 'no line of this call is recorded up to here' : `recorded at depth ${depth}: only depth lines tells variables`; // prettier-ignore
    return { variables, why };
  }
  return { variables, why: whole ? undefined : `only the last ${BUDGET} events of this call were looked at` };
}

/**
 * Those that can be read at a point with this scope, by the lines that bind them. Where the scope was not told, the newest of each name: what a branch
 * that is over has bound may then still be among them.
 */
function visible(found: Found[], scope: PointInfo['scope']): Found[] {
  const order = (a: Found, b: Found): number => a.line - b.line || seqOf(a) - seqOf(b) || a.index - b.index;
  if (scope !== undefined)
    return found.filter((one) => scope.some(({ name, line }) => name === one.name && line === one.line)).sort(order);
  const newest = new Map<string, Found>();
  for (const one of found) {
    const other = newest.get(one.name);
    if (other === undefined || seqOf(other) < seqOf(one) || (seqOf(other) === seqOf(one) && other.index < one.index))
      newest.set(one.name, one);
  }
  return [...newest.values()].sort(order);
}

const seqOf = ({ place }: Found): Seq => place.block.firstSeq + place.row;

function valueOf(store: Store, { name, line, place, index }: Found): RecordedVariable {
  const list = store.termsAt(place.block, place.row)[0];
  const value = list?.kind === 'list' ? list.elements[index] : undefined;
  return {
    name,
    value: value ?? { kind: 'opaque', text: 'not recorded' },
    seq: place.block.firstSeq + place.row,
    line,
  };
}
