/** Frames of zstd, level 1, each with its own checksum. */
import binding from 'zstd-napi/binding.js';
import { RecordingError } from '../errors.js';

export class Packer {
  readonly #context = new binding.CCtx();
  #scratch = new Uint8Array(1 << 16);

  constructor() {
    this.#context.setParameter(binding.CParameter.compressionLevel, 1);
    this.#context.setParameter(binding.CParameter.checksumFlag, 1);
  }

  /** The frame; valid until the next call. Nothing becomes nothing. */
  pack(bytes: Uint8Array): Uint8Array {
    if (bytes.length === 0) return bytes;
    const bound = binding.compressBound(bytes.length);
    if (this.#scratch.length < bound) this.#scratch = new Uint8Array(bound * 2);
    return this.#scratch.subarray(0, this.#context.compress2(this.#scratch, bytes));
  }
}

export class Unpacker {
  readonly #context = new binding.DCtx();

  /** Unpacks into exactly `size` bytes; whoever asks has bounded `size`. Throws a RecordingError when the frame is anything else. */
  unpack(frame: Uint8Array, size: number): Uint8Array {
    const out = new Uint8Array(size);
    if (size === 0 && frame.length === 0) return out;
    let got: number;
    try {
      got = this.#context.decompress(out, frame);
    } catch (error) {
      throw new RecordingError(
        `a packed column is damaged (${error instanceof Error ? error.message : String(error)})`,
      );
    }
    if (got !== size) throw new RecordingError(`a packed column holds ${got} bytes instead of ${size}`);
    return out;
  }
}
