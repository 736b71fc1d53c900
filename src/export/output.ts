/** A file that is written beside its place and moved there when it is whole. */
import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';

const BUFFER_BYTES = 1 << 20;

export class Output {
  readonly #beside: string;
  readonly #file: number;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  readonly #encoder = new TextEncoder();
  #used = 0;

  constructor(private readonly path: string) {
    this.#beside = `${path}.part`;
    this.#file = openSync(this.#beside, 'w', 0o600);
  }

  text(text: string): void {
    this.bytes(this.#encoder.encode(text));
  }

  bytes(bytes: Uint8Array): void {
    if (this.#used + bytes.length > BUFFER_BYTES) this.#flush();
    if (bytes.length > BUFFER_BYTES) return this.#write(bytes);
    this.#buffer.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  finish(): void {
    this.#flush();
    closeSync(this.#file);
    renameSync(this.#beside, this.path);
  }

  /** Leaves nothing behind. */
  abandon(): void {
    closeSync(this.#file);
    rmSync(this.#beside, { force: true });
  }

  #flush(): void {
    this.#write(this.#buffer.subarray(0, this.#used));
    this.#used = 0;
  }

  #write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) at += writeSync(this.#file, bytes, at);
  }
}
