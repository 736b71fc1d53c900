/**
 * Sealed segments of a recording go to a store, one after the other. A local copy goes only after the store has confirmed size and checksum
 * and the list of what lies there (`offload.json`) lasts. It follows the files, also while they grow: the recorder waits for nobody.
 */
import { createHash, randomUUID } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, renameSync, rmSync, writeSync, fsyncSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readManifest, realDisk, recordingFiles, writerLives } from '../../recording/index.js';
import { FleetError } from '../fleet-error.js';
import { pause } from '../pause.js';
import { HttpFailure, sendHttp, type HttpRequest, type HttpResponse } from '../sync-http.js';
import { etagOf, objectRequest, refusal, storeUnreachable } from './objects.js';
import { readOffloadList, writeOffloadList, type OffloadList, type OffloadedFile } from './offload-list.js';
import { sha256Hex } from './sign.js';
import type { S3Target } from './target.js';

const ROUND_MS = 500;
const PATIENCE_MS = 30_000;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;

export interface OffloadOptions {
  path: string;
  to: S3Target;
  follow?: boolean;
  signal?: AbortSignal;
  onProgress?: (file: string, bytes: number) => void;
  onTrouble?: (message: string) => void;
  patienceMs?: number;
  roundMs?: number;
}

export interface OffloadResult {
  /** Segments that lie in the store now, and their bytes. */
  segments: number;
  bytes: number;
  /** Of these, brought by this call. */
  moved: number;
}

/** Throws a FleetError where offloading there cannot work. */
export async function prepareOffload(to: S3Target): Promise<void> {
  const response = await sendHttp(objectRequest(to, `${to.prefix === '' ? '' : `${to.prefix}/`}nothing`, 'GET')).catch(
    (error: unknown) => {
      throw storeUnreachable(to.base, error);
    },
  );
  const failure = refusal(`s3://${to.bucket}`, response);
  // That it is not there, or that nobody may know, is as expected.
  if (/no such bucket|another region|InvalidAccessKeyId|SignatureDoesNotMatch/.test(failure.message)) throw failure;
}

export async function offload(options: OffloadOptions): Promise<OffloadResult> {
  const { path, to, follow = false, signal } = options;
  const known = readOffloadList(path);
  if (known && (known.base !== to.base || known.bucket !== to.bucket))
    throw new FleetError(`segments of ${path} lie in ${known.base} already: bring them back first (offload --back)`);
  // The folder's name alone could be that of many.
  const list: OffloadList = known ?? { format: 1, ...to, prefix: [to.prefix, `${basename(path).replace(/\.escope$/, '')}-${randomUUID().slice(0, 8)}`].filter(Boolean).join('/'), files: {} }; // prettier-ignore
  const store = new Store(list, options);
  let moved = 0;
  for (;;) {
    const manifest = readManifest(realDisk, path);
    const ended = manifest.complete || !writerLives(manifest.writer) || !follow;
    const stopped = signal?.aborted === true;
    for (let number = manifest.window?.segment ?? 1; number <= manifest.segments; number++) {
      const file = recordingFiles.segment(path, number);
      const name = basename(file);
      if (!existsSync(file)) continue;
      // One that is in the list too: it was killed before the local copy went.
      const done = list.files[name];
      const bytes = readFileSync(file);
      if (done?.sha256 !== sha256Hex(bytes)) {
        list.files[name] = await store.put(name, bytes);
        writeOffloadList(path, list);
        moved++;
      } else await store.confirm(name, done);
      rmSync(file);
      options.onProgress?.(name, bytes.length);
      if (signal?.aborted && !follow) break;
    }
    if (ended || stopped) break;
    await pause(options.roundMs ?? ROUND_MS, signal);
  }
  const files = Object.values(list.files);
  return { segments: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0), moved };
}

/** Brings all segments back. What lies in the store stays there. */
export async function bringBack(options: Omit<OffloadOptions, 'to' | 'follow'>): Promise<{ segments: number }> {
  const { path } = options;
  const list = readOffloadList(path);
  if (list === undefined) return { segments: 0 };
  const store = new Store(list, options);
  let segments = 0;
  for (const [name, place] of Object.entries(list.files)) {
    const file = join(path, name);
    if (!existsSync(file)) {
      const bytes = await store.get(name, place);
      const part = `${file}.part`;
      const fd = openSync(part, 'w');
      try {
        for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done, bytes.length - done);
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
      renameSync(part, file);
      options.onProgress?.(name, bytes.length);
      segments++;
    }
    if (options.signal?.aborted) return { segments };
  }
  rmSync(join(path, 'offload.json'));
  return { segments };
}

class Store {
  constructor(
    private readonly list: OffloadList,
    private readonly options: Pick<OffloadOptions, 'patienceMs' | 'signal' | 'onTrouble'>,
  ) {}

  /** Puts a file there and makes sure that it lies there as it was sent. */
  async put(name: string, bytes: Buffer<ArrayBuffer>): Promise<OffloadedFile> {
    const key = `${this.list.prefix}/${name}`;
    const md5 = createHash('md5').update(bytes);
    const headers = { 'content-md5': md5.copy().digest('base64'), 'content-type': 'application/octet-stream' };
    await this.#send(name, () => objectRequest(this.list, key, 'PUT', { headers, body: bytes }));
    const place = { key, bytes: bytes.length, sha256: sha256Hex(bytes), etag: '' };
    const etag = await this.#head(name, place);
    // Mostly the MD5 of the object; where it is something else, all is read back.
    if (etag !== md5.digest('hex')) await this.get(name, { ...place, etag });
    return { ...place, etag };
  }

  async confirm(name: string, place: OffloadedFile): Promise<void> {
    const etag = await this.#head(name, place);
    if (etag !== place.etag) await this.get(name, { ...place, etag });
  }

  /** The whole object, checked. */
  async get(name: string, place: OffloadedFile): Promise<Uint8Array> {
    const { body } = await this.#send(name, () => objectRequest(this.list, place.key, 'GET'));
    if (body.length !== place.bytes || sha256Hex(body) !== place.sha256)
      throw new FleetError(`${this.#shown(place.key)} is not what was put there: its checksum does not fit`);
    return body;
  }

  async #head(name: string, place: OffloadedFile): Promise<string> {
    const response = await this.#send(name, () => objectRequest(this.list, place.key, 'HEAD'));
    const bytes = Number(response.headers['content-length'] ?? NaN);
    if (bytes !== place.bytes)
      throw new FleetError(
        `the store has ${bytes} bytes of ${this.#shown(place.key)}, not ${place.bytes}: it stays here`,
      );
    return etagOf(response);
  }

  #shown(key: string): string {
    return `s3://${this.list.bucket}/${key}`;
  }

  async #send(name: string, make: () => HttpRequest): Promise<HttpResponse> {
    const { patienceMs = PATIENCE_MS, signal, onTrouble } = this.options;
    const end = Date.now() + patienceMs;
    for (let wait = FIRST_WAIT_MS, told = false; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      const failure = await this.#try(name, make);
      if (!(failure instanceof FleetError)) return failure;
      if (!failure.again || Date.now() + wait > end || signal?.aborted) throw failure;
      if (!told) onTrouble?.(failure.message);
      told = true;
      await pause(wait, signal);
    }
  }

  async #try(name: string, make: () => HttpRequest): Promise<HttpResponse | FleetError> {
    try {
      const response = await sendHttp(make());
      return response.status === 200 ? response : refusal(this.#shown(`${this.list.prefix}/${name}`), response);
    } catch (error) {
      if (error instanceof HttpFailure) return storeUnreachable(this.list.base, error);
      throw error;
    }
  }
}
