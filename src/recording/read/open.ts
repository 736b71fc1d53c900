/** A recording opened for questions: each is answered in `../queries/`. */
import type { BlockFilter, BulkRecording, EventBlock, OpenCall } from '../bulk.js';
import {
  EVENT_KINDS,
  type EventKind,
  type FunctionId,
  type FunctionInfo,
  type Gap,
  type Moment,
  type NodeInfo,
  type ProcessId,
  type ProcessInfo,
  type Seq,
  type SourceInfo,
} from '../model.js';
import { KIND_SLOTS } from '../format/layout.js';
import { writerLives } from '../format/manifest.js';
import { arrows } from '../queries/arrows.js';
import { lineExecutions, lineValues, nextLine, pointsOf, type LineWindow } from '../queries/code-lines.js';
import { crashes } from '../queries/crashes.js';
import { blockAt, blocks } from '../queries/blocks.js';
import { eventAt, events, nextEvent } from '../queries/events.js';
import { findProcess } from '../queries/find-process.js';
import { functionInfo } from '../queries/functions.js';
import { Gaps } from '../queries/gaps.js';
import { history, origin } from '../queries/history.js';
import { inFlight } from '../queries/in-flight.js';
import { Life } from '../queries/life.js';
import { alive } from '../queries/lives.js';
import { mailboxAt, mailboxLength } from '../queries/mailbox.js';
import { momentAt, momentOf } from '../queries/moments.js';
import { occurrences } from '../queries/occurrences.js';
import { slices, type WindowQuery } from '../queries/slices.js';
import { openCalls, stackAt } from '../queries/stack.js';
import { lastState, stateAt, stateChanges } from '../queries/state.js';
import { tableRows } from '../queries/table-rows.js';
import { EXACT_EVENTS, timeline, type TimelineQuery } from '../queries/timeline.js';
import { trail } from '../queries/trail.js';
import { unchangedSince } from '../queries/unchanged.js';
import type { Path } from '../../term/index.js';
import { variablesAt } from '../queries/variables.js';
import type { LineExecutions, LineValues, StackAnswer, VariablesAnswer } from '../code.js';
import type {
  Crash,
  FlyingMessage,
  HistoryQuery,
  Occurrence,
  OccurrenceQuery,
  OriginAnswer,
  Part,
  RegisteredName,
  StateChange,
  Trail,
} from '../past.js';
import type {
  EventFilter,
  MailboxAnswer,
  ProcessAt,
  RecordedEvent,
  Recording,
  RecordingInfo,
  StateAnswer,
  Timeline,
} from '../query.js';
import { realDisk, type Disk } from '../disk.js';
import { Store } from './store.js';

export interface OpenOptions {
  /** Bound of what is kept decoded in memory; 128 MB unless told. */
  cacheBytes?: number;
  /** A timeline over more events than this is counted from rollups; 2^20 unless told. */
  exactEvents?: number;
  /** Where its files lie, if not on this machine's file system alone. */
  disk?: Disk;
}

/**
 * Opens the recording at `path`, finished, still growing or left behind by a recorder that died. Throws a RecordingError when it cannot be
 * read; so may every question that meets a damaged part.
 */
export function openRecording(path: string, options: OpenOptions = {}): BulkRecording {
  const store = new Store(options.disk ?? realDisk, path, options.cacheBytes ?? 128 << 20);
  return new SegmentRecording(store, options.exactEvents ?? EXACT_EVENTS);
}

/** Every question over the blocks of a store. */
export class SegmentRecording implements BulkRecording {
  readonly path: string;
  readonly #store: Store;
  #gaps: Gaps;
  #life: Life;
  readonly #exactEvents: number;

  constructor(store: Store, exactEvents: number) {
    this.#exactEvents = exactEvents;
    this.path = store.path;
    this.#store = store;
    this.#gaps = new Gaps(store);
    this.#life = new Life(store);
  }

  info(): RecordingInfo {
    const { manifest, blocks, dictionary } = this.#store;
    const counts = new Float64Array(KIND_SLOTS);
    for (const block of blocks.slice(this.#store.keyframeBlocks))
      block.kindCounts.forEach((count, kind) => (counts[kind]! += count));
    const kinds: Partial<Record<EventKind, number>> = {};
    EVENT_KINDS.forEach((kind, code) => {
      if (counts[code]! > 0) kinds[kind] = counts[code]!;
    });
    return {
      format: manifest.format,
      startedAt: new Date(manifest.startedAtMs).toISOString(),
      ns: this.#store.lastNs,
      nodes: manifest.nodes.map((node): NodeInfo => ({
        name: node.name,
        otp: node.otp,
        elixir: node.elixir,
        engine: node.engine,
        engineWhy: node.engineWhy,
        osPid: node.osPid,
        end: node.end,
      })),
      events: this.#store.events - this.#store.keyframe,
      kinds,
      processes: dictionary.table.count,
      gaps: this.gaps(-Infinity, Infinity),
      bytes: this.#store.diskBytes(),
      live: !manifest.complete && writerLives(manifest.writer),
      command: manifest.command,
      exitStatus: manifest.exitStatus,
      ...(manifest.brokeOff ? { brokeOff: manifest.brokeOff } : {}),
      ...(manifest.window ? { window: { fromNs: manifest.window.fromNs } } : {}),
    };
  }

  refresh(): boolean {
    const { generation } = this.#store;
    const news = this.#store.refresh();
    if (this.#store.generation !== generation) {
      this.#gaps = new Gaps(this.#store);
      this.#life = new Life(this.#store);
    }
    return news;
  }

  close(): void {
    this.#store.close();
  }

  processes(): readonly ProcessInfo[] {
    return this.#store.dictionary.processes;
  }

  function(id: FunctionId): FunctionInfo | undefined {
    return functionInfo(this.#store, id);
  }

  findProcess(text: string, at: Moment = this.end()): ProcessId | undefined {
    return findProcess(this.#store, this.#life, text, at);
  }

  start(): Moment {
    return this.#store.start;
  }

  end(): Moment {
    return { seq: this.#store.events, ns: this.#store.lastNs };
  }

  momentOf(seq: Seq): Moment {
    return this.#within(momentOf(this.#store, seq));
  }

  momentAt(ns: number): Moment {
    return this.#within(momentAt(this.#store, ns));
  }

  event(seq: Seq): RecordedEvent | undefined {
    const place = this.#store.place(seq);
    return place && eventAt(this.#store, place.block, place.row);
  }

  events(filter: EventFilter, options: { reverse?: boolean } = {}): IterableIterator<RecordedEvent> {
    return events(this.#store, filter, options.reverse ?? false);
  }

  nextEvent(
    process: ProcessId,
    from: Moment,
    direction: 1 | -1,
    filter: Pick<EventFilter, 'kinds' | 'functions'> = {},
  ): RecordedEvent | undefined {
    return nextEvent(this.#store, process, from, direction, filter);
  }

  state(process: ProcessId, at: Moment): StateAnswer | undefined {
    return stateAt(this.#store, this.#gaps, process, this.#within(at));
  }

  stateChanges(process: ProcessId, to: Moment): IterableIterator<{ seq: Seq; ns: number }> {
    return stateChanges(this.#store, process, to.seq);
  }

  mailbox(process: ProcessId, at: Moment, limit = Infinity): MailboxAnswer {
    return mailboxAt(this.#store, this.#gaps, process, this.#within(at), limit);
  }

  links(process: ProcessId, at: Moment): ProcessId[] {
    return this.#life.linked(process, this.#within(at).seq);
  }

  alive(process: ProcessId, at: Moment): boolean {
    return alive(this.#store, process, this.#within(at));
  }

  processesAt(moment: Moment): ProcessAt[] {
    const store = this.#store;
    const at = this.#within(moment);
    const found: ProcessAt[] = [];
    const { table } = store.dictionary;
    for (let id = 1; id <= table.count; id++) {
      if (!table.livesAt(id, at.seq)) continue;
      const state = lastState(store, id, at.seq);
      found.push({
        id,
        name: this.#life.name(id, at.seq),
        parent: table.parentOf(id),
        mailbox: mailboxLength(store, id, at),
        stateBytes: state && state.block.stateBytes(id, state.row),
        links: this.#life.linked(id, at.seq),
      });
    }
    return found;
  }

  timeline(query: TimelineQuery): Timeline {
    return timeline(this.#store, query, this.#exactEvents);
  }

  slices(query: WindowQuery): ReturnType<Recording['slices']> {
    return slices(this.#store, query);
  }

  arrows(query: WindowQuery): ReturnType<Recording['arrows']> {
    return arrows(this.#store, query);
  }

  gaps(fromNs: number, toNs: number): Gap[] {
    return this.#gaps.touching(fromNs, toNs);
  }

  history(process: ProcessId, query: HistoryQuery = {}): IterableIterator<StateChange> {
    return history(this, process, query);
  }

  origin(process: ProcessId, at: Moment, part?: Part, goOn?: () => boolean): OriginAnswer | undefined {
    return origin(this, process, at, part, goOn);
  }

  /** What the files can tell besides: for `history`. */
  unchangedSince(process: ProcessId, seq: Seq, path: Path, goOn: () => boolean): Seq {
    return unchangedSince(this.#store, process, seq, path, goOn);
  }

  trail(seq: Seq): Trail {
    return trail(this, seq);
  }

  occurrences(query: OccurrenceQuery, options: { reverse?: boolean } = {}): IterableIterator<Occurrence> {
    return occurrences(this.#store, query, options);
  }

  crashes(filter: Pick<EventFilter, 'from' | 'to' | 'processes'> = {}): IterableIterator<Crash> {
    return crashes(this, filter);
  }

  inFlight(at: Moment): FlyingMessage[] {
    return inFlight(this.#store, this.#within(at));
  }

  names(at: Moment): RegisteredName[] {
    const names = [...this.#life.names(this.#within(at).seq)];
    return names.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.process - b.process));
  }

  stack(process: ProcessId, at: Moment, limit = 1000): StackAnswer {
    return stackAt(this.#store, this.#gaps, process, this.#within(at), limit);
  }

  variables(process: ProcessId, at: Moment, frame?: Seq): VariablesAnswer | undefined {
    return variablesAt(this.#store, this.#gaps, process, this.#within(at), frame);
  }

  sources(): SourceInfo[] {
    return this.#store.sources.list();
  }

  points(module: string, node?: number): FunctionInfo[] {
    return pointsOf(this.#store, module, node);
  }

  lines(module: string, window: LineWindow = {}): LineExecutions[] {
    return lineExecutions(this.#store, module, window);
  }

  lineValues(module: string, process: ProcessId, at: Moment): LineValues[] {
    return lineValues(this.#store, module, process, this.#within(at));
  }

  nextLine(query: Parameters<Recording['nextLine']>[0]): Seq | undefined {
    return nextLine(this.#store, query);
  }

  tableRows(table: string, at: Moment, limit = Infinity): ReturnType<Recording['tableRows']> {
    return tableRows(this.#store, this.#gaps, table, this.#within(at), limit);
  }

  blocks(filter: BlockFilter = {}): IterableIterator<EventBlock> {
    return blocks(this.#store, filter);
  }

  blockAt(seq: Seq): EventBlock | undefined {
    return blockAt(this.#store, seq);
  }

  openCalls(process: ProcessId, after: Seq, limit: number): OpenCall[] {
    return openCalls(this.#store, process, Math.max(after, this.#store.keyframe), limit);
  }

  /** Of a time before the window nothing is known but what stood when it began. */
  #within(at: Moment): Moment {
    return at.seq > this.#store.keyframe ? at : this.start();
  }
}
