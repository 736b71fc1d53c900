/** The sources of a recording, read when somebody asks for them. */
import { codeOf, openToRead, readBytes, readFully, type Disk } from '../disk.js';
import { RecordingError } from '../errors.js';
import { readSourceHead, readSourceLead, SOURCE_LEAD_BYTES, type SourceHead } from '../format/source-log.js';
import type { Unpacker } from '../format/zstd.js';
import type { SourceInfo } from '../model.js';

/** Entries are looked through in pieces of so many bytes. */
const PIECE = 64 << 10;

interface Entry {
  head: SourceHead;
  /** Of the text's frame. */
  at: number;
}

export class SourceReader {
  readonly #newest = new Map<string, Entry>();
  #at = 0;

  constructor(
    private readonly disk: Disk,
    private readonly path: string,
    private readonly unpacker: Unpacker,
    /** Whether the file was written to its end. */
    private readonly isComplete: () => boolean = () => false,
  ) {}

  /** The newest of each module. A text is read when it is asked for. Throws a RecordingError where the file is damaged. */
  list(): SourceInfo[] {
    this.#refresh();
    const { disk, path, unpacker } = this;
    return [...this.#newest.values()].map(({ head, at }) => {
      const { node, module, file, language, why } = head;
      return {
        node,
        module,
        file,
        language,
        why,
        get text() {
          return head.text && readText(disk, path, unpacker, at, head.text);
        },
      };
    });
  }

  #refresh(): void {
    let fd: number;
    try {
      fd = openToRead(this.disk, this.path);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return;
      throw error;
    }
    try {
      const size = this.disk.size(fd);
      let piece: Uint8Array = new Uint8Array(0);
      let pieceAt = 0;
      const take = (at: number, bytes: number): Uint8Array => {
        if (at < pieceAt || at + bytes > pieceAt + piece.length) {
          pieceAt = at;
          piece = readBytes(this.disk, fd, at, Math.min(Math.max(PIECE, bytes), size - at), this.path);
        }
        return piece.subarray(at - pieceAt, at - pieceAt + bytes);
      };
      while (size - this.#at >= SOURCE_LEAD_BYTES) {
        const lead = readSourceLead(take(this.#at, SOURCE_LEAD_BYTES));
        const headAt = this.#at + SOURCE_LEAD_BYTES;
        if (lead.size > size - headAt) break;
        const head = readSourceHead(take(headAt, lead.size), lead.sum);
        const at = headAt + lead.size;
        if ((head.text?.packed ?? 0) > size - at) break;
        this.#newest.set(`${head.node} ${head.module}`, { head, at });
        this.#at = at + (head.text?.packed ?? 0);
      }
      // An end that is not whole is not there yet.
      if (this.#at < size && this.isComplete()) throw new RecordingError(`${this.path} is damaged: its end is missing`);
    } finally {
      this.disk.close(fd);
    }
  }
}

function readText(
  disk: Disk,
  path: string,
  unpacker: Unpacker,
  at: number,
  { packed, unpacked }: { packed: number; unpacked: number },
): string {
  const fd = openToRead(disk, path);
  try {
    return new TextDecoder().decode(unpacker.unpack(readFully(disk, fd, at, packed, path), unpacked));
  } catch (error) {
    if (error instanceof RecordingError) throw new RecordingError(`${path}: ${error.message}`);
    throw error;
  } finally {
    disk.close(fd);
  }
}
