/** CSV (RFC 4180 with a head line), JSON (one object a line) and Parquet (zstd), written by DuckDB. */
import { renameSync, rmSync } from 'node:fs';
import type { BulkRecording } from '../recording/index.js';
import { openTrustedSql, type TableName } from '../sql/index.js';

const OPTIONS = {
  csv: 'format csv, header',
  json: 'format json',
  parquet: 'format parquet, compression zstd',
};

export async function writeTable(
  recording: BulkRecording,
  table: TableName,
  format: keyof typeof OPTIONS,
  out: string,
): Promise<void> {
  const session = await openTrustedSql(recording);
  const beside = `${out}.part`;
  try {
    const { rows } = await session.query(
      `copy (select * from ${table}) to '${beside.replaceAll("'", "''")}' (${OPTIONS[format]})`,
    );
    // The answer is the number of rows, known once all are written.
    for await (const some of rows) void some;
    renameSync(beside, out);
  } finally {
    rmSync(beside, { force: true });
    session.close();
  }
}
