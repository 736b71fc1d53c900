/** What the ingest asks of the store. */
import type { Disk } from './disk.js';
import type {
  Depth,
  EventRow,
  FunctionId,
  NodeInfo,
  PointInfo,
  ProcessId,
  ProcessInfo,
  Seq,
  SourceInfo,
} from './model.js';

/**
 * Where the disk is full or fails, whatever was asked last throws a RecordingError that says so, and everything after it throws the same: the
 * recording ends with what had been flushed, and says why.
 */
export interface RecordingWriter {
  readonly path: string;
  /** Number of events appended so far = seq of the last one. */
  readonly events: number;
  addNode(info: NodeInfo): number;
  updateNode(index: number, change: Partial<NodeInfo>): void;
  /** Atom `index` of that node's table. May come after its first use; repeated definitions are ignored. */
  defineAtom(node: number, index: number, name: string): void;
  /** Interns a function by atom indexes of that node. */
  functionId(node: number, module: number, name: number, arity: number): FunctionId;
  /** Where a function begins in its source (0: unknown) and how much of it is recorded from here on. */
  describeFunction(fn: FunctionId, line: number, depth: Depth): void;
  /** A number for a point inside of a function, among those of functions. Each call gives a new one. */
  pointId(fn: FunctionId, point: PointInfo): FunctionId;
  /** The source of a module; the last one that is told of a module counts. */
  addSource(source: SourceInfo): void;
  addProcess(info: Omit<ProcessInfo, 'id'>): ProcessId;
  /** Exit, name, label, behaviour, function become known later. */
  updateProcess(id: ProcessId, change: Partial<Omit<ProcessInfo, 'id'>>): void;
  /** Appends an event and gives its seq. Copies the payload. */
  append(row: EventRow): Seq;
  setCommand(command: string | undefined, exitStatus?: string): void;
  /** Makes everything appended so far readable (and survive a kill of this process) without sealing the block. */
  flush(): void;
  /** Seals and closes. The recording is complete. */
  close(): void;
}

/** A writer whose recording begins with a keyframe: rows (flag KEYFRAME) that say what stood when its window began. */
export interface WindowWriter extends RecordingWriter {
  /** All rows so far are the keyframe; what comes now is the window. `fromNs`: time of the last event before it. */
  endKeyframe(fromNs: number): void;
}

/** How much of the past a recording keeps: at least so many nanoseconds, about so many bytes. Whole segments go. */
export interface Keep {
  ns?: number;
  bytes?: number;
}

/** What `createRecording` needs. Directory must not exist or be empty. */
export interface CreateOptions {
  path: string;
  /** Unix ms of ns 0. */
  startedAtMs: number;
  /** Events in a block, 65,536 unless told (tests use small ones). */
  blockEvents?: number;
  /** Blocks in a segment, 64 unless told. */
  segmentBlocks?: number;
  /** Keep only the newest part; everything unless told. */
  keep?: Keep;
  /** For tests. */
  disk?: Disk;
}
