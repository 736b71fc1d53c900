/** Messages that come in several packets, those of different senders interleaved (erts/doc, "Distribution Header for fragmented messages"). */
import { BeamError } from '../beam-error.js';

/** What one fragment costs besides its bytes, so that a flood of empty ones is bounded as well. */
const OVERHEAD = 128;
/** Messages under way at a time. A node has one for each process that is sending. */
const MAX_MESSAGES = 1024;

/** A message without its distribution header: control message, payload. */
export interface WholeMessage {
  readonly atoms: readonly string[];
  readonly body: Uint8Array;
}

interface Partial {
  readonly atoms: readonly string[];
  readonly pieces: Uint8Array[];
  /** Fragments are numbered downwards; the last is 1. */
  next: bigint;
  cost: number;
}

export class Fragments {
  readonly #partial = new Map<bigint, Partial>();
  #cost = 0;

  /** @param maxBytes for each message; all that are under way may take twice as much */
  constructor(private readonly maxBytes: number) {}

  /** Bytes that unfinished messages take at the moment. */
  get heldBytes(): number {
    return this.#cost;
  }

  /** The first fragment of a message. Throws a BeamError `protocol`. */
  first(sequence: bigint, fragment: bigint, message: WholeMessage): WholeMessage | undefined {
    if (fragment === 1n && !this.#partial.has(sequence)) return message;
    if (this.#partial.has(sequence)) throw broken(sequence, 'begins twice');
    if (fragment < 1n || fragment > BigInt(Math.ceil(this.maxBytes / OVERHEAD)))
      throw broken(sequence, `announces ${fragment} fragments`);
    if (this.#partial.size >= MAX_MESSAGES)
      throw new BeamError('protocol', `more than ${MAX_MESSAGES} fragmented messages at once`);
    const partial: Partial = { atoms: message.atoms, pieces: [], next: fragment, cost: 0 };
    this.#partial.set(sequence, partial);
    return this.#add(sequence, partial, message.body);
  }

  /** Any other fragment: the whole message when it was the last. Throws a BeamError `protocol`. */
  next(sequence: bigint, fragment: bigint, piece: Uint8Array): WholeMessage | undefined {
    const partial = this.#partial.get(sequence);
    if (partial === undefined) throw broken(sequence, 'goes on but never began');
    if (fragment !== partial.next) throw broken(sequence, `has fragment ${fragment} where ${partial.next} must come`);
    return this.#add(sequence, partial, piece);
  }

  #add(sequence: bigint, partial: Partial, piece: Uint8Array): WholeMessage | undefined {
    const cost = piece.length + OVERHEAD;
    partial.cost += cost;
    this.#cost += cost;
    if (partial.cost > this.maxBytes) throw broken(sequence, `is larger than ${this.maxBytes} bytes`);
    if (this.#cost > 2 * this.maxBytes)
      throw new BeamError('protocol', `unfinished messages take more than ${2 * this.maxBytes} bytes`);
    partial.pieces.push(piece);
    partial.next -= 1n;
    if (partial.next > 0n) return undefined;
    this.#partial.delete(sequence);
    this.#cost -= partial.cost;
    return { atoms: partial.atoms, body: Buffer.concat(partial.pieces) };
  }
}

const broken = (sequence: bigint, what: string): BeamError =>
  new BeamError('protocol', `the fragmented message ${sequence} ${what}`);
