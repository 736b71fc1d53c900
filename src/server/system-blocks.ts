/** Events as columns, of every recording: as they lie in a block, or gathered where a recording has no blocks on this machine. */
import {
  EVENT_KINDS,
  kindCode,
  type BulkRecording,
  type EventBlock,
  type Recording,
  type Seq,
} from '../recording/index.js';
import type { Term } from '../term/index.js';

const GATHERED = 1 << 16;

const isBulk = (recording: Recording): recording is BulkRecording => 'blocks' in recording;

/** The blocks that hold events from `from` to `to`, in order, of one of the kinds of events in one of the codes of `kinds`. */
export function blocksBetween(recording: Recording, from: Seq, to: Seq, kinds?: readonly 'link'[]): EventBlock[] {
  if (to < from) return [];
  if (isBulk(recording)) return [...recording.blocks({ from, to, ...(kinds === undefined ? {} : { kinds }) })];
  const blocks: EventBlock[] = [];
  for (let i = Math.floor((from - 1) / GATHERED); i * GATHERED < to; i++)
    blocks.push(new Gathered(recording, i * GATHERED + 1, Math.min(GATHERED, recording.end().seq - i * GATHERED)));
  return blocks;
}

/** What a block says of itself, without its events. */
export interface BlockSpan {
  firstSeq: Seq;
  count: number;
  firstNs: number;
  lastNs: number;
  /** A bit for each kind of event that occurs, by its code. */
  kinds: number;
}

/** All blocks of the recording's window, in order. */
export function spansOf(recording: Recording): BlockSpan[] {
  const end = recording.end().seq;
  return blocksBetween(recording, recording.start().seq + 1, end).map((block) => {
    const { firstSeq, count, firstNs, lastNs } = block;
    let kinds = 0;
    EVENT_KINDS.forEach((_, code) => {
      if (block.kindCount(code) > 0) kinds |= 1 << code;
    });
    return { firstSeq, count, firstNs, lastNs, kinds };
  });
}

/** The block that holds an event, undefined where there is none. */
export function blockOf(recording: Recording, seq: Seq): EventBlock | undefined {
  if (seq < 1 || seq > recording.end().seq) return undefined;
  return isBulk(recording) ? recording.blockAt(seq) : blocksBetween(recording, seq, seq)[0];
}

class Gathered implements EventBlock {
  private columns: ReturnType<Gathered['gather']> | undefined;

  constructor(
    private readonly recording: Recording,
    readonly firstSeq: Seq,
    readonly count: number,
  ) {}

  private gather() {
    const { recording, firstSeq, count } = this;
    const columns = {
      kinds: new Uint8Array(count),
      flags: new Uint8Array(count),
      ns: new Float64Array(count),
      processes: new Uint32Array(count),
      peers: new Uint32Array(count),
      functions: new Uint32Array(count),
      causes: new Float64Array(count),
      perKind: new Map<number, number>(),
    };
    const last = firstSeq + count - 1;
    for (const event of recording.events({ from: recording.momentOf(firstSeq), to: recording.momentOf(last) })) {
      const row = event.seq - firstSeq;
      if (row < 0 || row >= count) continue;
      const code = kindCode(event.kind);
      columns.kinds[row] = code;
      columns.flags[row] = event.flags;
      columns.ns[row] = event.ns;
      columns.processes[row] = event.process;
      columns.peers[row] = event.process === 0 ? 0 : event.peer;
      columns.functions[row] = event.fn;
      columns.causes[row] = event.cause;
      columns.perKind.set(code, (columns.perKind.get(code) ?? 0) + 1);
    }
    return columns;
  }
  private get all(): ReturnType<Gathered['gather']> {
    return (this.columns ??= this.gather());
  }

  get firstNs(): number {
    return this.recording.momentOf(this.firstSeq).ns;
  }
  get lastNs(): number {
    return this.recording.momentOf(this.firstSeq + this.count - 1).ns;
  }
  kindCount(code: number): number {
    return this.all.perKind.get(code) ?? 0;
  }
  rows(process: number): Uint16Array {
    const rows: number[] = [];
    for (let row = 0; row < this.count; row++) if (this.all.processes[row] === process) rows.push(row);
    return Uint16Array.from(rows);
  }
  kinds(): Uint8Array {
    return this.all.kinds;
  }
  flags(): Uint8Array {
    return this.all.flags;
  }
  ns(): Float64Array {
    return this.all.ns;
  }
  processes(): Uint32Array {
    return this.all.processes;
  }
  peers(): Uint32Array {
    return this.all.peers;
  }
  functions(): Uint32Array {
    return this.all.functions;
  }
  causes(): Float64Array {
    return this.all.causes;
  }
  /** Nobody knows how they would lie on disk: a rough size, so that larger ones are larger. */
  bytes(row: number): number {
    return JSON.stringify(this.terms(row), (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value)).length; // prettier-ignore
  }
  terms(row: number): Term[] {
    return this.recording.event(this.firstSeq + row)?.terms ?? [];
  }
}
