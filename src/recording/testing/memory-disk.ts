/**
 * A disk in memory that keeps a log of what was done to it, so that it can be looked at as it was at any moment of its past: as a killed process
 * left it, or as it may be after the power was lost.
 */
import type { Disk } from '../disk.js';
import type { Random } from './random.js';

interface File {
  bytes: Uint8Array;
  size: number;
}

/** Files by the number of their creation: a name may stand for another file later. */
export type DiskStep =
  | { do: 'create'; path: string; file: number }
  | { do: 'write'; file: number; at: number; bytes: Uint8Array }
  | { do: 'truncate'; file: number; size: number }
  | { do: 'sync'; file: number }
  | { do: 'rename'; from: string; to: string }
  | { do: 'remove'; path: string }
  | { do: 'folder'; path: string }
  | { do: 'syncFolder'; path: string };

/** What can fail. */
export type DiskAction = keyof Disk;

/** A sector is written as a whole or not at all. */
const SECTOR = 512;

export class MemoryDisk implements Disk {
  readonly #names = new Map<string, number>();
  readonly #files: File[] = [];
  readonly #folders = new Set<string>();
  readonly #open = new Map<number, number>();
  #descriptors = 100;
  /** All that changed the disk, in order; where nobody wants it, it is not kept. */
  readonly steps: DiskStep[] | undefined;
  /** Asked before everything: may throw an error as the system would, or say how many bytes of a read or write are done (the rest fails). */
  fault: ((action: DiskAction, path: string, bytes: number) => number | undefined) | undefined;

  constructor(options: { log: boolean } = { log: false }) {
    this.steps = options.log ? [] : undefined;
  }

  get descriptors(): number {
    return this.#open.size;
  }

  /** The bytes of a file, to look at and to spoil. */
  bytes(path: string): Uint8Array {
    const file = this.#files[this.#names.get(path) ?? -1];
    if (file === undefined) throw systemError('ENOENT', path);
    return file.bytes.subarray(0, file.size);
  }

  put(path: string, bytes: Uint8Array): void {
    const fd = this.open(path, 'w');
    this.write(fd, bytes, 0, bytes.length, 0);
    this.close(fd);
  }

  copy(): MemoryDisk {
    const other = new MemoryDisk();
    for (const folder of this.#folders) other.#folders.add(folder);
    for (const [path, file] of this.#names) {
      const { bytes, size } = this.#files[file]!;
      other.#names.set(path, other.#files.push({ bytes: bytes.slice(0, size), size }) - 1);
    }
    return other;
  }

  /** The disk after the first `count` steps and, of a write that is the next one, its first `bytes` bytes: what a kill leaves behind. */
  static killed(steps: readonly DiskStep[], count: number, bytes = 0): MemoryDisk {
    const disk = new MemoryDisk();
    for (let i = 0; i < count; i++) disk.#apply(steps[i]!);
    const next = steps[count];
    if (bytes > 0 && next?.do === 'write') disk.#apply({ ...next, bytes: next.bytes.subarray(0, bytes) });
    return disk;
  }

  /**
   * What the first `count` steps may have left when the power was lost then: of the names everything up to the last sync of their folder, and of
   * what came later the first so many; of each file what it was when it was synced last, and of what was written later any sectors.
   */
  static unpowered(steps: readonly DiskStep[], count: number, random: Random): MemoryDisk {
    const done = steps.slice(0, count);
    const names = done.map((step, i) => ({ step, i })).filter(({ step }) => 'path' in step || step.do === 'rename');
    const lastSync = names.findLastIndex(({ step }) => step.do === 'syncFolder');
    const namesKept = new Set(names.slice(0, lastSync + 1 + random.below(names.length - lastSync)).map(({ i }) => i));
    const synced = new Map<number, number>();
    done.forEach((step, i) => {
      if (step.do === 'sync') synced.set(step.file, i);
    });
    const disk = new MemoryDisk();
    done.forEach((step, i) => {
      if ('file' in step && step.do !== 'create') {
        if (i <= (synced.get(step.file) ?? -1)) disk.#apply(step);
        else if (step.do === 'write')
          for (let at = 0; at < step.bytes.length;) {
            const end = Math.min(step.bytes.length, (Math.floor((step.at + at) / SECTOR) + 1) * SECTOR - step.at);
            if (random.chance(0.5)) disk.#apply({ ...step, at: step.at + at, bytes: step.bytes.subarray(at, end) });
            at = end;
          }
      } else if (step.do === 'create') disk.#make(step.file);
      if (namesKept.has(i)) disk.#apply(step);
    });
    return disk;
  }

  #make(file: number): void {
    this.#files[file] ??= { bytes: new Uint8Array(1024), size: 0 };
  }

  #did(step: DiskStep): void {
    this.#apply(step);
    this.steps?.push(step.do === 'write' ? { ...step, bytes: step.bytes.slice() } : step);
  }

  #apply(step: DiskStep): void {
    switch (step.do) {
      case 'create':
        this.#make(step.file);
        this.#names.set(step.path, step.file);
        return;
      case 'write': {
        this.#make(step.file);
        const file = this.#files[step.file]!;
        const end = step.at + step.bytes.length;
        if (end > file.bytes.length) {
          const grown = new Uint8Array(Math.max(end, file.bytes.length * 2));
          grown.set(file.bytes.subarray(0, file.size));
          file.bytes = grown;
        }
        file.bytes.set(step.bytes, step.at);
        file.size = Math.max(file.size, end);
        return;
      }
      case 'truncate': {
        const file = this.#files[step.file]!;
        file.bytes.fill(0, Math.min(step.size, file.size));
        file.size = step.size;
        return;
      }
      case 'rename': {
        for (const [path, file] of [...this.#names])
          if (path === step.from || path.startsWith(`${step.from}/`)) {
            this.#names.delete(path);
            this.#names.set(step.to + path.slice(step.from.length), file);
          }
        if (this.#folders.delete(step.from)) this.#folders.add(step.to);
        return;
      }
      case 'remove':
        for (const path of [...this.#names.keys()])
          if (path === step.path || path.startsWith(`${step.path}/`)) this.#names.delete(path);
        this.#folders.delete(step.path);
        return;
      case 'folder':
        this.#folders.add(step.path);
        return;
      default:
    }
  }

  #file(fd: number): File {
    const number = this.#open.get(fd);
    if (number === undefined) throw systemError('EBADF', String(fd));
    return this.#files[number]!;
  }

  #ask(action: DiskAction, fd: number, bytes: number): number | undefined {
    if (this.fault === undefined) return undefined;
    const number = this.#open.get(fd);
    const path = [...this.#names].find(([, file]) => file === number)?.[0];
    return this.fault(action, path ?? '', bytes);
  }

  open(path: string, flags: 'r' | 'w' | 'wx'): number {
    this.fault?.('open', path, 0);
    let file = this.#names.get(path);
    if (flags === 'r' && file === undefined) throw systemError('ENOENT', path);
    if (flags === 'wx' && file !== undefined) throw systemError('EEXIST', path);
    if (flags !== 'r' && file !== undefined) this.#did({ do: 'truncate', file, size: 0 });
    if (file === undefined) this.#did({ do: 'create', path, file: (file = this.#files.length) });
    this.#open.set(++this.#descriptors, file);
    return this.#descriptors;
  }

  close(fd: number): void {
    if (!this.#open.delete(fd)) throw systemError('EBADF', String(fd));
  }

  size(fd: number): number {
    return this.#file(fd).size;
  }

  isFile(): boolean {
    return true;
  }

  read(fd: number, into: Uint8Array, offset: number, length: number, at: number): number {
    const file = this.#file(fd);
    this.#ask('read', fd, length);
    const bytes = Math.max(0, Math.min(length, file.size - at));
    into.set(file.bytes.subarray(at, at + bytes), offset);
    return bytes;
  }

  write(fd: number, bytes: Uint8Array, offset: number, length: number, at: number): number {
    const file = this.#open.get(fd);
    if (file === undefined) throw systemError('EBADF', String(fd));
    const done = this.#ask('write', fd, length) ?? length;
    this.#did({ do: 'write', file, at, bytes: bytes.subarray(offset, offset + done) });
    return done;
  }

  truncate(fd: number, size: number): void {
    this.#ask('truncate', fd, 0);
    this.#file(fd);
    this.#did({ do: 'truncate', file: this.#open.get(fd)!, size });
  }

  sync(fd: number): void {
    this.#ask('sync', fd, 0);
    this.#file(fd);
    this.#did({ do: 'sync', file: this.#open.get(fd)! });
  }

  syncFolder(path: string): void {
    this.fault?.('syncFolder', path, 0);
    this.#did({ do: 'syncFolder', path });
  }

  rename(from: string, to: string): void {
    this.fault?.('rename', from, 0);
    if (!this.#names.has(from) && !this.#folders.has(from)) throw systemError('ENOENT', from);
    this.#did({ do: 'rename', from, to });
  }

  remove(path: string): void {
    this.fault?.('remove', path, 0);
    if (this.sizeOf(path) !== undefined) this.#did({ do: 'remove', path });
  }

  removeFolder(path: string): void {
    this.fault?.('removeFolder', path, 0);
    if (this.list(path).length > 0) throw systemError('ENOTEMPTY', path);
    this.#did({ do: 'remove', path });
  }

  list(path: string): string[] {
    this.fault?.('list', path, 0);
    if (!this.#folders.has(path)) throw systemError('ENOENT', path);
    const found = new Set<string>();
    for (const name of [...this.#names.keys(), ...this.#folders])
      if (name.startsWith(`${path}/`)) found.add(name.slice(path.length + 1).split('/')[0]!);
    return [...found];
  }

  sizeOf(path: string): number | undefined {
    const file = this.#names.get(path);
    return file !== undefined ? this.#files[file]!.size : this.#folders.has(path) ? 0 : undefined;
  }

  changedMs(): number {
    return 0;
  }

  makeFolder(path: string): void {
    this.fault?.('makeFolder', path, 0);
    const parts = path.split('/');
    for (let n = 2; n <= parts.length; n++) {
      const folder = parts.slice(0, n).join('/');
      if (!this.#folders.has(folder)) this.#did({ do: 'folder', path: folder });
    }
  }

  makeFolderLike(prefix: string): string {
    const path = `${prefix}${this.#folders.size}`;
    this.makeFolder(path);
    return path;
  }
}

/** An error as `node:fs` throws it. */
export function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
