/** Where recordings are: named on the command line, or the newest of those made without `--out`. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { isClickHouseUrl, offloadedDisk, openInClickHouse, parseAddress } from '../fleet/index.js';
import { isPacked, openRecording, unpackRecording, type BulkRecording } from '../recording/index.js';
import { UsageError } from './usage-error.js';
import { checkWritable } from './writable.js';

const SUFFIX = '.escope';

/** Recordings without `--out` go here, so that the user's project stays as it is. */
export function defaultDirectory(): string {
  const own = process.env['ELIXIRSCOPE_HOME'];
  if (own) return own;
  return join(process.env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'elixirscope');
}

/**
 * The directory of a new recording.
 * @param out what `--out` says
 * @param about what is recorded, for the name
 */
export function newRecordingPath(out: string | undefined, about: string, now = new Date()): string {
  if (out !== undefined) {
    const path = resolve(out);
    if (existsSync(path) && (!statSync(path).isDirectory() || readdirSync(path).length > 0)) {
      throw new UsageError(`${out} exists already and is not empty: name another place with --out`);
    }
    checkWritable(path);
    return path;
  }
  const directory = defaultDirectory();
  checkWritable(directory);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const stamp = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  const name =
    about
      .replaceAll(/[^A-Za-z0-9_.@]+/g, '-')
      .replaceAll(/^-+|-+$/g, '')
      .slice(0, 40) || 'recording';
  for (let n = 0; ; n++) {
    const path = join(directory, `${name}-${stamp}${n === 0 ? '' : `-${n}`}${SUFFIX}`);
    if (!existsSync(path)) return path;
  }
}

/** Opens what the person named: a directory, its name without `.escope`, a packed recording, `last`, or one in a ClickHouse. */
export function openNamed(name: string): BulkRecording {
  if (isClickHouseUrl(name)) return openInClickHouse(parseAddress(name));
  const path = recordingPath(name);
  return openRecording(isPacked(path) ? unpackedForNow(path) : path, { disk: offloadedDisk() });
}

/** A packed recording is unpacked to a folder that only its owner can read and that goes when the command ends. */
function unpackedForNow(path: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'elixirscope-unpacked-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  const unpacked = join(directory, basename(path).replace(/\.pack$/, ''));
  unpackRecording(path, unpacked);
  return unpacked;
}

/** Its folder. Throws where it lies elsewhere. */
export function recordingPath(name: string): string {
  if (isClickHouseUrl(name))
    throw new UsageError(
      'this works on files only: a recording in a ClickHouse can be looked at (info, events, state, history, sql, …), not changed or copied',
    );
  if (name === 'last' && !existsSync('last')) {
    const newest = newestRecording();
    if (newest === undefined)
      throw new UsageError(
        `there is no recording in ${defaultDirectory()} yet: make one with "elixirscope run -- COMMAND"`,
      );
    return newest;
  }
  for (const path of [
    name,
    `${name}${SUFFIX}`,
    join(defaultDirectory(), name),
    join(defaultDirectory(), `${name}${SUFFIX}`),
  ]) {
    if (existsSync(path)) return resolve(path);
  }
  throw new UsageError(`there is no recording "${name}" here nor in ${defaultDirectory()}`);
}

function newestRecording(): string | undefined {
  const directory = defaultDirectory();
  if (!existsSync(directory)) return undefined;
  return readdirSync(directory)
    .filter((entry) => entry.endsWith(SUFFIX))
    .map((entry) => join(directory, entry))
    .map((path) => ({ path, at: statSync(path).mtimeMs }))
    .sort((a, b) => b.at - a.at || basename(b.path).localeCompare(basename(a.path)))[0]?.path;
}
