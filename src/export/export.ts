/** A recording as a file for another tool. */
import type { BulkRecording } from '../recording/index.js';
import { Names, type TableName } from '../sql/index.js';
import { Output } from './output.js';
import { writeOtlp } from './otlp.js';
import { writePerfetto } from './perfetto.js';
import { writeSpeedscope } from './speedscope.js';
import { writeTable } from './tables.js';

export const EXPORT_FORMATS = ['csv', 'json', 'parquet', 'perfetto', 'speedscope', 'otlp'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportOptions {
  to: ExportFormat;
  /** The file. It is there only once it is whole; what was there before is replaced. */
  out: string;
  /** Of csv, json and parquet: which table. */
  table: TableName;
}

/** Throws an SqlError where a table is wanted and DuckDB is missing, and whatever the file system says. */
export async function exportRecording(recording: BulkRecording, { to, out, table }: ExportOptions): Promise<void> {
  if (to === 'csv' || to === 'json' || to === 'parquet') return writeTable(recording, table, to, out);
  const names = new Names(recording);
  const write = { perfetto: writePerfetto, speedscope: writeSpeedscope, otlp: writeOtlp }[to];
  const output = new Output(out);
  try {
    write(recording, names, output);
    output.finish();
  } catch (error) {
    output.abandon();
    throw error;
  }
}
