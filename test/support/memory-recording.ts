/**
 * A recording in memory, for tests of what asks a recording: every answer by the plainest loop that is right.
 */
import {
  Flags,
  kindCode,
  type Arrow,
  type CodeQuestions,
  type Crash,
  type EventFilter,
  type EventKind,
  type FlyingMessage,
  type FunctionInfo,
  type Gap,
  type HistoryQuery,
  type MailboxAnswer,
  type Moment,
  type Occurrence,
  type OccurrenceQuery,
  type OriginAnswer,
  type Part,
  type PointInfo,
  type ProcessAt,
  type ProcessId,
  type ProcessInfo,
  type RecordedEvent,
  type Recording,
  type RecordingInfo,
  type RegisteredName,
  type Slice,
  type SourceInfo,
  type StateAnswer,
  type StateChange,
  type Timeline,
  type Trail,
} from '../../src/recording/index.js';
import { MemoryCode } from './memory-code.js';
import { crashes, history, looker, origin, trail } from '../../src/recording/testing/index.js';

export class MemoryRecording implements Recording, CodeQuestions {
  readonly path = '/recordings/shop.escope';
  readonly list: RecordedEvent[] = [];
  readonly infos: ProcessInfo[] = [];
  readonly functions: FunctionInfo[] = [];
  readonly byProcess: number[][] = [];
  readonly holes: Gap[] = [];
  readonly sourceList: SourceInfo[] = [];
  private readonly code = new MemoryCode(this);
  live = false;
  elixir: string | undefined = '1.18.4';
  command: string | undefined = 'mix run --no-halt';
  /** Made visible by the next `refresh`. */
  pending: (() => void)[] = [];

  fn(module: string, name: string, arity: number): number {
    const known = this.functions.find(
      (each) => each.point === undefined && each.module === module && each.name === name && each.arity === arity,
    );
    if (known !== undefined) return known.id;
    this.functions.push({ id: this.functions.length + 1, node: 0, module, name, arity });
    return this.functions.length;
  }
  /** A function with its line, for recordings of code. */
  fnAt(module: string, name: string, arity: number, line: number): number {
    const id = this.fn(module, name, arity);
    this.functions[id - 1]!.line = line;
    return id;
  }
  point(fn: number, point: PointInfo): number {
    const { node, module, name, arity } = this.functions[fn - 1]!;
    this.functions.push({ id: this.functions.length + 1, node, module, name, arity, line: point.line, point });
    return this.functions.length;
  }
  addProcess(info: Omit<ProcessInfo, 'id' | 'node' | 'serial'>): number {
    const id = this.infos.length + 1;
    this.infos.push({ ...info, id, node: 0, serial: 0 });
    this.byProcess[id] = [];
    return id;
  }
  add(kind: EventKind, ns: number, process: number, rest: Partial<RecordedEvent> = {}): number {
    const seq = this.list.length + 1;
    const at = Math.max(ns, this.list.at(-1)?.ns ?? 0);
    this.list.push({ seq, ns: at, kind, flags: 0, process, peer: 0, fn: 0, cause: 0, terms: [], ...rest });
    this.byProcess[process]?.push(seq);
    return seq;
  }

  info(): RecordingInfo {
    const kinds: Partial<Record<EventKind, number>> = {};
    for (const event of this.list) kinds[event.kind] = (kinds[event.kind] ?? 0) + 1;
    return {
      format: 1,
      startedAt: '2026-11-22T08:00:00.000Z',
      ns: this.end().ns,
      nodes: [
        {
          name: 'shop@localhost',
          otp: '27',
          elixir: this.elixir,
          engine: 'nif',
          engineWhy: undefined,
          osPid: 4711,
          end: this.live ? undefined : 'halt',
        },
      ],
      events: this.list.length,
      kinds,
      processes: this.infos.length,
      gaps: this.holes,
      bytes: this.list.length * 16,
      live: this.live,
      command: this.command,
      exitStatus: this.live ? undefined : '0',
    };
  }
  refresh(): boolean {
    const waiting = this.pending;
    this.pending = [];
    for (const each of waiting) each();
    return waiting.length > 0;
  }
  close(): void {
    this.list.length = 0;
  }
  processes(): readonly ProcessInfo[] {
    return this.infos;
  }
  function(id: number): FunctionInfo | undefined {
    return this.functions[id - 1];
  }
  findProcess(text: string): ProcessId | undefined {
    return this.infos.find(
      (each) => each.name === text || `p${String(each.id)}` === text || `<0.${String(each.number)}.0>` === text,
    )?.id;
  }
  start(): Moment {
    return { seq: 0, ns: 0 };
  }
  end(): Moment {
    return { seq: this.list.length, ns: this.list.at(-1)?.ns ?? 0 };
  }
  momentOf(seq: number): Moment {
    return seq <= 0 ? this.start() : { seq, ns: this.list[seq - 1]!.ns };
  }
  momentAt(ns: number): Moment {
    let low = 0;
    let high = this.list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.list[middle]!.ns <= ns) low = middle + 1;
      else high = middle;
    }
    return { seq: low, ns };
  }
  event(seq: number): RecordedEvent | undefined {
    return this.list[seq - 1];
  }
  *events(filter: EventFilter, options: { reverse?: boolean } = {}): IterableIterator<RecordedEvent> {
    const from = Math.max(1, filter.from?.seq ?? 1);
    const to = Math.min(this.list.length, filter.to?.seq ?? this.list.length);
    const single = filter.processes?.length === 1 ? this.byProcess[filter.processes[0]!] : undefined;
    const total = single?.length ?? this.list.length;
    const wanted = filter.processes === undefined ? undefined : new Set(filter.processes);
    for (let k = 0; k < total; k++) {
      const i = options.reverse === true ? total - 1 - k : k;
      const event = this.list[single === undefined ? i : single[i]! - 1]!;
      if (event.seq < from || event.seq > to) continue;
      if (wanted?.has(event.process) === false) continue;
      if (filter.kinds?.includes(event.kind) === false) continue;
      if (filter.functions?.includes(event.fn) === false) continue;
      yield event;
    }
  }
  nextEvent(
    process: number,
    from: Moment,
    direction: 1 | -1,
    filter: Pick<EventFilter, 'kinds'> = {},
  ): RecordedEvent | undefined {
    for (const event of this.events({ ...filter, processes: [process] }, { reverse: direction === -1 })) {
      if (direction === 1 ? event.seq > from.seq : event.seq < from.seq) return event;
    }
    return undefined;
  }
  state(process: number, at: Moment): StateAnswer | undefined {
    const states = [...this.events({ processes: [process], kinds: ['state'], to: at }, { reverse: true })].slice(0, 2);
    const [now, before] = states;
    if (now === undefined) return undefined;
    const handle = now.cause > 0 ? this.list[now.cause - 1] : undefined;
    const arrive = handle !== undefined && handle.cause > 0 ? this.list[handle.cause - 1] : undefined;
    return {
      seq: now.seq,
      ns: now.ns,
      value: now.terms[0]!,
      previous: before === undefined ? undefined : { seq: before.seq, value: before.terms[0]! },
      changed:
        handle === undefined || (now.flags & Flags.BEFORE) !== 0
          ? undefined
          : {
              seq: handle.seq,
              ns: handle.ns,
              fn: handle.fn,
              message: handle.terms[0],
              from: arrive?.peer ?? 0,
              sendSeq: arrive?.cause ?? 0,
              arriveSeq: arrive?.seq ?? 0,
            },
      gaps: this.holes.filter((gap) => gap.toNs >= now.ns && gap.fromNs <= at.ns),
    };
  }
  *stateChanges(process: number, to: Moment): IterableIterator<{ seq: number; ns: number }> {
    for (const { seq, ns } of this.events({ processes: [process], kinds: ['state'], to }, { reverse: true }))
      yield { seq, ns };
  }
  mailbox(process: number, at: Moment, limit = 1000): MailboxAnswer {
    const waiting = new Map<number, RecordedEvent>();
    let exact = false;
    for (const event of this.events({ processes: [process], to: at })) {
      if (event.kind === 'arrive') waiting.set(event.seq, event);
      if (event.kind === 'handle') {
        exact = true;
        waiting.delete(event.cause);
      }
    }
    const all = [...waiting.values()];
    const messages = (exact ? all.slice(0, limit) : all.slice(-limit)).map(({ seq, ns, peer, terms }) => ({
      seq,
      ns,
      from: peer,
      message: terms[0]!,
    }));
    return { messages, total: all.length, exact, gaps: [] };
  }
  links(process: number, at: Moment): ProcessId[] {
    const links = new Set<number>();
    for (const event of this.events({ processes: [process], to: at })) {
      if (event.kind === 'link') links.add(event.peer);
      if (event.kind === 'unlink') links.delete(event.peer);
    }
    return [...links];
  }
  alive(process: number, at: Moment): boolean {
    const info = this.infos[process - 1]!;
    return info.spawnSeq <= at.seq && (info.exitSeq === 0 || info.exitSeq > at.seq);
  }
  processesAt(at: Moment): ProcessAt[] {
    return this.infos
      .filter((info) => this.alive(info.id, at))
      .map((info) => ({
        id: info.id,
        name: info.name,
        parent: info.parent,
        mailbox: undefined,
        stateBytes: undefined,
        links: [],
      }));
  }
  timeline(query: { fromNs: number; toNs: number; bins: number; processes: readonly ProcessId[] }): Timeline {
    const { fromNs, toNs, bins, processes } = query;
    const binNs = (toNs - fromNs) / bins;
    const counts = new Uint32Array(bins * processes.length);
    const kinds = new Uint32Array(bins * processes.length);
    for (const [p, process] of processes.entries()) {
      const seqs = this.byProcess[process]!;
      let low = 0;
      let high = seqs.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (this.list[seqs[middle]! - 1]!.ns < fromNs) low = middle + 1;
        else high = middle;
      }
      for (let i = low; i < seqs.length; i++) {
        const event = this.list[seqs[i]! - 1]!;
        if (event.ns >= toNs) break;
        const cell = p * bins + Math.min(bins - 1, Math.floor((event.ns - fromNs) / binNs));
        counts[cell] = counts[cell]! + 1;
        kinds[cell] = kinds[cell]! | (1 << kindCode(event.kind));
      }
    }
    return { fromNs, binNs, bins, rollupNs: 0, processes: [...processes], counts, kinds };
  }
  slices(query: { fromNs: number; toNs: number; processes: readonly ProcessId[]; limit: number }): {
    slices: Slice[];
    total: number;
  } {
    const slices: Slice[] = [];
    for (const process of query.processes) {
      const open = new Map<number, Slice>();
      for (const event of this.events({ processes: [process] })) {
        if (event.ns > query.toNs) break;
        if (event.kind === 'handle' || event.kind === 'call') {
          open.set(event.seq, { process, seq: event.seq, fn: event.fn, startNs: event.ns, endNs: -1, raised: false });
        }
        const ends = ['handled', 'return', 'exception', 'tail'].includes(event.kind);
        const slice = ends ? open.get(event.cause) : undefined;
        if (slice === undefined) continue;
        open.delete(event.cause);
        slice.endNs = event.ns;
        slice.raised = event.kind === 'exception' || (event.kind === 'handled' && (event.flags & Flags.RAISED) !== 0);
        if (slice.endNs >= query.fromNs) slices.push(slice);
      }
      slices.push(...open.values());
    }
    const length = (each: Slice): number => (each.endNs < 0 ? Infinity : each.endNs - each.startNs);
    return { slices: slices.sort((a, b) => length(b) - length(a)).slice(0, query.limit), total: slices.length };
  }
  arrows(query: { fromNs: number; toNs: number; processes: readonly ProcessId[]; limit: number }): {
    arrows: Arrow[];
    total: number;
  } {
    const wanted = new Set(query.processes);
    const arrows = new Map<number, Arrow>();
    const from = this.momentAt(query.fromNs - 1);
    for (let i = from.seq; i < this.list.length; i++) {
      const event = this.list[i]!;
      if (event.kind === 'send' && event.ns <= query.toNs && (wanted.has(event.process) || wanted.has(event.peer))) {
        arrows.set(event.seq, {
          sendSeq: event.seq,
          sendNs: event.ns,
          from: event.process,
          to: event.peer,
          arriveSeq: 0,
          arriveNs: -1,
          handleSeq: 0,
          handleNs: -1,
        });
      }
      if (event.kind === 'arrive') {
        const arrow = arrows.get(event.cause);
        if (arrow !== undefined) Object.assign(arrow, { arriveSeq: event.seq, arriveNs: event.ns });
      }
      if (event.kind === 'handle' && event.cause > 0) {
        const arrow = arrows.get(this.list[event.cause - 1]!.cause);
        if (arrow !== undefined) Object.assign(arrow, { handleSeq: event.seq, handleNs: event.ns });
      }
      if (event.ns > query.toNs + 1e9) break;
    }
    return { arrows: [...arrows.values()].slice(0, query.limit), total: arrows.size };
  }
  gaps(fromNs: number, toNs: number): Gap[] {
    return this.holes.filter((gap) => gap.toNs >= fromNs && gap.fromNs <= toNs);
  }

  stack: CodeQuestions['stack'] = (...query) => this.code.stack(...query);
  variables: CodeQuestions['variables'] = (...query) => this.code.variables(...query);
  sources: CodeQuestions['sources'] = () => this.code.sources();
  points: CodeQuestions['points'] = (module) => this.code.points(module);
  lines: CodeQuestions['lines'] = (...query) => this.code.lines(...query);
  lineValues: CodeQuestions['lineValues'] = (...query) => this.code.lineValues(...query);
  nextLine: CodeQuestions['nextLine'] = (query) => this.code.nextLine(query);
  tableRows: CodeQuestions['tableRows'] = () => this.code.tableRows();

  history(process: ProcessId, query: HistoryQuery = {}): IterableIterator<StateChange> {
    return history(this, process, query);
  }
  origin(process: ProcessId, at: Moment, part?: Part, goOn?: () => boolean): OriginAnswer | undefined {
    return origin(this, process, at, part, goOn);
  }
  trail(seq: number): Trail {
    return trail(this, seq);
  }
  *occurrences(query: OccurrenceQuery, options: { reverse?: boolean } = {}): IterableIterator<Occurrence> {
    const look = looker(query);
    for (const event of this.events(query, options)) {
      const found = look(event);
      if (found) yield found;
    }
  }
  crashes(filter: Pick<EventFilter, 'from' | 'to' | 'processes'> = {}): IterableIterator<Crash> {
    return crashes(this, filter);
  }
  inFlight(at: Moment): FlyingMessage[] {
    const arrivals = new Map(this.list.filter(({ kind }) => kind === 'arrive').map((event) => [event.cause, event]));
    return this.list
      .filter(({ seq, kind }) => kind === 'send' && seq <= at.seq && (arrivals.get(seq)?.seq ?? 0) > at.seq)
      .map(({ seq, ns, process, peer, terms }) => ({ sendSeq: seq, ns, from: process, to: peer, message: terms[0]!, arriveSeq: arrivals.get(seq)!.seq })); // prettier-ignore
  }
  names(at: Moment): RegisteredName[] {
    return this.processesAt(at).flatMap(({ id, name }) => (name === undefined ? [] : [{ name, process: id }]));
  }
}
