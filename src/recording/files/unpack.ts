/**
 * Takes a packed recording apart. Whatever is in it is hostile until checked: only the files that a recording can have are made, in a new
 * folder, never larger than they say and never more than is allowed in all.
 */
import { basename, dirname, join, resolve } from 'node:path';
import { diskErrorText, openToRead, readBytes, realDisk, writeFully, type Disk } from '../disk.js';
import { RecordingError } from '../errors.js';
import { ByteReader } from '../format/bytes.js';
import { crc32 } from '../format/crc32.js';
import { readManifest } from '../format/manifest.js';
import { Unpacker } from '../format/zstd.js';
import { MAX_FILES, MAX_NAME, PACKED_FILE, PACK_HEAD_BYTES, PACK_MAGIC, PACK_VERSION, PIECE_BYTES } from './pack-format.js'; // prettier-ignore

export interface UnpackOptions {
  /** Most bytes of all files together, 16 GiB unless told. */
  maxBytes?: number;
  /** For tests. */
  disk?: Disk;
}

export const DEFAULT_MAX_UNPACKED = 16 * 2 ** 30;

/** Whether this is a file that begins as a packed recording does. */
export function isPacked(path: string, disk: Disk = realDisk): boolean {
  let fd: number;
  try {
    fd = disk.open(path, 'r');
  } catch {
    return false;
  }
  try {
    if (!disk.isFile(fd)) return false;
    return Buffer.from(readBytes(disk, fd, 0, PACK_MAGIC.length, path)).toString('latin1') === PACK_MAGIC;
  } finally {
    disk.close(fd);
  }
}

/**
 * Unpacks the file at `path` into the folder `out`, which must not exist or be empty. Throws a RecordingError that says what is wrong, and
 * leaves nothing behind then.
 */
export function unpackRecording(
  path: string,
  out: string,
  options: UnpackOptions = {},
): { files: number; bytes: number } {
  const disk = options.disk ?? realDisk;
  const target = resolve(out);
  if (disk.sizeOf(target) !== undefined && disk.list(target).length > 0)
    throw new RecordingError(`${out} is not empty. Give another path, or remove what is there.`);
  const fd = openToRead(disk, path);
  let beside: string | undefined;
  try {
    if (!disk.isFile(fd)) throw new RecordingError(`${path} is not a file`);
    disk.makeFolder(dirname(target));
    beside = disk.makeFolderLike(join(dirname(target), `.${basename(target)}.unpack-`));
    const result = new Unpacking(disk, fd, path, beside, options.maxBytes ?? DEFAULT_MAX_UNPACKED).run();
    readManifest(disk, beside);
    if (disk.sizeOf(target) !== undefined) disk.removeFolder(target);
    disk.rename(beside, target);
    beside = undefined;
    return result;
  } finally {
    disk.close(fd);
    if (beside !== undefined) disk.remove(beside);
  }
}

class Unpacking {
  readonly #unpacker = new Unpacker();
  readonly #size: number;
  #at = 0;
  #bytes = 0;

  constructor(
    private readonly disk: Disk,
    private readonly fd: number,
    private readonly path: string,
    private readonly directory: string,
    private readonly maxBytes: number,
  ) {
    this.#size = disk.size(fd);
  }

  run(): { files: number; bytes: number } {
    const head = new ByteReader(this.#read(PACK_HEAD_BYTES, 'its head'));
    if (Buffer.from(head.raw(PACK_MAGIC.length)).toString('latin1') !== PACK_MAGIC)
      throw new RecordingError('this is not a packed recording');
    const version = head.u32();
    if (version > PACK_VERSION)
      throw new RecordingError(`it was packed by a newer ElixirScope (version ${version}); update to unpack it.`);
    if (version !== PACK_VERSION) throw new RecordingError(`there is no version ${version} of packed recordings`);
    const files = head.u32();
    if (files === 0 || files > MAX_FILES) throw new RecordingError(`it says that it holds ${files} files`);
    const names = new Set<string>();
    for (let n = 0; n < files; n++) this.#file(names);
    if (this.#at !== this.#size) throw new RecordingError('there is something after its last file');
    if (!names.has('recording.json')) throw new RecordingError('it holds no recording.json');
    return { files, bytes: this.#bytes };
  }

  #file(names: Set<string>): void {
    const lead = new ByteReader(this.#read(8, 'an entry'));
    const length = lead.u32();
    const sum = lead.u32();
    if (length > MAX_NAME + 16) throw new RecordingError('the name of a file in it is too long');
    const bytes = this.#read(length, 'an entry');
    if (crc32(bytes) !== sum) throw new RecordingError('an entry is damaged: its checksum does not fit');
    const entry = new ByteReader(bytes);
    const name = entry.text();
    const size = entry.u64();
    if (entry.left > 0) throw new RecordingError('an entry is longer than it should be');
    if (!PACKED_FILE.test(name))
      throw new RecordingError(`it holds a file ${JSON.stringify(name)}, which no recording has`);
    if (names.has(name)) throw new RecordingError(`it holds ${name} twice`);
    names.add(name);
    if (size > this.maxBytes - this.#bytes)
      throw new RecordingError(`unpacked it would be larger than ${this.maxBytes} bytes. Allow more with --max.`);
    // 'wx' follows no link and replaces nothing.
    const file = this.disk.open(join(this.directory, name), 'wx', 0o600);
    try {
      for (let done = 0; done < size;) done += this.#piece(file, name, done, size - done);
    } finally {
      this.disk.close(file);
    }
    this.#bytes += size;
  }

  #piece(file: number, name: string, at: number, left: number): number {
    const header = new ByteReader(this.#read(12, name));
    const unpacked = header.u32();
    const packed = header.u32();
    const sum = header.u32();
    if (unpacked === 0 || unpacked > PIECE_BYTES || unpacked > left || packed === 0 || packed > unpacked)
      throw new RecordingError(`a piece of ${name} says that it has ${unpacked} bytes, packed ${packed}`);
    const content = this.#read(packed, name);
    const bytes = packed === unpacked ? content : this.#unpacker.unpack(content, unpacked);
    if (crc32(bytes) !== sum) throw new RecordingError(`${name} is damaged: its checksum does not fit`);
    try {
      writeFully(this.disk, file, bytes, at);
    } catch (error) {
      throw new RecordingError(`${name} cannot be written: ${diskErrorText(error)}`);
    }
    return unpacked;
  }

  #read(bytes: number, what: string): Uint8Array {
    if (bytes > this.#size - this.#at) throw new RecordingError(`the packed recording ends inside ${what}`);
    const out = readBytes(this.disk, this.fd, this.#at, bytes, this.path);
    if (out.length < bytes) throw new RecordingError(`the packed recording ends inside ${what}`);
    this.#at += bytes;
    return out;
  }
}
