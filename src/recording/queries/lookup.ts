/** Single events by number, for whoever goes along causes: columns of a few recent blocks, no objects an event. */
import type { BulkRecording, EventBlock } from '../bulk.js';
import type { Seq } from '../model.js';

export interface Place {
  columns: Columns;
  row: number;
}

/** The columns of a block, kept while they are looked at. */
export class Columns {
  readonly kinds: Uint8Array;
  readonly ns: Float64Array;
  readonly processes: Uint32Array;
  readonly peers: Uint32Array;
  readonly causes: Float64Array;

  constructor(readonly block: EventBlock) {
    this.kinds = block.kinds();
    this.ns = block.ns();
    this.processes = block.processes();
    this.peers = block.peers();
    this.causes = block.causes();
  }
}

/** Single events by number, mostly of a few recent blocks. */
export class Lookup {
  static readonly #KEPT = 16;
  /** Used last, first. */
  readonly #recent: Columns[] = [];

  constructor(private readonly recording: BulkRecording) {}

  /** Undefined when that event is of another kind: then whoever named it as its cause follows from something else. */
  at(seq: Seq, kind: number): Place | undefined {
    const columns = this.#columns(seq);
    if (columns === undefined) return undefined;
    const row = seq - columns.block.firstSeq;
    return columns.kinds[row] === kind ? { columns, row } : undefined;
  }

  #columns(seq: Seq): Columns | undefined {
    const recent = this.#recent;
    for (let i = 0; i < recent.length; i++) {
      const columns = recent[i]!;
      const row = seq - columns.block.firstSeq;
      if (row < 0 || row >= columns.block.count) continue;
      if (i > 0) {
        recent.splice(i, 1);
        recent.unshift(columns);
      }
      return columns;
    }
    const block = this.recording.blockAt(seq);
    if (block === undefined) return undefined;
    const columns = new Columns(block);
    recent.unshift(columns);
    if (recent.length > Lookup.#KEPT) recent.pop();
    return columns;
  }
}
