/** A log of a recording in ClickHouse as a file, for who reads it as one. It is fetched when it is opened, and what is new when it is opened again. */
import type { Disk } from '../../recording/index.js';
import { FleetError } from '../fleet-error.js';
import { logSql, readLog, type LogName } from './catalogue.js';
import type { Connection } from './connection.js';

export class LogFile implements Disk {
  #bytes: Uint8Array = new Uint8Array(0);

  constructor(
    private readonly connection: Connection,
    private readonly recording: string,
    private readonly log: LogName,
  ) {}

  open(): number {
    const from = this.#bytes.length;
    const news = readLog(this.connection.select(logSql(this.recording, this.log, from)), from);
    this.#bytes = from === 0 ? news : Buffer.concat([this.#bytes, news]);
    return 0;
  }
  close(): void {}
  size(): number {
    return this.#bytes.length;
  }
  isFile(): boolean {
    return true;
  }
  read(_fd: number, into: Uint8Array, offset: number, length: number, at: number): number {
    const some = this.#bytes.subarray(at, at + length);
    into.set(some, offset);
    return some.length;
  }
  sizeOf(): number {
    return this.#bytes.length;
  }
  list(): string[] {
    return [this.log];
  }
  changedMs(): number {
    return 0;
  }
  write = refused;
  truncate = refused;
  sync = refused;
  syncFolder = refused;
  rename = refused;
  remove = refused;
  removeFolder = refused;
  makeFolder = refused;
  makeFolderLike = refused;
}

function refused(): never {
  throw new FleetError('what lies in ClickHouse is not changed from here');
}
