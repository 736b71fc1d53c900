/**
 * The directory of a capture under way: socket, configuration, ring files. In memory (`/dev/shm`) where there is one, so that ring files
 * never wait for a disk; gone when the capture ends.
 */
import { accessSync, chmodSync, constants, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const PREFIX = 'elixirscope-';
/** A Unix socket's path must fit `sockaddr_un`. */
const MAX_SOCKET_PATH = 100;

export interface Workplace {
  readonly directory: string;
  readonly socket: string;
  readonly rings: string;
  readonly config: string;
  /** Socket for those who want something of the recorder. */
  readonly control: string;
  remove(): void;
}

/** @param shared whether a program of another user must be able to reach socket and rings */
export function makeWorkplace(shared: boolean): Workplace {
  const place = parent();
  sweep(place);
  const directory = mkdtempSync(join(place, `${PREFIX}${process.pid}-`));
  const rings = join(directory, 'rings');
  mkdirSync(rings, { mode: 0o700 });
  if (shared) {
    // Others may pass through and put files in; nobody may list. What keeps strangers out is the token.
    chmodSync(directory, 0o711);
    chmodSync(rings, 0o1733);
  }
  return {
    directory,
    rings,
    socket: join(directory, 'socket'),
    config: join(directory, 'config'),
    control: join(directory, 'control'),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** Whether a directory is the workplace of a recorder that lives. */
export function isWorkplace(directory: string): boolean {
  const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(basename(directory))?.[1];
  return pid !== undefined && isAlive(Number(pid));
}

/** Takes away what recorders of ours left that were killed: their process id is in the name. */
function sweep(place: string): void {
  for (const name of readdirSync(place)) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    const path = join(place, name);
    try {
      if (pid === undefined || isAlive(Number(pid)) || lstatSync(path).uid !== process.getuid?.()) continue;
      rmSync(path, { recursive: true, force: true });
    } catch {
      // Somebody else was faster, or it is not ours to remove.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function parent(): string {
  for (const directory of ['/dev/shm', tmpdir(), '/tmp']) {
    if (directory.length > MAX_SOCKET_PATH - 40) continue;
    try {
      accessSync(directory, constants.W_OK | constants.X_OK);
      return directory;
    } catch {
      continue;
    }
  }
  return tmpdir();
}
