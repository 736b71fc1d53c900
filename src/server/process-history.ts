/** The history of one process: as a strip of cells, step by step, and two moments of it side by side. */
import { Flags, kindCode, type Moment, type RecordedEvent } from '../recording/index.js';
import { printTerm, type Term } from '../term/index.js';
import type { At } from './protocol.js';
import type { ChangesResult, HistoryStep, SideResult, StripResult } from './process-protocol.js';
import type { Questions } from './questions.js';
import { sideBySide } from './side-by-side.js';
import { buildTree } from './term-tree.js';
import { line, shorten } from './text.js';

const STRIP_MS = 15;
const CRASH_MS = 10;
const MAX_CRASHES = 200;
const CHANGES_MS = 30;
/** States that were written though nothing changed, after which no further one is looked for. */
const MAX_UNCHANGED = 500;
const MAX_TEXT = 400_000;
const SIDE_WIDTH = 60;

const bit = (kind: Parameters<typeof kindCode>[0]): number => 1 << kindCode(kind);
const CALLS = bit('handle') | bit('handled') | bit('call') | bit('return');
const STATES = bit('state');

/** Changes are counted from the end of the window back, for a while; what is older comes from the rollup. */
export function strip(
  questions: Questions,
  query: { process: number; fromNs: number; toNs: number; bins: number; beforeSeq?: number | undefined },
): StripResult {
  questions.known(query.process);
  const { recording } = questions;
  const { process, bins } = query;
  const toNs = Math.max(query.toNs, query.fromNs + bins);
  const timeline = recording.timeline({ fromNs: query.fromNs, toNs, bins, processes: [process] });
  const { fromNs, binNs } = timeline;
  const kinds = new Array<number>(bins).fill(0);
  for (let i = 0; i < bins; i++) {
    const seen = timeline.kinds[i] ?? 0;
    kinds[i] = ((seen & CALLS) !== 0 ? 1 : 0) | ((seen & STATES) !== 0 ? 2 : 0);
  }
  const cell = (ns: number): number => Math.min(bins - 1, Math.max(0, Math.floor((ns - fromNs) / binNs)));
  const until = performance.now() + STRIP_MS;
  const { beforeSeq } = query;
  const end = beforeSeq === undefined ? questions.moment({ ns: toNs }) : questions.moment({ seq: beforeSeq - 1 });
  const changes = new Array<number>(bins).fill(0);
  let exactFromNs = fromNs;
  let next = 0;
  let total = 0;
  for (const { seq, ns } of recording.stateChanges(process, end)) {
    if (ns < fromNs) break;
    changes[cell(ns)]!++;
    total++;
    if ((total & 127) === 0 && performance.now() > until) {
      exactFromNs = ns;
      next = seq;
      break;
    }
  }
  // Whoever goes on counting knows the crashes.
  const crashes = beforeSeq === undefined ? crashesOf(questions, process, fromNs, toNs) : [];
  return { fromNs, binNs, changes, kinds, exactFromNs, beforeSeq: next, total, crashes };
}

function crashesOf(questions: Questions, process: number, fromNs: number, toNs: number): StripResult['crashes'] {
  const until = performance.now() + CRASH_MS;
  const out: StripResult['crashes'] = [];
  const from = questions.moment({ ns: fromNs });
  const to = questions.moment({ ns: toNs });
  for (const { seq, ns } of questions.recording.crashes({ processes: [process], from, to })) {
    out.push({ seq, ns });
    if (out.length >= MAX_CRASHES || performance.now() > until) break;
  }
  return out;
}

/** The change in force at a moment and its neighbours, with what each did. */
export function changes(
  questions: Questions,
  query: { process: number; at: At; before: number; after: number },
): ChangesResult {
  questions.known(query.process);
  const { recording } = questions;
  const { process } = query;
  const at = questions.moment(query.at);
  const until = performance.now() + CHANGES_MS;
  const past: number[] = [];
  for (const { seq } of recording.stateChanges(process, at)) {
    past.push(seq);
    if (past.length > query.before + 1) break;
  }
  const future: number[] = [];
  let from: Moment = at;
  for (let tries = 0; tries < MAX_UNCHANGED && future.length < query.after; tries++) {
    const event = recording.nextEvent(process, from, 1, { kinds: ['state'] });
    if (event === undefined) break;
    from = { seq: event.seq, ns: event.ns };
    if ((event.flags & (Flags.CHANGED | Flags.BEFORE)) !== 0) future.push(event.seq);
    // Those that were asked for may take what they take; looking for them among unchanged ones may not.
    if (tries > query.after && performance.now() > until) break;
  }
  // The one in force is told first: where states are huge, it is the one that is told whole.
  const previous = (seq: number): number | undefined => {
    const i = past.indexOf(seq);
    if (i >= 0) return past[i + 1];
    const j = future.indexOf(seq);
    return j === 0 ? past[0] : future[j - 1];
  };
  const later = performance.now() + CHANGES_MS;
  const step = (seq: number): HistoryStep | undefined => historyStep(questions, seq, previous(seq), later);
  const now = past[0] === undefined ? undefined : historyStep(questions, past[0], previous(past[0]), Infinity);
  const after = future.map(step);
  const before = past.slice(1, query.before + 1).map(step);
  const known = (each: HistoryStep | undefined): each is HistoryStep => each !== undefined;
  return {
    at: { seq: at.seq, ns: at.ns },
    before: before.filter(known).reverse(),
    now,
    after: after.filter(known),
  };
}

/** What was told of changes lately: who steps along them asks for the same ones again. By change and the one it is compared with. */
export type ToldSteps = Map<string, HistoryStep>;
const MAX_TOLD = 256;

function historyStep(
  questions: Questions,
  seq: number,
  previous: number | undefined,
  until: number,
): HistoryStep | undefined {
  const { told } = questions;
  const key = `${String(seq)} ${String(previous)}`;
  const known = told.get(key);
  if (known !== undefined) return known;
  const late = performance.now() > until;
  const step = newStep(questions, seq, previous, late);
  if (step === undefined || late) return step;
  if (told.size >= MAX_TOLD) told.delete(told.keys().next().value!);
  told.set(key, step);
  return step;
}

function newStep(
  questions: Questions,
  seq: number,
  previous: number | undefined,
  late: boolean,
): HistoryStep | undefined {
  const { recording } = questions;
  const event = recording.event(seq);
  if (event === undefined) return undefined;
  const syntax = questions.syntaxOf(event.process);
  const handle = event.cause > 0 ? recording.event(event.cause) : undefined;
  const arrive = handle !== undefined && handle.cause > 0 ? recording.event(handle.cause) : undefined;
  const found = (event.flags & Flags.BEFORE) !== 0;
  const message = handle?.kind === 'handle' ? handle.terms[0] : undefined;
  return {
    seq,
    ns: event.ns,
    what: found ? 'found' : 'change',
    callback: found || event.fn === 0 ? undefined : questions.functionName(event.fn),
    message: found || message === undefined ? undefined : line(message, syntax, 160),
    from: !found && arrive?.kind === 'arrive' ? arrive.peer : 0,
    ...difference(questions, event, late ? undefined : previous),
  };
}

type Difference = Pick<HistoryStep, 'path' | 'before' | 'after' | 'more'>;

function difference(questions: Questions, event: RecordedEvent, previous: number | undefined): Difference {
  const nothing = { path: undefined, before: undefined, after: undefined, more: 0 };
  if (previous === undefined) return nothing;
  const [after] = event.terms;
  const before = questions.recording.event(previous)?.terms[0];
  if (after === undefined || before === undefined) return nothing;
  const options = { syntax: questions.syntaxOf(event.process), pid: () => 0, maxNodes: 4_000 };
  const { diff, diffMore } = buildTree(after, options, before);
  const [first] = diff;
  if (first === undefined) return nothing;
  const short = (text: string | undefined): string | undefined => text && shorten(text, 80).text;
  return {
    path: shorten(first.path, 80).text,
    before: short(first.before),
    after: short(first.after),
    more: diff.length - 1 + diffMore,
  };
}

/** The state of a process at a moment to compare with; where none was known yet, the first that was recorded. */
export function baseState(
  questions: Questions,
  process: number,
  base: At,
): { seq: number; ns: number; value: Term; first: boolean } | undefined {
  const { recording } = questions;
  const at = questions.moment(base);
  const state = recording.state(process, at);
  if (state !== undefined) return { seq: state.seq, ns: state.ns, value: state.value, first: false };
  const event = recording.nextEvent(process, at, 1, { kinds: ['state'] });
  const value = event?.terms[0];
  return event === undefined || value === undefined ? undefined : { seq: event.seq, ns: event.ns, value, first: true };
}

export function sides(questions: Questions, query: { process: number; at: At; base?: At | undefined }): SideResult {
  questions.known(query.process);
  const { process, base } = query;
  const { recording } = questions;
  const now = recording.state(process, questions.moment(query.at));
  const then =
    base !== undefined
      ? baseState(questions, process, base)
      : now?.previous && { ...now.previous, ns: recording.momentOf(now.previous.seq).ns };
  const syntax = questions.syntaxOf(process);
  const text = (value: Term | undefined): string =>
    value === undefined ? '' : printTerm(value, { syntax, width: SIDE_WIDTH, maxLength: MAX_TEXT });
  const texts = [text(then?.value), text(now?.value)] as const;
  const cut = texts.some((each) => each.length >= MAX_TEXT);
  const [before, after] = cut ? asLong(texts) : texts;
  return {
    before: then && { seq: then.seq, ns: then.ns },
    after: now && { seq: now.seq, ns: now.ns },
    ...sideBySide(before, after),
    cut,
  };
}

/** Two texts of which one was cut: as many lines of each as both have whole. */
function asLong([a, b]: readonly [string, string]): [string, string] {
  const [first, second] = [a.split('\n').slice(0, -1), b.split('\n').slice(0, -1)];
  const lines = Math.min(first.length, second.length);
  return [first.slice(0, lines).join('\n'), second.slice(0, lines).join('\n')];
}
