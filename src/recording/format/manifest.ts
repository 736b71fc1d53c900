/** `recording.json`: the little that is known of a recording as a whole. Replaced as a whole, so that a reader never sees half of it. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';
import { codeOf, diskErrorText, readWhole, writeFully, type Disk } from '../disk.js';
import { RecordingError } from '../errors.js';
import { crc32 } from './crc32.js';
import { BLOCK_EVENTS, FORMAT, files } from './layout.js';

const node = z.object({
  name: z.string(),
  otp: z.string(),
  elixir: z.string().optional(),
  engine: z.enum(['nif', 'erlang']),
  engineWhy: z.string().optional(),
  osPid: z.number().optional(),
  end: z.string().optional(),
});

const manifest = z.object({
  format: z.literal(FORMAT),
  /** Unix milliseconds of nanosecond 0. */
  startedAtMs: z.number().min(-8.64e15).max(8.64e15),
  /** Most events in a block. */
  blockEvents: z.int().min(1).max(BLOCK_EVENTS),
  /** Sealed segments when this was written. */
  segments: z.int().min(0),
  /** Sealed to the end: nothing follows. */
  complete: z.boolean(),
  /** Who writes it, to tell a live recording from one whose recorder died. */
  writer: z.object({ host: z.string(), pid: z.int().positive(), started: z.string().optional() }),
  command: z.string().optional(),
  exitStatus: z.string().optional(),
  nodes: z.array(node).max(0x10000),
  /** The disk was full, or failed: the recording ends before the program did, and so many events more were seen. */
  brokeOff: z.object({ why: z.string(), lost: z.int().min(0) }).optional(),
  /** Where the recording was cut at its beginning: what is before stands in a keyframe. */
  window: z
    .object({
      /** Events up to this one are the keyframe's. */
      keyframe: z.int().min(0),
      /** Time of the last event before the window. */
      fromNs: z.int().min(0),
      /** The first segment that is there. 1: the keyframe is the first blocks of it; otherwise a file of its own. */
      segment: z.int().min(1),
      /** Sealed blocks that were in the segments before it. */
      blocks: z.int().min(0).optional(),
    })
    .optional(),
});
export type Manifest = z.infer<typeof manifest>;

const MAX_BYTES = 16 << 20;

/** `durable`: it outlasts a loss of power, too. */
export function writeManifest(disk: Disk, path: string, content: Manifest, durable: boolean): void {
  const file = files.manifest(path);
  const next = `${file}.next`;
  const fd = disk.open(next, 'w');
  try {
    writeFully(disk, fd, new TextEncoder().encode(manifestText(content)), 0);
    if (durable) disk.sync(fd);
  } finally {
    disk.close(fd);
  }
  disk.rename(next, file);
  if (durable) disk.syncFolder(path);
}

export function manifestText(content: Manifest): string {
  return `${JSON.stringify({ ...content, crc: sumOf(content) }, undefined, 2)}\n`;
}

/** CRC-32 of the content as JSON without spaces, in hexadecimal. */
function sumOf(content: object): string {
  return crc32(new TextEncoder().encode(JSON.stringify(content)))
    .toString(16)
    .padStart(8, '0');
}

/** Whether a manifest's `crc` is that of the rest of it. One that has none is believed. */
export function manifestSumFits(parsed: unknown): boolean {
  if (typeof parsed !== 'object' || parsed === null || !('crc' in parsed)) return true;
  const { crc, ...rest } = parsed;
  return crc === sumOf(rest);
}

export function readManifest(disk: Disk, path: string): Manifest {
  const file = files.manifest(path);
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder().decode(readWhole(disk, file, MAX_BYTES)));
  } catch (error) {
    if (error instanceof RecordingError) throw error;
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new RecordingError(
        `${path} is not a recording: it has no recording.json. Give the path of a NAME.escope folder.`,
      );
    throw new RecordingError(`${file} cannot be read: ${diskErrorText(error)}`);
  }
  return checkManifest(parsed, path, file);
}

/** The manifest of the recording `path` from its text. Throws a RecordingError. */
export function parseManifest(text: string, path: string): Manifest {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new RecordingError(`the manifest of ${path} is damaged`);
  }
  return checkManifest(parsed, path, `the manifest of ${path}`);
}

function checkManifest(parsed: unknown, path: string, file: string): Manifest {
  const format =
    typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>)['format'] : undefined;
  if (typeof format === 'number' && format > FORMAT)
    throw new RecordingError(`${path} was recorded by a newer ElixirScope (format ${format}); update to open it.`);
  const checked = manifest.safeParse(parsed);
  if (checked.success && !manifestSumFits(parsed))
    throw new RecordingError(
      `${file} is damaged: its checksum does not fit. \`elixirscope repair\` keeps what is whole.`,
    );
  if (!checked.success) {
    const issue = checked.error.issues[0];
    throw new RecordingError(`${file} is damaged: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`);
  }
  return checked.data;
}

/**
 * A manifest for a recording whose own is damaged: what can be believed of `parsed` (field by field; nothing when it is undefined), and for
 * the rest the least that makes it readable.
 */
export function salvageManifest(parsed: unknown, startedAtMs: number, nodes: number, blockEvents: number): Manifest {
  const whole = manifest.safeParse(parsed);
  if (whole.success) return whole.data;
  const fields = typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  const field = <K extends keyof Manifest>(name: K, otherwise: Manifest[K]): Manifest[K] => {
    const checked = manifest.shape[name].safeParse(fields[name]);
    return checked.success && checked.data !== undefined ? (checked.data as Manifest[K]) : otherwise;
  };
  const unknown: Manifest['nodes'][number] = { name: 'lost@lost', otp: '?', engine: 'erlang', engineWhy: 'lost with the damaged recording.json' }; // prettier-ignore
  return {
    format: FORMAT,
    startedAtMs: field('startedAtMs', startedAtMs),
    blockEvents: field('blockEvents', blockEvents),
    segments: field('segments', 0),
    complete: field('complete', false),
    writer: field('writer', { host: 'lost', pid: 1 }),
    nodes: field('nodes', Array<Manifest['nodes'][number]>(Math.max(1, nodes)).fill(unknown)),
  };
}

/** This process, as `writer` names it. */
export function thisWriter(): Manifest['writer'] {
  const started = startOf(process.pid);
  return { host: hostname(), pid: process.pid, ...(started === undefined ? {} : { started }) };
}

/** Whether the process that writes a recording still lives. On another machine nobody can know: taken as ended. */
export function writerLives(writer: Manifest['writer']): boolean {
  if (writer.host !== hostname()) return false;
  try {
    process.kill(writer.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  // The number may belong to somebody else by now.
  return writer.started === undefined || startOf(writer.pid) === writer.started;
}

/** When a process began, in the kernel's own ticks (Linux: field 22 of /proc/PID/stat); undefined elsewhere. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
