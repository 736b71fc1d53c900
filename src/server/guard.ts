/**
 * Who may talk to the server. It listens on the loopback only unless told otherwise, but a machine has other users, and a browser has other pages: so a
 * random token stands in the path, the `Host` must be a loopback name or an address that we were told to listen on (a page that rebinds its own DNS name to 127.0.0.1 still sends its
 * name), and an `Origin`, where there is one, must be our own.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

export const newToken = (): string => randomBytes(24).toString('base64url');

export type Verdict = { ok: true; path: string } | { ok: false; status: number; why: string };

export interface Guard {
  token: string;
  port: number;
  /** Names and addresses that a `Host` may say. */
  hosts: readonly string[];
}

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * What a `Host` may say for a server that listens on `host`: an address, or `localhost`. Of `0.0.0.0` and `::` all addresses of this machine.
 *
 * @throws RangeError when it is neither: a name could be made to point elsewhere.
 */
export function hostsOf(host: string): string[] {
  if (host === 'localhost') return LOOPBACK;
  if (isIP(host) === 0)
    throw new RangeError(`${host} is no address to listen on: say 127.0.0.1, or an address of this machine`);
  const inUrl = (address: string): string => (isIP(address) === 6 ? `[${address}]` : address);
  if (host !== '0.0.0.0' && host !== '::') return [...LOOPBACK, inUrl(host)];
  const own = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return [...LOOPBACK, ...own.map(({ address }) => inUrl(address))];
}

/** Whether only this machine can reach it. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || host === '[::1]' || /^127\./.test(host);

/** Checks host, origin and token; `path` is what follows the token, starting with a slash. */
export function admit(request: IncomingMessage, guard: Guard): Verdict {
  const host = request.headers.host?.toLowerCase();
  if (host === undefined || !guard.hosts.some((each) => host === `${each}:${String(guard.port)}`))
    return { ok: false, status: 403, why: 'unknown host' };
  const origin = request.headers.origin;
  if (origin !== undefined && origin.toLowerCase() !== `http://${host}`) {
    return { ok: false, status: 403, why: 'foreign origin' };
  }
  const site = request.headers['sec-fetch-site'];
  if (site === 'cross-site' && request.headers['sec-fetch-mode'] !== 'navigate') {
    return { ok: false, status: 403, why: 'foreign page' };
  }
  const match = /^\/([^/?#]+)(\/[^?#]*)?(?:\?.*)?$/.exec(request.url ?? '');
  const given = Buffer.from(match?.[1] ?? '');
  const wanted = Buffer.from(guard.token);
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
    return { ok: false, status: 404, why: 'nothing here: use the whole address that elixirscope printed' };
  }
  return { ok: true, path: match?.[2] ?? '' };
}
