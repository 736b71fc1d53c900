/** Packets with a length in front, out of a byte stream: two bytes of length in the handshake, four afterwards. */
import { BeamError } from '../beam-error.js';

export class PacketReader {
  #chunks: Buffer[] = [];
  #size = 0;

  /** Length bytes of the packets to come. */
  header: 2 | 4 = 2;

  /** @param maxBytes for a packet */
  constructor(readonly maxBytes: number) {}

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
  }

  /** The first bytes that no packet has taken yet, to see what the other end speaks. */
  peek(size: number): Buffer {
    return Buffer.concat(this.#chunks.slice(0, 4)).subarray(0, size);
  }

  /** The next whole packet, or `undefined` until more bytes have come. Throws when it is larger than allowed. */
  next(): Buffer | undefined {
    if (this.#size < this.header) return undefined;
    const head = this.#first(this.header);
    const length = this.header === 2 ? head.readUInt16BE(0) : head.readUInt32BE(0);
    if (length > this.maxBytes)
      throw new BeamError('protocol', `the node sent a message of ${length} bytes; at most ${this.maxBytes} are taken`);
    if (this.#size < this.header + length) return undefined;
    const packet = this.#first(this.header + length).subarray(this.header, this.header + length);
    this.#drop(this.header + length);
    return packet;
  }

  /** Makes the first chunk hold at least `size` bytes. Joins all chunks at once, and only when a packet is whole or a header split. */
  #first(size: number): Buffer {
    const first = this.#chunks[0];
    if (first !== undefined && first.length >= size) return first;
    const joined = Buffer.concat(this.#chunks);
    this.#chunks = [joined];
    return joined;
  }

  #drop(size: number): void {
    const first = this.#chunks[0] as Buffer;
    this.#size -= size;
    if (first.length === size) this.#chunks.shift();
    else this.#chunks[0] = first.subarray(size);
  }
}
