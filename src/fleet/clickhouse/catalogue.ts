/** What a database knows of a recording: who it is, and how far it is there. */
import { KIND_SLOTS } from '../../recording/index.js';
import { FleetError } from '../fleet-error.js';
import { quoted } from './requests.js';
import type { RowReader } from './row-binary.js';

/** Rows of a batch: as many as a block has. */
const MOST_ROWS = 65_536;

/** A row of es_batches: events that were inserted together. */
export interface BatchInfo {
  firstSeq: number;
  count: number;
  firstNs: number;
  lastNs: number;
  /** By kind code. */
  kinds: Uint32Array;
}

export const batchesSql = (recording: string, from: number): string =>
  `select first_seq, count, first_ns, last_ns, kinds from es_batches final where recording = ${quoted(recording)} and first_seq >= ${from} order by first_seq`;

export function* readBatches(rows: RowReader): IterableIterator<BatchInfo> {
  while (rows.more) {
    const batch = { firstSeq: rows.u64(), count: rows.u32(), firstNs: rows.u64(), lastNs: rows.u64(), kinds: rows.u32s() }; // prettier-ignore
    const { firstSeq, count, firstNs, lastNs, kinds } = batch;
    if (firstSeq < 1 || count < 1 || count > MOST_ROWS || lastNs < firstNs || kinds.length > KIND_SLOTS)
      throw new FleetError(`what ClickHouse says of the events from #${firstSeq} on cannot be`);
    yield batch;
  }
}

/**
 * Batches that follow each other from the first one (or from `next`) on. Two who shipped the same recording at once may have cut it
 * differently: what does not join on is left out, and is shipped again.
 */
export function chained(batches: Iterable<BatchInfo>, next?: number): BatchInfo[] {
  const chain: BatchInfo[] = [];
  let expected = next;
  for (const batch of batches) {
    if (expected !== undefined && batch.firstSeq !== expected) continue;
    chain.push(batch);
    expected = batch.firstSeq + batch.count;
  }
  return chain;
}

/** Logs of a recording that are shipped as they are. */
export const LOGS = ['dictionary.log', 'sources.log'] as const;
export type LogName = (typeof LOGS)[number];

export const logSql = (recording: string, log: LogName, from: number): string =>
  `select at, bytes from es_logs final where recording = ${quoted(recording)} and file = '${log}' and at + length(bytes) > ${from} order by at`;

/** The bytes of a log from `from` on, as far as they are there without a hole. */
export function readLog(rows: RowReader, from: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let end = from;
  while (rows.more) {
    const at = rows.u64();
    const bytes = rows.raw();
    if (at > end || at + bytes.length <= end) continue;
    parts.push(bytes.subarray(end - at));
    end = at + bytes.length;
  }
  return Buffer.concat(parts);
}

export const recordingSql = (recording: string): string =>
  `select origin, manifest from es_recordings final where recording = ${quoted(recording)}`;

export const namesSql = `select recording from es_recordings final order by recording`;

export function missingRecording(shown: string, name: string, rows: RowReader): FleetError {
  const names: string[] = [];
  while (rows.more) names.push(rows.text());
  const there = names.length === 0 ? 'it holds none yet' : `there are ${names.slice(0, 12).join(', ')}${names.length > 12 ? ` and ${names.length - 12} more` : ''}`; // prettier-ignore
  return new FleetError(`there is no recording "${name}" in ${shown}: ${there}`);
}
