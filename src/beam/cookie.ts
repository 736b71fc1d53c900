/** The cookie that nodes share, from the usual file. It is never logged and stands in no message. */
import { open, type FileHandle } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { BeamError } from './beam-error.js';

const MAX_BYTES = 1024;

/**
 * The cookie of `$HOME/.erlang.cookie`, or else of `$XDG_CONFIG_HOME/erlang/.erlang.cookie` (`~/.config`). As in Erlang the file
 * must be its owner's alone. Throws a BeamError `cookie`.
 */
export async function readCookie(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const home = env['HOME'] ?? homedir();
  const config = env['XDG_CONFIG_HOME'] ?? join(home, '.config');
  const files = [join(home, '.erlang.cookie'), join(config, 'erlang', '.erlang.cookie')];
  for (const file of files) {
    const cookie = await cookieOf(file);
    if (cookie !== undefined) return cookie;
  }
  throw new BeamError(
    'cookie',
    `there is no cookie file (looked at ${files.join(' and ')}): give the node's cookie yourself`,
  );
}

async function cookieOf(file: string): Promise<string | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(file, 'r');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new BeamError('cookie', `the cookie file ${file} cannot be read (${code ?? 'unknown error'})`);
  }
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw new BeamError('cookie', `the cookie file ${file} is not a file`);
    if (process.platform !== 'win32' && (stat.mode & 0o077) !== 0) {
      throw new BeamError('cookie', `the cookie file ${file} must be readable by its owner only: chmod 400 ${file}`);
    }
    if (stat.size > MAX_BYTES) throw new BeamError('cookie', `the cookie file ${file} is larger than any cookie`);
    return checkCookie((await handle.readFile('latin1')).split('\n', 1)[0]?.trim() ?? '', file);
  } finally {
    await handle.close();
  }
}

/** The cookie itself, if it can be one: printable characters, at most 255. */
export function checkCookie(cookie: string, from = 'what was given'): string {
  if (cookie === '') throw new BeamError('cookie', `the cookie of ${from} is empty`);
  if (cookie.length > 255 || !/^[\x20-\x7e\xa0-\xff]+$/.test(cookie)) {
    throw new BeamError('cookie', `the cookie of ${from} has characters that no cookie has, or too many`);
  }
  return cookie;
}
