/**
 * Who may talk to the server. It listens on the loopback only, but a machine has other users, and a browser has other pages: so a
 * random token stands in the path, the `Host` must be a loopback name (a page that rebinds its own DNS name to 127.0.0.1 still sends its
 * name), and an `Origin`, where there is one, must be our own.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export const newToken = (): string => randomBytes(24).toString('base64url');

export type Verdict = { ok: true; path: string } | { ok: false; status: number; why: string };

export interface Guard {
  token: string;
  port: number;
}

/** Checks host, origin and token; `path` is what follows the token, starting with a slash. */
export function admit(request: IncomingMessage, guard: Guard): Verdict {
  const hosts = [`127.0.0.1:${String(guard.port)}`, `localhost:${String(guard.port)}`, `[::1]:${String(guard.port)}`];
  const host = request.headers.host?.toLowerCase();
  if (host === undefined || !hosts.includes(host)) return { ok: false, status: 403, why: 'unknown host' };
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
