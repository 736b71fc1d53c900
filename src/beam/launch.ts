/** Starting a program with the probe inside: everything goes through the environment, nothing through its files. */
import { BeamError } from './beam-error.js';

export interface LaunchOptions {
  /** The folder with the probe's modules. */
  readonly ebin: string;
  /** The file of Erlang terms that the probe reads. */
  readonly configPath: string;
  /** The environment to start from; it is not changed. */
  readonly env: NodeJS.ProcessEnv;
}

/**
 * The environment for the program: `ERL_AFLAGS` puts the probe on the code path and starts it before the program runs, behind whatever
 * flags stand there already; `ELIXIRSCOPE_CONFIG` tells it where its configuration is. Every Erlang VM that the program starts gets both.
 */
export function launchEnvironment(options: LaunchOptions): NodeJS.ProcessEnv {
  const flags = `-pa ${quoteFlag(options.ebin)} -s elixirscope_probe start`;
  const before = options.env['ERL_AFLAGS'];
  return {
    ...options.env,
    ERL_AFLAGS: before === undefined || before.trim() === '' ? flags : `${before} ${flags}`,
    ELIXIRSCOPE_CONFIG: options.configPath,
  };
}

/**
 * One flag as erlexec splits `ERL_AFLAGS` (erts/etc/common/erlexec.c, build_args_from_string): blanks separate, a backslash takes the
 * next character as it is, single quotes take all up to the next single quote.
 */
function quoteFlag(text: string): string {
  if (text.includes('\n') || text.includes('\0')) {
    throw new BeamError('name', `the path ${JSON.stringify(text)} cannot be handed to Erlang`);
  }
  return text.replace(/[\s\\'"]/g, (character) => `\\${character}`);
}
