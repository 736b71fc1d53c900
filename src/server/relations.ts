/** Whom a process knows at a moment, since when and why: parent, links, monitors, children; and whom it knew. */
import { isCrashReason, type Moment, type ProcessInfo, type RecordedEvent } from '../recording/index.js';
import { termKey, type Term } from '../term/index.js';
import type { At } from './protocol.js';
import type { RelationsResult, RelationView } from './process-protocol.js';
import type { Questions } from './questions.js';
import { line } from './text.js';

const BUDGET_MS = 30;
/** Every message has to be read for what it is. */
const DOWNS_MS = 10;
const MONITORS_MS = 20;
const MAX_LISTED = 100;
const MAX_FORMER = 20;
/** Events of a linked process that are looked through for the link. */
const MAX_OF_OTHER = 200;
/** A link this soon after the start of a process by the same was made by `spawn_link`. */
const AT_ONCE_NS = 50_000;

export function relations(questions: Questions, query: { process: number; at: At }): RelationsResult {
  questions.known(query.process);
  return new Finder(questions, query.process, questions.moment(query.at)).answer();
}

class Finder {
  private readonly until = performance.now() + BUDGET_MS;
  private readonly infos: readonly ProcessInfo[];
  private sinceNs = 0;

  constructor(
    private readonly questions: Questions,
    private readonly process: number,
    private readonly at: Moment,
  ) {
    this.infos = questions.recording.processes();
  }

  answer(): RelationsResult {
    const { process, at, questions } = this;
    const standing = questions.recording.links(process, at);
    const links = this.links(standing);
    const children = questions.pids
      .children(process)
      .filter((id) => this.infos[id - 1]!.spawnSeq <= at.seq)
      .sort((a, b) => Number(this.alive(b)) - Number(this.alive(a)) || b - a);
    const monitorsRecorded = this.questions.recording.info().kinds.monitor !== undefined;
    const { monitors, monitoredBy } = monitorsRecorded ? this.monitors() : { monitors: this.downs(), monitoredBy: [] };
    return {
      at: { seq: at.seq, ns: at.ns },
      parent: this.parent(),
      links,
      monitors: shorten(monitors),
      monitoredBy: shorten(monitoredBy),
      children: children.slice(0, MAX_LISTED).map((id) => this.child(id)),
      totals: {
        links: standing.length,
        monitors: standingOf(monitors),
        monitoredBy: standingOf(monitoredBy),
        children: children.filter((id) => this.alive(id)).length,
      },
      monitorsRecorded,
      sinceNs: this.sinceNs,
    };
  }

  private late(): boolean {
    return performance.now() > this.until;
  }

  private alive(id: number): boolean {
    const info = this.infos[id - 1];
    return info !== undefined && info.spawnSeq <= this.at.seq && (info.exitSeq === 0 || info.exitSeq > this.at.seq);
  }

  private parent(): RelationView | undefined {
    const info = this.infos[this.process - 1]!;
    if (info.parent === 0) return undefined;
    const spawn = info.spawnSeq > 0 ? this.questions.recording.event(info.spawnSeq) : undefined;
    const view = this.view(info.parent, spawn);
    return { ...view, why: this.during(spawn), ...this.ending(info.parent) };
  }

  private child(id: number): RelationView {
    const info = this.infos[id - 1]!;
    const ns = info.spawnSeq > 0 ? this.questions.recording.momentOf(info.spawnSeq).ns : 0;
    return {
      ...this.view(id, info.spawnSeq > 0 ? { seq: info.spawnSeq, ns } : undefined),
      why: this.questions.table.view(id)?.runs,
      ...this.ending(id),
    };
  }

  private links(standing: readonly number[]): RelationView[] {
    const { recording } = this.questions;
    const { process, at } = this;
    const made = new Map<number, RecordedEvent>();
    const undone = new Map<number, RecordedEvent>();
    const events = recording.events({ processes: [process], kinds: ['link', 'unlink'], to: at }, { reverse: true });
    for (const event of events) {
      if (this.late()) {
        this.sinceNs = event.ns;
        break;
      }
      if (event.peer === 0) continue;
      if (event.kind === 'unlink') {
        if (!made.has(event.peer) && !undone.has(event.peer)) undone.set(event.peer, event);
      } else if (!made.has(event.peer)) made.set(event.peer, event);
    }
    const now = standing.slice(0, MAX_LISTED).map((peer): RelationView => {
      const event = made.get(peer) ?? this.linkByOther(peer);
      return { ...this.view(peer, event), why: event && this.linkReason(event) };
    });
    const stands = new Set(standing);
    const former: RelationView[] = [];
    for (const [peer, event] of made) {
      if (stands.has(peer) || former.length >= MAX_FORMER) continue;
      const unlinked = undone.get(peer);
      const end =
        unlinked === undefined ? this.ending(peer) : { endSeq: unlinked.seq, endNs: unlinked.ns, ended: 'unlinked' };
      former.push({ ...this.view(peer, event), why: this.linkReason(event), ...end });
    }
    return [...now, ...former];
  }

  /** Only who made a link tells of it. */
  private linkByOther(peer: number): RecordedEvent | undefined {
    let looked = 0;
    const events = this.questions.recording.events(
      { processes: [peer], kinds: ['link'], to: this.at },
      { reverse: true },
    );
    for (const event of events) {
      if (event.peer === this.process) return event;
      if (++looked >= MAX_OF_OTHER || this.late()) return undefined;
    }
    return undefined;
  }

  private linkReason(event: RecordedEvent): string | undefined {
    const other = this.infos[event.peer - 1];
    const spawned =
      other !== undefined && other.parent === event.process && other.spawnSeq > 0 && other.spawnSeq <= event.seq
        ? this.questions.recording.event(other.spawnSeq)
        : undefined;
    if (spawned !== undefined && event.ns - spawned.ns < AT_ONCE_NS) {
      const during = this.during(spawned);
      return during === undefined ? 'spawn_link' : `spawn_link in ${during}`;
    }
    const during = this.during(event);
    return during === undefined ? undefined : `link in ${during}`;
  }

  /** The function that was under way where an event happened. */
  private during(event: RecordedEvent | undefined): string | undefined {
    if (event === undefined || this.late()) return undefined;
    const { recording } = this.questions;
    const cause = event.cause > 0 ? recording.event(event.cause) : undefined;
    if (cause !== undefined && cause.fn > 0) return this.questions.functionName(cause.fn);
    // Of the start of a process its parent is who did it.
    const who = event.kind === 'spawn' ? event.peer : event.process;
    if (who === 0) return undefined;
    const fn = recording.stack(who, recording.momentOf(event.seq), 1).frames[0]?.fn;
    return fn === undefined ? undefined : this.questions.functionName(fn);
  }

  /**
   * Calls of monitor and demonitor, newest first: whose reference was not given up since, stands, as long as its target lives. What comes with
   * every call of a server, gone as soon as it is answered, is left out.
   */
  private monitors(): { monitors: RelationView[]; monitoredBy: RelationView[] } {
    const { recording } = this.questions;
    const monitors: RelationView[] = [];
    const monitoredBy: RelationView[] = [];
    const undone = new Map<string, RecordedEvent>();
    const until = performance.now() + MONITORS_MS;
    let looked = 0;
    for (const event of recording.events({ kinds: ['monitor'], to: this.at }, { reverse: true })) {
      if ((++looked & 63) === 0 && performance.now() > until) {
        this.sinceNs = Math.max(this.sinceNs, event.ns);
        break;
      }
      const [args, result] = event.terms;
      const [first, second] = args?.kind === 'list' ? args.elements : [];
      if (first === undefined) continue;
      if (recording.function(event.fn)?.name === 'demonitor') {
        undone.set(termKey(first), event);
        continue;
      }
      if (second === undefined || result?.kind !== 'reference') continue;
      const end = undone.get(termKey(result));
      if (end !== undefined && (end.process !== event.process || this.ofCall(event, end))) continue;
      const target = this.monitored(event, second);
      if (event.process === this.process) monitors.push(this.monitor(event, target, second, end));
      else if (target === this.process) monitoredBy.push(this.monitor(event, event.process, second, end));
    }
    return { monitors, monitoredBy };
  }

  /** As a call of a server does: in the same callback, and what may have come meanwhile is thrown away. */
  private ofCall(made: RecordedEvent, undone: RecordedEvent): boolean {
    const [args] = undone.terms;
    const options = args?.kind === 'list' ? args.elements[1] : undefined;
    const flush =
      options?.kind === 'list' && options.elements.some((each) => each.kind === 'atom' && each.name === 'flush');
    return flush && made.cause === undone.cause;
  }

  private monitored(event: RecordedEvent, who: Term): number {
    const { node } = this.infos[event.process - 1] ?? {};
    if (who.kind === 'pid' && who.node === undefined && node !== undefined)
      return this.questions.pids.find(node, who.number, who.serial, this.at);
    const name = who.kind === 'tuple' ? who.elements[0] : who;
    if (name?.kind !== 'atom') return 0;
    return this.questions.recording.names({ seq: event.seq, ns: event.ns }).find((each) => each.name === name.name)?.process ?? 0; // prettier-ignore
  }

  private monitor(event: RecordedEvent, other: number, who: Term, undone: RecordedEvent | undefined): RelationView {
    const ended =
      undone === undefined ? this.ending(other) : { endSeq: undone.seq, endNs: undone.ns, ended: 'demonitored' };
    return {
      ...this.view(other, event),
      text: other === 0 ? line(who, this.syntax(), 60).text : undefined,
      why: this.during(event),
      ...ended,
    };
  }

  /** What messages tell of monitors: each `DOWN` says that there was one, and that it is gone. */
  private downs(): RelationView[] {
    const until = performance.now() + DOWNS_MS;
    const { recording } = this.questions;
    const out: RelationView[] = [];
    const events = recording.events({ processes: [this.process], kinds: ['arrive'], to: this.at }, { reverse: true });
    for (const event of events) {
      if (out.length >= MAX_FORMER || performance.now() > until) {
        this.sinceNs = Math.max(this.sinceNs, event.ns);
        break;
      }
      const down = downOf(event.terms[0]);
      if (down === undefined) continue;
      const process = this.target(down.target);
      out.push({
        ...this.view(process, undefined),
        text: process === 0 ? line(down.target, this.syntax(), 60).text : undefined,
        endSeq: event.seq,
        endNs: event.ns,
        ended: `DOWN ${line(down.reason, this.syntax(), 80).text}`,
      });
    }
    return out;
  }

  private syntax(): 'elixir' | 'erlang' {
    return this.questions.syntaxOf(this.process);
  }

  private target(term: Term): number {
    if (term.kind !== 'pid' || term.node !== undefined) return 0;
    return this.questions.pids.find(this.infos[this.process - 1]!.node, term.number, term.serial, this.at);
  }

  private view(process: number, event: { seq: number; ns: number } | undefined): RelationView {
    return {
      process,
      text: undefined,
      seq: event?.seq ?? 0,
      ns: event?.ns ?? 0,
      why: undefined,
      endSeq: 0,
      endNs: 0,
      ended: undefined,
    };
  }

  private ending(id: number): Pick<RelationView, 'endSeq' | 'endNs' | 'ended'> {
    const info = this.infos[id - 1];
    if (info === undefined || this.alive(id) || info.exitSeq === 0) return { endSeq: 0, endNs: 0, ended: undefined };
    const exit = this.late() ? undefined : this.questions.recording.event(info.exitSeq);
    const reason = exit?.terms[0];
    const what = isCrashReason(reason) ? 'crashed' : 'ended';
    return {
      endSeq: info.exitSeq,
      endNs: exit?.ns ?? this.questions.recording.momentOf(info.exitSeq).ns,
      ended: reason === undefined ? what : `${what}: ${line(reason, this.syntax(), 80).text}`,
    };
  }
}

const standingOf = (list: readonly RelationView[]): number => list.filter((each) => each.endSeq === 0).length;

/** Those that stand, then the newest of the past. */
function shorten(list: readonly RelationView[]): RelationView[] {
  const past = list.filter((each) => each.endSeq > 0).slice(0, MAX_FORMER);
  return [...list.filter((each) => each.endSeq === 0).slice(0, MAX_LISTED), ...past];
}

/** `{'DOWN', Ref, process, Who, Reason}`. */
export function downOf(message: Term | undefined): { target: Term; reason: Term } | undefined {
  if (message?.kind !== 'tuple' || message.size !== 5) return undefined;
  const [tag, ref, , target, reason] = message.elements;
  if (tag?.kind !== 'atom' || tag.name !== 'DOWN' || ref?.kind !== 'reference') return undefined;
  return target === undefined || reason === undefined ? undefined : { target, reason };
}
