/** As much of the protobuf encoding as Perfetto needs: https://protobuf.dev/programming-guides/encoding */

/** One message; fields in the order in which they are added. */
export class Message {
  static readonly #encoder = new TextEncoder();
  #bytes = new Uint8Array(64);
  #used = 0;

  /** A varint: unsigned, at most 2^53. */
  number(field: number, value: number): this {
    this.#varint(field * 8);
    this.#varint(value);
    return this;
  }

  /** A fixed64: unsigned, at most 2^53. */
  fixed64(field: number, value: number): this {
    this.#varint(field * 8 + 1);
    this.#room(8);
    const view = new DataView(this.#bytes.buffer, this.#used, 8);
    view.setUint32(0, value % 4_294_967_296, true);
    view.setUint32(4, Math.floor(value / 4_294_967_296), true);
    this.#used += 8;
    return this;
  }

  text(field: number, value: string): this {
    // Of a text of so few characters the length takes one byte, and need not be known before.
    if (value.length * 3 > 127) return this.#chunk(field, Message.#encoder.encode(value));
    this.#varint(field * 8 + 2);
    this.#room(value.length * 3 + 1);
    const { written } = Message.#encoder.encodeInto(value, this.#bytes.subarray(this.#used + 1));
    this.#bytes[this.#used] = written;
    this.#used += written + 1;
    return this;
  }

  /** Empties it, to be filled anew. */
  clear(): this {
    this.#used = 0;
    return this;
  }

  message(field: number, value: Message): this {
    return this.#chunk(field, value.bytes());
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#used);
  }

  #chunk(field: number, bytes: Uint8Array): this {
    this.#varint(field * 8 + 2);
    this.#varint(bytes.length);
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#used);
    this.#used += bytes.length;
    return this;
  }

  #varint(value: number): void {
    this.#room(8);
    let rest = value;
    while (rest >= 128) {
      this.#bytes[this.#used++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#used++] = rest;
  }

  #room(bytes: number): void {
    if (this.#used + bytes <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#used + bytes));
    larger.set(this.#bytes.subarray(0, this.#used));
    this.#bytes = larger;
  }
}
