/** `clickhouse://user:password@host:port/database[/RECORDING][?secure=1]`. */
import { FleetError } from '../fleet-error.js';

export interface Address {
  /** `http://host:port`. */
  base: string;
  database: string;
  /** Undefined: the URL names a database only. */
  recording: string | undefined;
  user: string;
  password: string;
  /** For people: without the password. */
  shown: string;
}

export const isClickHouseUrl = (text: string): boolean => text.startsWith('clickhouse://');

/** Names as they can stand between backticks and in a path without surprises. */
const DATABASE = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;

/** Throws a FleetError that says what can be written. User and password may also stand in `CLICKHOUSE_USER` and `CLICKHOUSE_PASSWORD`. */
export function parseAddress(text: string, env: NodeJS.ProcessEnv = process.env): Address {
  const wrong = (what: string): FleetError =>
    new FleetError(`${what}: write clickhouse://user:password@host:port/database, and /NAME of a recording after it`);
  let url: URL;
  try {
    // Only for known schemes does URL know hosts and ports.
    url = new URL(text.replace(/^clickhouse:/, 'http:'));
  } catch {
    throw wrong('this is no URL of a ClickHouse');
  }
  const secure = ['1', 'true'].includes(url.searchParams.get('secure') ?? '');
  const parts = url.pathname.split('/').filter((part) => part !== '').map(decodeURIComponent); // prettier-ignore
  const [database, recording, ...more] = parts;
  if (database === undefined) throw wrong('the URL names no database');
  if (!DATABASE.test(database)) throw wrong(`"${database}" is no name of a database`);
  if (more.length > 0) throw wrong('the URL says too much after the database');
  if (recording !== undefined) checkName(recording);
  for (const key of url.searchParams.keys()) if (key !== 'secure') throw wrong(`"${key}" is not known after the ?`);
  const port = /:(\d+)$/.exec(/^clickhouse:\/\/(?:[^@/]*@)?([^/?]*)/.exec(text)?.[1] ?? '')?.[1];
  const host = `${url.hostname}:${port ?? (secure ? '8443' : '8123')}`;
  const user = decodeURIComponent(url.username) || (env['CLICKHOUSE_USER'] ?? 'default');
  return {
    base: `${secure ? 'https' : 'http'}://${host}`,
    database,
    recording,
    user,
    password: decodeURIComponent(url.password) || (env['CLICKHOUSE_PASSWORD'] ?? ''),
    shown: `clickhouse://${host}/${parts.join('/')}`,
  };
}

/** The name of a recording among others in a database. */
export function checkName(name: string): string {
  if (name === '' || name.length > 200 || /[\u0000-\u001f/\\'`]/.test(name))
    throw new FleetError(`"${name}" cannot be the name of a recording there: no slashes, quotes or control characters, at most 200 characters`); // prettier-ignore
  return name;
}
