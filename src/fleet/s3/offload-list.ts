/**
 * `offload.json` in the folder of a recording: which of its segments lie in a store, and where. A file of its own, since the recorder alone
 * writes the manifest. It holds no keys.
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { crc32 } from '../../recording/index.js';
import { FleetError } from '../fleet-error.js';

export const OFFLOAD_FILE = 'offload.json';
const SEGMENT = /^segment-\d{6,9}\.seg$/;

const content = z.object({
  format: z.literal(1),
  bucket: z.string(),
  prefix: z.string(),
  base: z.url(),
  region: z.string(),
  files: z.record(
    z.string().regex(SEGMENT),
    z.object({
      key: z.string(),
      bytes: z.int().min(0),
      /** As the store tells it: tells whether an object was replaced. */
      etag: z.string(),
      /** Of all its bytes, in hexadecimal. */
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
});
export type OffloadList = z.infer<typeof content>;
export type OffloadedFile = OffloadList['files'][string];

const sumOf = (list: OffloadList): string => crc32(new TextEncoder().encode(JSON.stringify(list))).toString(16).padStart(8, '0'); // prettier-ignore

/** Undefined where nothing was offloaded. Throws a FleetError where it is damaged. */
export function readOffloadList(path: string): OffloadList | undefined {
  const file = join(path, OFFLOAD_FILE);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new FleetError(`${file} cannot be read: ${(error as Error).message}`);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new FleetError(`${file} is damaged: it is no JSON`);
  }
  const { crc, ...rest } = (typeof parsed === 'object' && parsed !== null ? parsed : {}) as Record<string, unknown>;
  const checked = content.safeParse(rest);
  if (!checked.success) throw new FleetError(`${file} is damaged: ${checked.error.issues[0]?.message ?? ''}`);
  if (crc !== sumOf(rest as OffloadList)) throw new FleetError(`${file} is damaged: its checksum does not fit`);
  return checked.data;
}

/** Lasts when it returns: local copies go after it. */
export function writeOffloadList(path: string, list: OffloadList): void {
  const file = join(path, OFFLOAD_FILE);
  const next = `${file}.next`;
  const fd = openSync(next, 'w');
  try {
    writeSync(fd, `${JSON.stringify({ ...list, crc: sumOf(list) }, undefined, 2)}\n`);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(next, file);
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } catch {
    // Some file systems know no sync of a folder.
  } finally {
    closeSync(folder);
  }
}
