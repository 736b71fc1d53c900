/** What DuckDB answers, as values that JSON and CSV can hold. */
import type { DuckDBValue } from '@duckdb/node-api';

export type SqlValue = string | number | boolean | null | SqlValue[] | { [key: string]: SqlValue };

/** Integers beyond 2^53, decimals, dates and what else JSON has not become text. */
export function sqlValue(value: DuckDBValue): SqlValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value.toString();
  }
  if ('items' in value) return value.items.map(sqlValue);
  if (Array.isArray((value as { entries?: unknown }).entries)) return String(value);
  if ('entries' in value)
    return Object.fromEntries(
      Object.entries(value.entries as Record<string, DuckDBValue>).map(([key, entry]) => [key, sqlValue(entry)]),
    );
  return String(value);
}
