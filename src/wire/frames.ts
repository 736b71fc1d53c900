/**
 * Cuts the byte stream of a probe into frames.
 *
 * ```
 *  preface (40)        frame                      frame …
 * [ESCW|1|0|token…] [type|0|ring|length|body…] [type|0|ring|length|body…]
 * ```
 * Bytes arrive in chunks of any size; a body that lies within one chunk is handed on without a copy.
 */
import {
  FRAME_HEADER_BYTES,
  FrameType,
  MAGIC,
  MAX_FRAME_BYTES,
  PREFACE_BYTES,
  TOKEN_BYTES,
  WIRE_VERSION,
  WireError,
} from './protocol.js';

export interface Frame {
  type: number;
  ring: number;
  /** Belongs to the receiver: not reused. */
  body: Uint8Array;
}

export interface FrameHandlers {
  /** The preface is there; throws to refuse. */
  token(token: string): void;
  frame(frame: Frame): void;
}

const KNOWN_TYPES = new Set<number>(Object.values(FrameType));

export class FrameParser {
  readonly #handlers: FrameHandlers;
  /** Bytes of an unfinished preface or frame. */
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #prefaced = false;
  /** Bytes that must be there before anything can be done. */
  #need = PREFACE_BYTES;

  constructor(handlers: FrameHandlers) {
    this.#handlers = handlers;
  }

  /** True when the stream may end here without a frame being cut in two. */
  get atBoundary(): boolean {
    return this.#pendingBytes === 0;
  }

  /** @throws WireError when the stream breaks the rules; the parser is of no use afterwards. */
  push(chunk: Uint8Array): void {
    // A Buffer's subarray costs twice that of a plain array, and there is one for every term.
    if (Buffer.isBuffer(chunk)) chunk = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (this.#pendingBytes + chunk.length < this.#need) {
      if (chunk.length > 0) {
        this.#pending.push(chunk);
        this.#pendingBytes += chunk.length;
      }
      return;
    }
    let bytes = chunk;
    if (this.#pendingBytes > 0) {
      this.#pending.push(chunk);
      bytes = concat(this.#pending, this.#pendingBytes + chunk.length);
      this.#pending = [];
      this.#pendingBytes = 0;
    }
    const rest = this.#consume(bytes);
    if (rest.length > 0) {
      this.#pending = [rest];
      this.#pendingBytes = rest.length;
    }
  }

  #consume(bytes: Uint8Array): Uint8Array {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    if (!this.#prefaced) {
      this.#preface(bytes, view);
      at = PREFACE_BYTES;
    }
    for (;;) {
      this.#need = FRAME_HEADER_BYTES;
      if (bytes.length - at < FRAME_HEADER_BYTES) break;
      const type = view.getUint8(at);
      const length = view.getUint32(at + 4, true);
      if (!KNOWN_TYPES.has(type)) throw new WireError(`unknown frame type ${type}`);
      if (length > MAX_FRAME_BYTES)
        throw new WireError(`a frame of ${length} bytes is over the limit of ${MAX_FRAME_BYTES}`);
      const end = at + FRAME_HEADER_BYTES + length;
      if (end > bytes.length) {
        this.#need = FRAME_HEADER_BYTES + length;
        break;
      }
      const ring = view.getUint16(at + 2, true);
      this.#handlers.frame({ type, ring, body: bytes.subarray(at + FRAME_HEADER_BYTES, end) });
      at = end;
    }
    return bytes.subarray(at);
  }

  #preface(bytes: Uint8Array, view: DataView): void {
    if (view.getUint32(0, true) !== MAGIC) throw new WireError('this is not a probe: the first four bytes are wrong');
    const version = view.getUint16(4, true);
    if (version !== WIRE_VERSION) {
      throw new WireError(`the probe speaks version ${version} of the wire, this recorder version ${WIRE_VERSION}`);
    }
    this.#handlers.token(Buffer.from(bytes.subarray(8, 8 + TOKEN_BYTES)).toString('latin1'));
    this.#prefaced = true;
  }
}

function concat(parts: readonly Uint8Array[], size: number): Uint8Array {
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
