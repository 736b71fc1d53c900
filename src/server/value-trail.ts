/**
 * Who wrote a value, back across processes: the change of the state, the callback, the message, the sender's callback, the message that caused
 * that, and so on. On the way the value itself is looked for: in the messages, in arguments and variables, in the sender's state; where it
 * was kept in the sender's state, the trail goes on with who wrote it there, since the message that made the sender send it is not where it
 * comes from.
 */
import type { Moment, RecordedEvent, StateChange, Trail, TrailEnd } from '../recording/index.js';
import { childrenOf, isWhole, searchTerm, termKey, type Path, type Resolved, type Term } from '../term/index.js';
import type { At, GapView } from './protocol.js';
import type { TrailStepView, ValueTrail } from './process-protocol.js';
import type { Questions } from './questions.js';
import { partAt, pathText, stepsTo } from './term-tree.js';
import { line } from './text.js';

const ORIGIN_MS = 300;
const TRAIL_MS = 150;
const MAX_STEPS = 60;
/** So many times the trail goes on with who wrote the value in a sender's state. */
const MAX_STATES = 8;
/** Parts of a value that are looked for where the whole is not found. */
const MAX_PARTS = 8;
const MAX_SEARCHED = 20_000;
const MAX_VARIABLES = 64;

const END: Record<TrailEnd, string> = {
  found: 'It was so when recording began, or after a gap.',
  'no callback': 'Which callback did it is not recorded.',
  'no message':
    'The callback began for no message that is recorded: a timeout, or init of a process that was there before.',
  'no send': 'Who sent the message is not recorded: a timer, a port, another node, or before the recording began.',
  'plain code': 'Code outside of any recorded callback did it.',
  'no parent': 'Who started the process is not known.',
  limit: 'There is more; the trail ends here.',
};

interface Needles {
  /** By `termKey`. */
  key: string;
  common: boolean;
  parts: ReadonlySet<string>;
  shapes: ReadonlySet<string>;
}

export function valueTrail(questions: Questions, query: { process: number; at: At; path: string[] }): ValueTrail {
  questions.known(query.process);
  return new Follower(questions).follow(query.process, questions.moment(query.at), query.path);
}

class Follower {
  private readonly steps: TrailStepView[] = [];
  private readonly gaps: GapView[] = [];
  private looked = 0;
  private gaveUp = false;
  private end = '';
  private until = 0;
  private needles: Needles | undefined;
  /** The value was lost on the way: what follows are causes of causes. */
  private lost = false;
  /** States that were asked already: a value that goes in circles ends the trail. */
  private readonly asked = new Set<string>();

  constructor(private readonly questions: Questions) {}

  follow(process: number, at: Moment, labels: string[]): ValueTrail {
    const { recording } = this.questions;
    const syntax = this.questions.syntaxOf(process);
    const whole = recording.state(process, at)?.value;
    const path = whole === undefined ? undefined : stepsTo(whole, labels, syntax);
    const part =
      path ??
      ((state: Term): Resolved => {
        const term = partAt(state, labels, syntax);
        return term === undefined ? { missing: 'absent' } : { term };
      });
    let from = this.origin(process, at, part, pathText(labels));
    for (let states = 0; from !== undefined && states < MAX_STATES; states++) from = this.walk(from);
    if (from !== undefined && this.end === '') this.end = END.limit;
    return {
      steps: this.steps,
      end: this.end,
      looked: this.looked,
      gaveUp: this.gaveUp,
      gaps: this.gaps.slice(0, 20),
    };
  }

  /** Who gave the part of a state its value: the trail from there. Undefined: the trail ends. */
  private origin(
    process: number,
    at: Moment,
    part: Path | ((state: Term) => Resolved),
    place: string,
  ): Trail | undefined {
    const until = performance.now() + ORIGIN_MS;
    const answer = this.questions.recording.origin(process, at, part, () => performance.now() <= until);
    this.until = performance.now() + TRAIL_MS;
    const { change, trail } = answer ?? {};
    this.looked += answer?.looked ?? 0;
    this.gaps.push(...(answer?.gaps ?? []));
    if (answer?.gaveUp === true) {
      this.gaveUp = true;
      this.end = 'It was not changed in the states that were looked through; older ones were not.';
      return undefined;
    }
    if (change === undefined || !('term' in change.value)) {
      this.end = answer === undefined ? 'No state is recorded there.' : END.found;
      return undefined;
    }
    this.needles ??= needlesOf(change, change.value.term);
    this.steps.push(this.stateStep(process, change, change.value.term, place));
    if (change.found) {
      this.end = END.found;
      return undefined;
    }
    return trail;
  }

  private stateStep(process: number, change: StateChange, value: Term, place: string): TrailStepView {
    const syntax = this.questions.syntaxOf(process);
    const { before } = change;
    return {
      ...this.blank(process, change),
      what: 'state',
      text: line(value, syntax, 300),
      before: before !== undefined && 'term' in before ? line(before.term, syntax, 300).text : undefined,
      place,
      holds: 'value',
      sure: change.certain,
    };
  }

  /** From a change of a state back; gives the trail of the value in another process's state, where it came from there. */
  private walk(trail: Trail): Trail | undefined {
    this.gaps.push(...trail.gaps);
    for (const [i, { event, sure }] of trail.steps.entries()) {
      // The state has been told.
      if (event.kind === 'state' && i === 0) continue;
      // Sending says it all.
      if (event.kind === 'arrive' && trail.steps[i + 1]?.event.kind === 'send') continue;
      if (this.steps.length >= MAX_STEPS || performance.now() > this.until) {
        this.end = END.limit;
        return undefined;
      }
      const step = this.step(event, sure);
      this.steps.push(step);
      if (event.kind !== 'send') continue;
      const elsewhere = this.senderState(event, trail.steps[i + 1]?.event, step);
      if (elsewhere !== undefined) return elsewhere;
      if (this.end !== '') return undefined;
    }
    this.end = END[trail.end];
    return undefined;
  }

  private step(event: RecordedEvent, sure: boolean): TrailStepView {
    const { process } = event;
    const syntax = this.questions.syntaxOf(process);
    const holder = event.kind === 'exit' ? undefined : event.terms[0];
    const found = this.find(holder);
    if (found === undefined && holdsValues(event)) this.lost = true;
    return {
      ...this.blank(process, event),
      what: whatOf(event),
      to: event.kind === 'send' ? event.peer : 0,
      fn: event.fn === 0 ? undefined : this.questions.functionName(event.fn),
      text: holder === undefined ? undefined : line(holder, syntax, 300),
      place: found?.place,
      holds: found?.holds ?? 'no',
      sure,
      carriers: event.kind === 'send' ? this.variables(event) : [],
      tookNs: event.kind === 'send' ? this.took(event) : -1,
    };
  }

  private blank(process: number, { seq, ns }: { seq: number; ns: number }): TrailStepView {
    return {
      what: 'event', process, to: 0, seq, ns, fn: undefined, text: undefined, before: undefined, place: undefined,
      holds: 'no', carriers: [], sure: true, tookNs: -1,
    }; // prettier-ignore
  }

  /** How long a message was under way, until the step after it in time. */
  private took(send: RecordedEvent): number {
    const later = this.steps.at(-1);
    return later === undefined ? -1 : later.ns - send.ns;
  }

  private find(term: Term | undefined): { place: string; holds: TrailStepView['holds'] } | undefined {
    if (term === undefined || this.needles === undefined) return undefined;
    const { key, parts, common } = this.needles;
    const whole = this.search(term, (each) => each === key);
    if (whole !== undefined) return { place: placeText(whole), holds: common ? 'maybe' : 'value' };
    const part = parts.size === 0 ? undefined : this.search(term, (each) => parts.has(each));
    return part && { place: placeText(part), holds: 'part' };
  }

  private search(term: Term, test: (key: string) => boolean): Path | undefined {
    const shapes = this.needles!.shapes;
    let visited = 0;
    const same = (each: Term): boolean => ++visited < MAX_SEARCHED && shapes.has(shapeOf(each)) && test(termKey(each));
    return searchTerm(term, same, 1)[0]?.path;
  }

  /** Variables of the code that sent, which held the value then. */
  private variables(send: RecordedEvent): TrailStepView['carriers'] {
    const { recording } = this.questions;
    if (this.needles === undefined || this.needles.common) return [];
    const answer = recording.variables(send.process, recording.momentOf(send.seq));
    const out: TrailStepView['carriers'] = [];
    for (const { name, value } of answer?.variables.slice(0, MAX_VARIABLES) ?? [])
      if (this.find(value) !== undefined) out.push({ what: 'variable', name });
    return out.slice(0, 4);
  }

  /**
   * The sender's callback handled a message without the value, and its state before held it: who wrote it there? Not for values so common
   * that they are everywhere.
   */
  private senderState(send: RecordedEvent, did: RecordedEvent | undefined, step: TrailStepView): Trail | undefined {
    if (this.lost || this.needles === undefined || this.needles.common) return undefined;
    const { recording } = this.questions;
    if (did?.kind !== 'handle' && did?.kind !== 'call') return undefined;
    if (did.kind === 'handle' && this.find(did.terms[0]) !== undefined) return undefined;
    const { process } = send;
    const state = recording.state(process, recording.momentOf(did.seq));
    if (state === undefined) return undefined;
    const { key, parts } = this.needles;
    const path = this.search(state.value, (each) => each === key || parts.has(each));
    if (path === undefined) return undefined;
    const place = placeText(path);
    step.carriers.push({ what: 'state', name: place === '' ? 'state' : place });
    const asked = `${String(process)} ${String(state.seq)} ${place}`;
    if (this.asked.has(asked)) return undefined;
    this.asked.add(asked);
    return this.origin(process, recording.momentOf(did.seq), path, place);
  }
}

const holdsValues = (event: RecordedEvent): boolean =>
  event.kind === 'handle' || event.kind === 'send' || event.kind === 'call';

function whatOf(event: RecordedEvent): TrailStepView['what'] {
  switch (event.kind) {
    case 'state':
      return 'state';
    case 'handle':
      return 'callback';
    case 'send':
    case 'arrive':
      return 'message';
    case 'call':
      return 'call';
    case 'spawn':
      return 'start';
    default:
      return 'event';
  }
}

/** The whole value, and what is new in it against what stood there before. */
function needlesOf(change: StateChange, value: Term): Needles {
  const { before } = change;
  const parts = new Set<string>();
  const shapes = new Set([shapeOf(value)]);
  if (before !== undefined && 'term' in before && childrenOf(value).children.length > 0) {
    const old = new Set(childrenOf(before.term).children.map((each) => termKey(each.value)));
    for (const each of childrenOf(value).children) {
      if (parts.size >= MAX_PARTS) break;
      const key = termKey(each.value);
      if (old.has(key) || isCommon(each.value)) continue;
      parts.add(key);
      shapes.add(shapeOf(each.value));
    }
  }
  return { key: termKey(value), common: isCommon(value), parts, shapes };
}

const COMMON_ATOMS = new Set(['true', 'false', 'nil', 'undefined', 'ok', 'error', 'none', 'infinity', 'normal']);

/** So common that finding it elsewhere says little. */
function isCommon(term: Term): boolean {
  switch (term.kind) {
    case 'atom':
      return COMMON_ATOMS.has(term.name);
    case 'integer':
      return typeof term.value === 'number' && Math.abs(term.value) < 1_000;
    case 'float':
      return term.value === 0 || Math.abs(term.value) === 1;
    case 'binary':
      return term.size < 2;
    case 'tuple':
      return term.size === 0;
    case 'list':
      return term.elements.length === 0;
    case 'map':
      return term.size === 0;
    case 'bitstring':
      return term.bits < 16;
    default:
      return !isWhole(term);
  }
}

/** Terms of another shape cannot be the same: nothing is compared with them. */
function shapeOf(term: Term): string {
  switch (term.kind) {
    case 'tuple':
    case 'map':
    case 'binary':
      return `${term.kind} ${String(term.size)}`;
    case 'list':
      return `list ${String(term.elements.length)}`;
    default:
      return term.kind;
  }
}

/** As paths are told elsewhere: `free → "mug"`. */
function placeText(path: Path): string {
  return pathText(
    path.map((step) =>
      step.kind === 'key' ? step.key.replace(/^:(?=[a-z_])/, '') : step.kind === 'tail' ? '|' : String(step.index),
    ),
  );
}
