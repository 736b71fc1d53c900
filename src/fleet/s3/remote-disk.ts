/**
 * The file system with what `offload.json` tells of: a segment that is not here any more is read from the store, range by range, as if it
 * were. Ranges are kept in a bounded cache. An object that is gone or was replaced is an error that names it, never other bytes.
 */
import { basename, dirname } from 'node:path';
import { codeOf, realDisk, type Disk } from '../../recording/index.js';
import { FleetError } from '../fleet-error.js';
import { HttpFailure, SyncHttp } from '../sync-http.js';
import { etagOf, objectRequest, refusal, storeUnreachable } from './objects.js';
import { readOffloadList, type OffloadList, type OffloadedFile } from './offload-list.js';

/** What is fetched at a time. */
const PIECE = 256 << 10;
/** Of pieces that are kept. */
const KEPT = 256;
/** Descriptors of ours begin here: the system's are small. */
const FIRST_FD = 1 << 30;

interface Remote {
  list: OffloadList;
  file: OffloadedFile;
}

export function offloadedDisk(env: NodeJS.ProcessEnv = process.env): Disk {
  return new OffloadedDisk(env);
}

class OffloadedDisk implements Disk {
  readonly #open = new Map<number, Remote>();
  readonly #pieces = new Map<string, Uint8Array>();
  #http: SyncHttp | undefined;
  #next = FIRST_FD;

  constructor(private readonly env: NodeJS.ProcessEnv) {}

  open(path: string, flags: 'r' | 'w' | 'wx', mode?: number): number {
    try {
      return realDisk.open(path, flags, mode);
    } catch (error) {
      const remote = flags === 'r' && codeOf(error) === 'ENOENT' ? find(path) : undefined;
      if (remote === undefined) throw error;
      const fd = this.#next++;
      this.#open.set(fd, remote);
      return fd;
    }
  }

  close(fd: number): void {
    if (!this.#open.delete(fd)) realDisk.close(fd);
    else if (this.#open.size === 0) {
      // A program that has read all that it wanted need not wait for the thread.
      this.#http?.close();
      this.#http = undefined;
    }
  }

  size(fd: number): number {
    return this.#open.get(fd)?.file.bytes ?? realDisk.size(fd);
  }

  isFile(fd: number): boolean {
    return this.#open.has(fd) || realDisk.isFile(fd);
  }

  read(fd: number, into: Uint8Array, offset: number, length: number, at: number): number {
    const remote = this.#open.get(fd);
    if (remote === undefined) return realDisk.read(fd, into, offset, length, at);
    const { bytes } = remote.file;
    const wanted = Math.min(length, bytes - at);
    if (wanted <= 0) return 0;
    // What is asked for at once comes at once; small reads get what lies around them.
    const first = at - (at % PIECE);
    const known = this.#pieces.get(`${remote.file.key} ${first}`);
    if (known === undefined && wanted > PIECE) {
      into.set(this.#fetch(remote, at, wanted), offset);
      return wanted;
    }
    const piece = known ?? this.#keep(`${remote.file.key} ${first}`, this.#fetch(remote, first, Math.min(PIECE, bytes - first))); // prettier-ignore
    const some = piece.subarray(at - first, at - first + wanted);
    into.set(some, offset);
    return some.length;
  }

  write = realDisk.write.bind(realDisk);
  truncate = realDisk.truncate.bind(realDisk);
  sync = realDisk.sync.bind(realDisk);
  syncFolder = realDisk.syncFolder.bind(realDisk);
  rename = realDisk.rename.bind(realDisk);
  remove = realDisk.remove.bind(realDisk);
  removeFolder = realDisk.removeFolder.bind(realDisk);
  changedMs = realDisk.changedMs.bind(realDisk);
  makeFolder = realDisk.makeFolder.bind(realDisk);
  makeFolderLike = realDisk.makeFolderLike.bind(realDisk);

  list(path: string): string[] {
    return [...new Set([...realDisk.list(path), ...Object.keys(readOffloadList(path)?.files ?? {})])];
  }

  sizeOf(path: string): number | undefined {
    return realDisk.sizeOf(path) ?? find(path)?.file.bytes;
  }

  #keep(key: string, piece: Uint8Array): Uint8Array {
    this.#pieces.set(key, piece);
    for (const oldest of this.#pieces.keys()) {
      if (this.#pieces.size <= KEPT) break;
      this.#pieces.delete(oldest);
    }
    return piece;
  }

  #fetch({ list, file }: Remote, at: number, length: number): Uint8Array {
    const name = `s3://${list.bucket}/${file.key}`;
    const headers = { range: `bytes=${at}-${at + length - 1}`, 'if-match': `"${file.etag}"` };
    const request = objectRequest(list, file.key, 'GET', { headers }, this.env);
    for (let attempt = 0; ; attempt++) {
      let response;
      try {
        response = (this.#http ??= new SyncHttp()).send(request);
      } catch (error) {
        if (error instanceof HttpFailure && attempt === 0 && error.code !== 'ECONNREFUSED') continue;
        throw storeUnreachable(list.base, error);
      }
      if (response.status >= 500 && attempt === 0) continue;
      if (response.status !== 206 && response.status !== 200) throw refusal(name, response);
      // Not every store minds `if-match`.
      if (etagOf(response) !== file.etag) throw new FleetError(`${name} is not what was put there: somebody has replaced it`); // prettier-ignore
      const bytes = response.status === 200 ? response.body.subarray(at, at + length) : response.body;
      if (bytes.length !== length) throw new FleetError(`${name} is shorter than it was when it was put there`);
      return bytes;
    }
  }
}

/** Where the file of that name lies, if a list in its folder tells. */
function find(path: string): Remote | undefined {
  const list = readOffloadList(dirname(path));
  const file = list?.files[basename(path)];
  return list && file && { list, file };
}
