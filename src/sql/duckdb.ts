/** DuckDB is large (70 MB) and optional: it is loaded when the first question is asked. */
import type * as Api from '@duckdb/node-api';
import type * as Bindings from '@duckdb/node-bindings';
import { SqlError } from './sql-error.js';

export interface DuckDb {
  api: typeof Api;
  /** For writing whole vectors, which the API does value by value. */
  bindings: typeof Bindings;
}

const PACKAGE = '@duckdb/node-api@1.5.5-r.5';

/** Throws an SqlError that says what to install where the package is missing or does not run here. */
export async function loadDuckDb(): Promise<DuckDb> {
  try {
    const api = await import('@duckdb/node-api');
    const bindings = await import('@duckdb/node-bindings');
    return { api, bindings: (bindings as unknown as { default: typeof Bindings }).default };
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0]! : String(error);
    throw new SqlError(
      `SQL and tables need DuckDB, an optional package (70 MB) that could not be loaded: run "npm install ${PACKAGE}" where elixirscope is installed (${why})`,
    );
  }
}
