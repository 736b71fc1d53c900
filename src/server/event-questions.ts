/** Pages of events around a moment, one event in full, and search by text. */
import type { EventKind, ProcessId, RecordedEvent } from '../recording/index.js';
import { viewEvent, type ViewContext } from './event-view.js';
import { RpcFailure } from './failure.js';
import type { At, EventDetail, EventsResult, SearchResult } from './protocol.js';
import type { Questions } from './questions.js';
import { buildTree } from './term-tree.js';

const SEARCH_BUDGET_MS = 40;
const MAX_CAUSES = 12;

/** How events of a process are told. */
export const contextFor = (questions: Questions, process: number): ViewContext => ({
  syntax: questions.syntaxOf(process),
  functionName: questions.functionName,
  point: (id) => questions.recording.function(id)?.point,
});
const view = (questions: Questions, event: RecordedEvent): ReturnType<typeof viewEvent> =>
  viewEvent(event, contextFor(questions, event.process));

export function eventsPage(
  questions: Questions,
  query: {
    at: At;
    processes?: ProcessId[] | undefined;
    kinds?: EventKind[] | undefined;
    before: number;
    after: number;
  },
): EventsResult {
  const { recording } = questions;
  const at = questions.moment(query.at);
  const filter = {
    ...(query.processes === undefined ? {} : { processes: query.processes }),
    ...(query.kinds === undefined ? {} : { kinds: query.kinds }),
  };
  const take = (events: Iterable<RecordedEvent>, limit: number): { rows: RecordedEvent[]; more: boolean } => {
    const rows: RecordedEvent[] = [];
    if (limit === 0) return { rows, more: false };
    for (const event of events) {
      if (rows.length === limit) return { rows, more: true };
      rows.push(event);
    }
    return { rows, more: false };
  };
  const before =
    at.seq === 0
      ? { rows: [], more: false }
      : take(recording.events({ ...filter, to: at }, { reverse: true }), query.before);
  const after =
    at.seq >= questions.events
      ? { rows: [], more: false }
      : take(recording.events({ ...filter, from: recording.momentOf(at.seq + 1) }), query.after);
  return {
    at: { seq: at.seq, ns: at.ns },
    before: before.rows.reverse().map((event) => view(questions, event)),
    after: after.rows.map((event) => view(questions, event)),
    moreBefore: before.more,
    moreAfter: after.more,
  };
}

export function eventDetail(questions: Questions, seq: number): EventDetail {
  const { recording } = questions;
  const event = seq < 1 || seq > questions.events ? undefined : recording.event(seq);
  if (event === undefined) throw new RpcFailure('not-found', `there is no event #${String(seq)}`);
  const at = recording.momentOf(seq);
  const node = recording.processes()[event.process - 1]?.node ?? 0;
  const options = {
    syntax: questions.syntaxOf(event.process),
    pid: (number: number, serial: number) => questions.pids.find(node, number, serial, at),
  };
  const causes: EventDetail['causes'] = [];
  for (let cause = event.cause; cause > 0 && causes.length < MAX_CAUSES;) {
    const earlier = recording.event(cause);
    if (earlier === undefined) break;
    causes.push(view(questions, earlier));
    // A damaged file must not send us in circles.
    cause = earlier.cause < cause ? earlier.cause : 0;
  }
  return { event: view(questions, event), terms: event.terms.map((term) => buildTree(term, options).tree), causes };
}

/** Events whose line contains a text, whatever the case. Looks for a while, then says where it stands. */
export function search(
  questions: Questions,
  query: {
    text: string;
    from: number;
    reverse?: boolean | undefined;
    processes?: ProcessId[] | undefined;
    limit?: number | undefined;
  },
): SearchResult {
  const { recording } = questions;
  const wanted = query.text.toLowerCase();
  const limit = query.limit ?? 50;
  const reverse = query.reverse === true;
  const until = performance.now() + SEARCH_BUDGET_MS;
  const matches: SearchResult['matches'] = [];
  const filter = query.processes === undefined ? {} : { processes: query.processes };
  let seq = query.from;
  if (reverse ? seq <= 0 : seq >= questions.events) return { matches, seq, done: true };
  const events = reverse
    ? recording.events({ ...filter, to: questions.moment({ seq }) }, { reverse: true })
    : recording.events({ ...filter, from: recording.momentOf(seq + 1) });
  let looked = 0;
  for (const event of events) {
    if (matches.length === limit || ((++looked & 31) === 0 && performance.now() > until))
      return { matches, seq, done: false };
    const row = view(questions, event);
    if (`${row.kind} ${row.fn ?? ''} ${row.text.text}`.toLowerCase().includes(wanted)) matches.push(row);
    seq = reverse ? event.seq - 1 : event.seq;
  }
  return { matches, seq, done: true };
}
