/** Writes `sources.log`. The file is made when there is a first source. */
import type { Disk } from '../disk.js';
import { crc32 } from '../format/crc32.js';
import { writeSource } from '../format/source-log.js';
import type { Packer } from '../format/zstd.js';
import type { SourceInfo } from '../model.js';
import { LogFile } from './log-file.js';

/** Sources of a system with tens of thousands of modules have this, packed; more is not taken. */
const MAX_BYTES = 512 << 20;

export class SourceWriter {
  #file: LogFile | undefined;
  /** What was told last of a module, as a sum: a module loaded again most often comes from the same source. */
  readonly #told = new Map<string, number>();

  constructor(
    private readonly disk: Disk,
    private readonly path: string,
    private readonly packer: Packer,
  ) {}

  get size(): number {
    return this.#file?.size ?? 0;
  }

  add(source: SourceInfo): void {
    const key = `${source.node} ${source.module}`;
    const sum = crc32(new TextEncoder().encode(JSON.stringify([source.file, source.why, source.text])));
    if (this.#told.get(key) === sum) return;
    const entry = writeSource(source, this.packer);
    if (entry === undefined || this.size + entry.length > MAX_BYTES) return;
    this.#told.set(key, sum);
    this.#file ??= new LogFile(this.disk, this.path);
    this.#file.append(entry);
  }

  sync(): void {
    this.#file?.sync();
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }
}
