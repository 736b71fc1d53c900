/**
 * All messages of a recording, from send to arrival to handling. Memory: one bit an event, and the columns of a few blocks. Each is joined
 * where its last part is met, by looking back along the causes; a second pass gives those that went no further.
 */
import type { BulkRecording } from '../bulk.js';
import { Flags, kindCode, type EventKind, type ProcessId, type Seq } from '../model.js';
import { Kind } from './kinds.js';
import { Columns, Lookup, type Place } from './lookup.js';

/** Seq 0 and ns -1: not recorded, or not yet. */
export interface MessageTrip {
  /** 0 where unknown. */
  from: ProcessId;
  to: ProcessId;
  sendSeq: Seq;
  sendNs: number;
  arriveSeq: Seq;
  arriveNs: number;
  handleSeq: Seq;
  handleNs: number;
  /** The receiver did not exist. */
  nowhere: boolean;
}

/** First the handled ones in the order of handling, then those that only arrived, then those that were only sent, each in their order. */
export function* everyMessage(recording: BulkRecording): IterableIterator<MessageTrip> {
  const to = recording.end().seq;
  const followed = new Bits(to + 1);
  const lookup = new Lookup(recording);
  for (const block of recording.blocks({ kinds: ['arrive', 'handle'], to })) {
    const kinds = block.kinds();
    const causes = block.causes();
    for (let row = 0; row < block.count; row++) {
      const kind = kinds[row]!;
      if (kind !== Kind.ARRIVE && kind !== Kind.HANDLE) continue;
      const cause = causes[row]!;
      // What is handled again (postponed before) is still one message.
      if (cause === 0 || !followed.set(cause)) continue;
      const arrive = kind === Kind.HANDLE ? lookup.at(cause, Kind.ARRIVE) : undefined;
      if (arrive) yield arrived(lookup, arrive, cause, block.firstSeq + row, block.ns()[row]!);
    }
  }
  for (const place of notFollowed(recording, followed, 'arrive', to))
    yield arrived(lookup, place, place.columns.block.firstSeq + place.row, 0, -1);
  for (const { columns, row } of notFollowed(recording, followed, 'send', to))
    yield {
      from: columns.processes[row]!,
      to: columns.peers[row]!,
      sendSeq: columns.block.firstSeq + row,
      sendNs: columns.ns[row]!,
      arriveSeq: 0,
      arriveNs: -1,
      handleSeq: 0,
      handleNs: -1,
      nowhere: (columns.block.flags()[row]! & Flags.NOWHERE) !== 0,
    };
}

function* notFollowed(recording: BulkRecording, followed: Bits, kind: EventKind, to: Seq): IterableIterator<Place> {
  const code = kindCode(kind);
  for (const block of recording.blocks({ kinds: [kind], to })) {
    const kinds = block.kinds();
    let columns: Columns | undefined;
    for (let row = 0; row < block.count; row++) {
      if (kinds[row] !== code || followed.has(block.firstSeq + row)) continue;
      yield { columns: (columns ??= new Columns(block)), row };
    }
  }
}

function arrived(
  lookup: Lookup,
  { columns, row }: Place,
  arriveSeq: Seq,
  handleSeq: Seq,
  handleNs: number,
): MessageTrip {
  const cause = columns.causes[row]!;
  const send = cause === 0 ? undefined : lookup.at(cause, Kind.SEND);
  return {
    from: send ? send.columns.processes[send.row]! : columns.peers[row]!,
    to: columns.processes[row]!,
    sendSeq: send ? cause : 0,
    sendNs: send ? send.columns.ns[send.row]! : -1,
    arriveSeq,
    arriveNs: columns.ns[row]!,
    handleSeq,
    handleNs,
    nowhere: false,
  };
}

class Bits {
  readonly #words: Uint32Array;

  constructor(size: number) {
    this.#words = new Uint32Array(Math.ceil(size / 32));
  }

  has(at: number): boolean {
    return ((this.#words[Math.floor(at / 32)]! >>> (at & 31)) & 1) === 1;
  }

  /** False when it was set before. */
  set(at: number): boolean {
    const word = Math.floor(at / 32);
    const bit = 1 << (at & 31);
    if ((this.#words[word]! & bit) !== 0) return false;
    this.#words[word]! |= bit;
    return true;
  }
}
