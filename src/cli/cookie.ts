import { BeamError, readCookie } from '../beam/index.js';
import { UsageError } from './usage-error.js';

/** The cookie that was given, or the one that lies where Erlang looks for it. */
export async function cookie(given: string | undefined): Promise<string> {
  try {
    return given ?? process.env['ELIXIRSCOPE_COOKIE'] ?? (await readCookie());
  } catch (error) {
    if (!(error instanceof BeamError)) throw error;
    throw new UsageError(`${error.message} (in ELIXIRSCOPE_COOKIE, or with --cookie)`);
  }
}
