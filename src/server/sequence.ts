/** Messages between a few processes around a moment, request and reply paired. */
import type { Moment, RecordedEvent } from '../recording/index.js';
import type { Term } from '../term/index.js';
import type { At, SequenceMessage, SequenceResult } from './protocol.js';
import type { Questions } from './questions.js';
import { line } from './text.js';

/** On each side of the moment. */
const MESSAGES = 80;
const MAX_PARTICIPANTS = 8;
const BUDGET_MS = 120;
/** Sends looked at to see with whom a process speaks. */
const LOOKED_FOR_PEERS = 400;
const WIDTH = 140;

/**
 * `processes` empty: those that exchange most messages around the moment, with `about` among them. Otherwise the messages between those that are
 * named.
 */
export function sequence(
  questions: Questions,
  query: { processes: number[]; about?: number | undefined; at: At },
): SequenceResult {
  const at = questions.moment(query.at);
  for (const each of query.processes) questions.known(each);
  const until = performance.now() + BUDGET_MS;
  const participants =
    query.processes.length > 0
      ? [...new Set(query.processes)].slice(0, MAX_PARTICIPANTS * 2)
      : speakers(questions, at, query.about, until);
  const wanted = new Set(participants);
  const before = sends(questions, wanted, at, -1, until);
  const after = sends(questions, wanted, at, 1, until);
  const events = [...before.events.reverse(), ...after.events];
  return {
    at: { seq: at.seq, ns: at.ns },
    participants,
    messages: withAnswers(questions, events, participants),
    moreBefore: before.more,
    moreAfter: after.more,
  };
}

function around(questions: Questions, at: Moment, direction: 1 | -1, processes?: number[]): Iterable<RecordedEvent> {
  const { recording } = questions;
  const filter = { kinds: ['send'] as const, ...(processes === undefined ? {} : { processes }) };
  if (direction === -1) return at.seq === 0 ? [] : recording.events({ ...filter, to: at }, { reverse: true });
  return at.seq >= questions.events ? [] : recording.events({ ...filter, from: recording.momentOf(at.seq + 1) });
}

/** With whom `about` speaks around the moment; of all, the program's own that speak most. In order of their birth. */
function speakers(questions: Questions, at: Moment, about: number | undefined, until: number): number[] {
  const counts = new Map<number, number>();
  const add = (process: number): void => {
    if (process > 0) counts.set(process, (counts.get(process) ?? 0) + 1);
  };
  for (const direction of [-1, 1] as const) {
    let looked = 0;
    for (const event of around(questions, at, direction)) {
      if (++looked > LOOKED_FOR_PEERS * (about === undefined ? 1 : 20) || performance.now() > until) break;
      if (about !== undefined && event.process !== about && event.peer !== about) continue;
      if (event.peer === 0 || event.peer === event.process) continue;
      const own = [event.process, event.peer].every((each) => questions.table.view(each)?.runtime === false);
      if (about === undefined && !own) continue;
      add(event.process);
      add(event.peer);
    }
  }
  const most = [...counts].sort(([, a], [, b]) => b - a).map(([process]) => process);
  const chosen = about === undefined ? most : [about, ...most.filter((each) => each !== about)];
  return chosen.slice(0, MAX_PARTICIPANTS).sort((a, b) => a - b);
}

function sends(
  questions: Questions,
  wanted: ReadonlySet<number>,
  at: Moment,
  direction: 1 | -1,
  until: number,
): { events: RecordedEvent[]; more: boolean } {
  const events: RecordedEvent[] = [];
  let looked = 0;
  if (wanted.size === 0) return { events, more: false };
  for (const event of around(questions, at, direction, [...wanted])) {
    if (events.length >= MESSAGES || ((++looked & 31) === 0 && performance.now() > until + BUDGET_MS / 2))
      return { events, more: true };
    if (wanted.has(event.peer)) events.push(event);
  }
  return { events, more: false };
}

function withAnswers(
  questions: Questions,
  events: readonly RecordedEvent[],
  participants: number[],
): SequenceMessage[] {
  const [first] = events;
  const last = events.at(-1);
  if (first === undefined || last === undefined) return [];
  const { arrows } = questions.recording.arrows({
    fromNs: first.ns,
    toNs: last.ns,
    processes: participants,
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
