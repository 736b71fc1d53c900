import { afterEach, expect, it, vi } from 'vitest';
import { loadDuckDb } from './duckdb.js';

afterEach(() => {
  vi.doUnmock('@duckdb/node-api');
});

it('says what to install where DuckDB is missing', async () => {
  vi.doMock('@duckdb/node-api', () => {
    throw new Error("Cannot find package '@duckdb/node-api'");
  });
  await expect(loadDuckDb()).rejects.toMatchObject({
    name: 'SqlError',
    message: expect.stringContaining('npm install @duckdb/node-api@1.5.5-r.5') as string,
  });
});
