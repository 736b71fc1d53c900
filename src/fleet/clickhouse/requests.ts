/** Questions to ClickHouse over HTTP, and what its refusals mean. */
import { FleetError } from '../fleet-error.js';
import { HttpFailure, type HttpRequest, type HttpResponse } from '../sync-http.js';
import type { Address } from './address.js';

export interface Ask {
  sql: string;
  /** Of the answer. */
  format?: 'RowBinary' | 'JSONCompactEachRowWithNamesAndTypes';
  /** What an INSERT brings. */
  body?: Uint8Array<ArrayBuffer>;
  settings?: Record<string, string | number>;
  /** False: not in the database of the address, which may not be there yet. */
  inDatabase?: boolean;
}

export function requestOf(address: Address, ask: Ask): HttpRequest {
  const parameters = new URLSearchParams();
  if (ask.inDatabase !== false) parameters.set('database', address.database);
  if (ask.format) parameters.set('default_format', ask.format);
  for (const [name, value] of Object.entries(ask.settings ?? {})) parameters.set(name, String(value));
  if (ask.body) parameters.set('query', ask.sql);
  return {
    url: `${address.base}/?${parameters.toString()}`,
    method: 'POST',
    headers: {
      'x-clickhouse-user': address.user,
      ...(address.password === '' ? {} : { 'x-clickhouse-key': address.password }),
      'content-type': 'application/octet-stream',
    },
    body: ask.body ?? ask.sql,
  };
}

/** Codes of ClickHouse's errors that this cares about. */
const Code = {
  UNKNOWN_TABLE: 60,
  UNKNOWN_DATABASE: 81,
  TIMEOUT: 159,
  READONLY: 164,
  TOO_MANY_QUERIES: 202,
  SOCKET_TIMEOUT: 209,
  NETWORK: 210,
  MEMORY: 241,
  NO_SPACE: 243,
  TOO_MANY_PARTS: 252,
  ACCESS_DENIED: 497,
  NO_USER: 192,
  WRONG_PASSWORD: 193,
  AUTHENTICATION: 516,
} as const;

/** Errors that may pass by themselves. */
const PASSING: readonly number[] = [
  Code.TIMEOUT,
  Code.TOO_MANY_QUERIES,
  Code.SOCKET_TIMEOUT,
  Code.NETWORK,
  Code.MEMORY,
  Code.NO_SPACE,
  Code.TOO_MANY_PARTS,
];

/** A refusal in words of ours. */
export class ClickHouseError extends FleetError {
  constructor(
    message: string,
    again: boolean,
    /** Of the server, 0 where it gave none. */
    readonly code: number,
  ) {
    super(message, again);
  }
}

/** Throws where an answer is a refusal. */
export function checked(address: Address, response: HttpResponse): HttpResponse {
  // A question that fails after rows were sent has status 200, and the error at its end.
  const code = Number(response.headers['x-clickhouse-exception-code'] ?? 0);
  if (response.status === 200 && code === 0) return response;
  const text = new TextDecoder().decode(response.body.subarray(0, 4096)).trim();
  throw explained(address, response.status, code, text);
}

export function explained(address: Address, status: number, code: number, text: string): ClickHouseError {
  const at = address.shown;
  // What it says, without its version and the code that is said otherwise.
  const detail = text.replace(/^Code: \d+\. DB::(?:Exception|NetException|ParsingException): /, '').replace(/ \(version [^)]*\)$/, '').slice(0, 600); // prettier-ignore
  const say = (message: string): ClickHouseError =>
    new ClickHouseError(message, PASSING.includes(code) || [502, 503, 504].includes(status), code);
  switch (code) {
    case Code.AUTHENTICATION:
    case Code.NO_USER:
    case Code.WRONG_PASSWORD:
      return say(`${at} does not let "${address.user}" in: wrong user or password (in the URL, or CLICKHOUSE_USER and CLICKHOUSE_PASSWORD)`); // prettier-ignore
    case Code.ACCESS_DENIED:
    case Code.READONLY:
      return say(`${at} does not allow that to "${address.user}": ${detail}`);
    case Code.UNKNOWN_DATABASE:
      return say(`there is no database ${address.database} at ${address.base}: nothing was shipped to it yet`);
    case Code.NO_SPACE:
      return say(`the disk of ${at} is full: ${detail}`);
    case Code.MEMORY:
      return say(`${at} ran out of the memory that it may use: ${detail}`);
    case Code.TOO_MANY_PARTS:
      return say(`${at} cannot keep up with merging: ${detail}`);
  }
  if (code === 0 && (status === 401 || status === 403))
    return say(`${at} refuses "${address.user}" (HTTP ${status}): wrong user or password, or a proxy in between`);
  if (code === 0 && text === '') return say(`${at} answers with HTTP ${status}: is it the HTTP interface of a ClickHouse?`); // prettier-ignore
  return say(code === 0 ? `${at} answers with HTTP ${status}: ${detail}` : detail);
}

/** A server that does not answer. */
export function unreachable(address: Address, error: unknown): FleetError {
  if (!(error instanceof HttpFailure)) throw error;
  const why =
    error.code === 'ECONNREFUSED'
      ? 'nothing listens there'
      : error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN'
        ? 'there is no such host'
        : error.code === 'TimeoutError'
          ? 'no answer in time'
          : error.message;
  return new FleetError(`cannot reach ClickHouse at ${address.base}: ${why}`, true);
}

/** A text in SQL. */
export const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
