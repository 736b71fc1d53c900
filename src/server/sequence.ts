/** Messages between a few processes around a moment, request and reply paired. */
import type { EventKind, Moment, RecordedEvent } from '../recording/index.js';
import type { Term } from '../term/index.js';
import type { At, SequenceMessage, SequenceResult } from './protocol.js';
import type { Questions } from './questions.js';
import { line } from './text.js';

/** On each side of the moment, unless told. */
const MESSAGES = 80;
/** Chosen by themselves. */
const MAX_PARTICIPANTS = 8;
const BUDGET_MS = 120;
/** Sends looked at to see with whom a process speaks. */
const LOOKED_FOR_PEERS = 400;
const WIDTH = 140;

interface Window {
  fromNs: number;
  toNs: number;
}

/** Where one looks from, how far, and for how many on each side. */
interface Reach {
  at: Moment;
  window: Window | undefined;
  each: number;
}

/** `processes` empty: what `about` said and was told; of nobody, the messages between those that speak most around the moment. */
export function sequence(
  questions: Questions,
  query: {
    processes: number[];
    about?: number | undefined;
    at: At;
    window?: Window | undefined;
    each?: number | undefined;
  },
): SequenceResult {
  const at = questions.moment(query.at);
  const { about, processes } = query;
  for (const each of about === undefined ? processes : [...processes, about]) questions.known(each);
  const until = performance.now() + BUDGET_MS;
  const reach: Reach = { at, window: query.window, each: query.each ?? MESSAGES };
  if (processes.length === 0 && about !== undefined) {
    const said = conversation(questions, about, reach, until);
    return answer(questions, at, said.participants, said.before, said.after, [about]);
  }
  const participants = processes.length > 0 ? [...new Set(processes)] : speakers(questions, reach, until);
  const wanted = new Set(participants);
  const before = sends(questions, wanted, reach, -1, until);
  const after = sends(questions, wanted, reach, 1, until);
  return answer(questions, at, participants, before, after);
}

interface Sends {
  /** The nearest to the moment first. */
  events: RecordedEvent[];
  more: boolean;
}

/** `about`: in each message one of these speaks or is spoken to. */
function answer(
  questions: Questions,
  at: Moment,
  participants: number[],
  before: Sends,
  after: Sends,
  about = participants,
): SequenceResult {
  const events = [...before.events].reverse().concat(after.events);
  return {
    at: { seq: at.seq, ns: at.ns },
    participants,
    messages: withAnswers(questions, events, about),
    moreBefore: before.more,
    moreAfter: after.more,
  };
}

/** What one process sent and got, found by its own events, however rare they are; with those of whom there is most. */
function conversation(
  questions: Questions,
  about: number,
  reach: Reach,
  until: number,
): { participants: number[]; before: Sends; after: Sends } {
  const { recording } = questions;
  const { at } = reach;
  const half = until - BUDGET_MS / 2;
  const side = (direction: 1 | -1): Sends => {
    const events = new Map<number, RecordedEvent>();
    let more = false;
    for (const event of around(questions, reach, direction, [about], ['send', 'arrive'])) {
      // Of who seldom speaks each message lies in another part of the recording: a few at a time.
      if (events.size >= reach.each || (events.size > 0 && performance.now() > (direction === -1 ? half : until))) {
        more = true;
        break;
      }
      const send = event.kind === 'send' ? event : event.cause > 0 ? recording.event(event.cause) : undefined;
      if (send !== undefined && send.peer > 0) events.set(send.seq, send);
    }
    return { events: [...events.values()].sort((a, b) => (a.seq - b.seq) * direction), more };
  };
  const before = side(-1);
  const after = side(1);
  // What was sent before the moment and arrives after it is found on both sides.
  const late = after.events.filter((each) => each.seq <= at.seq);
  after.events = after.events.filter((each) => each.seq > at.seq);
  const known = new Set(before.events.map((each) => each.seq));
  before.events = [...late.filter((each) => !known.has(each.seq)), ...before.events].sort((a, b) => b.seq - a.seq);
  const counts = new Map<number, number>();
  for (const { process, peer } of [...before.events, ...after.events]) {
    const other = process === about ? peer : process;
    if (other !== about) counts.set(other, (counts.get(other) ?? 0) + 1);
  }
  const others = [...counts].sort(([, a], [, b]) => b - a).map(([process]) => process);
  const participants = [about, ...others.slice(0, MAX_PARTICIPANTS - 1)].sort((a, b) => a - b);
  const among = new Set(participants);
  const between = (sends: Sends): Sends => ({
    events: sends.events.filter((each) => among.has(each.process) && among.has(each.peer)),
    more: sends.more || others.length >= MAX_PARTICIPANTS,
  });
  return { participants: counts.size === 0 ? [] : participants, before: between(before), after: between(after) };
}

function around(
  questions: Questions,
  { at, window }: Reach,
  direction: 1 | -1,
  processes?: number[],
  kinds: readonly EventKind[] = ['send'],
): Iterable<RecordedEvent> {
  const { recording } = questions;
  const filter = { kinds, ...(processes === undefined ? {} : { processes }) };
  const first = window === undefined || window.fromNs <= 0 ? undefined : recording.momentAt(window.fromNs - 1);
  const last = window === undefined ? undefined : questions.moment({ ns: window.toNs });
  // Of a window that does not hold the moment, there is nothing on one side.
  const here = last !== undefined && last.seq < at.seq ? last : at;
  const from = first !== undefined && first.seq > here.seq ? first : here;
  if (direction === -1)
    return here.seq <= (first?.seq ?? 0)
      ? []
      : recording.events({ ...filter, ...(first && { from: recording.momentOf(first.seq + 1) }), to: here }, { reverse: true }); // prettier-ignore
  return from.seq >= (last?.seq ?? recording.end().seq)
    ? []
    : recording.events({ ...filter, from: recording.momentOf(from.seq + 1), ...(last && { to: last }) });
}

/** The program's own processes that speak most with each other around the moment, in order of their birth. */
function speakers(questions: Questions, reach: Reach, until: number): number[] {
  const counts = new Map<number, number>();
  for (const direction of [-1, 1] as const) {
    let looked = 0;
    for (const event of around(questions, reach, direction)) {
      if (++looked > LOOKED_FOR_PEERS || performance.now() > until) break;
      const ends = [event.process, event.peer];
      if (event.peer === event.process || !ends.every((each) => questions.table.view(each)?.runtime === false))
        continue;
      for (const each of ends) counts.set(each, (counts.get(each) ?? 0) + 1);
    }
  }
  const most = [...counts].sort(([, a], [, b]) => b - a).map(([process]) => process);
  return most.slice(0, MAX_PARTICIPANTS).sort((a, b) => a - b);
}

function sends(
  questions: Questions,
  wanted: ReadonlySet<number>,
  reach: Reach,
  direction: 1 | -1,
  until: number,
): Sends {
  const events: RecordedEvent[] = [];
  let looked = 0;
  if (wanted.size === 0) return { events, more: false };
  for (const event of around(questions, reach, direction, [...wanted])) {
    if (events.length >= reach.each || ((++looked & 31) === 0 && performance.now() > until + BUDGET_MS / 2))
      return { events, more: true };
    if (wanted.has(event.peer)) events.push(event);
  }
  return { events, more: false };
}

function withAnswers(
  questions: Questions,
  events: readonly RecordedEvent[],
  about: readonly number[],
): SequenceMessage[] {
  const [first] = events;
  const last = events.at(-1);
  if (first === undefined || last === undefined) return [];
  const { arrows } = questions.recording.arrows({
    fromNs: first.ns,
    toNs: last.ns,
    processes: about,
    limit: 5_000,
  });
  const bySend = new Map(arrows.map((each) => [each.sendSeq, each]));
  const asked = new Map<string, SequenceMessage>();
  const messages: SequenceMessage[] = [];
  for (const event of events) {
    const [term] = event.terms;
    const shape = term === undefined ? plain(undefined) : shapeOf(term);
    const arrow = bySend.get(event.seq);
    const message: SequenceMessage = {
      seq: event.seq,
      ns: event.ns,
      from: event.process,
      to: event.peer,
      kind: shape.kind,
      text: shape.body === undefined ? { text: '' } : line(shape.body, questions.syntaxOf(event.process), WIDTH),
      arriveNs: arrow?.arriveNs ?? -1,
      handleNs: arrow?.handleNs ?? -1,
      pair: 0,
      pairNs: -1,
    };
    if (shape.tag !== undefined) {
      const key = JSON.stringify(shape.tag, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
      const request = asked.get(key);
      if (shape.kind === 'call') asked.set(key, message);
      else if (request !== undefined && request.from === event.peer) {
        message.kind = 'reply';
        message.pair = request.seq;
        message.pairNs = event.ns - request.ns;
        request.pair = event.seq;
        request.pairNs = message.pairNs;
      }
    }
    messages.push(message);
  }
  return messages;
}

interface Shape {
  kind: SequenceMessage['kind'];
  body: Term | undefined;
  /** What a reply has in common with its request. */
  tag?: Term;
}
const plain = (body: Term | undefined): Shape => ({ kind: 'message', body });

/** The envelopes of OTP: `{'$gen_call', {Pid, Tag}, Request}`, `{'$gen_cast', Request}`, `{Tag, Reply}`. */
function shapeOf(term: Term): Shape {
  if (term.kind !== 'tuple') return plain(term);
  const [head, second, third] = term.elements;
  if (head?.kind === 'atom' && head.name === '$gen_call' && second?.kind === 'tuple') {
    const tag = reference(second.elements[1]);
    return { kind: 'call', body: third, ...(tag === undefined ? {} : { tag }) };
  }
  if (head?.kind === 'atom' && head.name === '$gen_cast') return { kind: 'cast', body: second };
  const tag = term.size === 2 ? reference(head) : undefined;
  return tag === undefined ? plain(term) : { kind: 'message', body: second, tag };
}

/** A tag is a reference, or `[alias | Reference]`. */
function reference(term: Term | undefined): Term | undefined {
  if (term?.kind === 'reference') return term;
  if (term?.kind === 'list' && term.tail?.kind === 'reference') return term.tail;
  return undefined;
}
