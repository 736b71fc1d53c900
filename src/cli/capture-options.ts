/** What `run` and `attach` may be told about what to record. */
import { Option, type Command } from 'commander';
import { DEFAULT_FAMILIES, EVENT_FAMILIES, SECRET_WORDS, type EventFamily, type RunOptions } from '../capture/index.js';
import { collect, duration, size } from './options.js';
import { UsageError } from './usage-error.js';

/** A record of the wire holds at most 1 MiB. */
const MAX_TERM = 512 * 1024;

export interface CaptureOptions {
  gc?: boolean;
  schedule?: boolean;
  redact: string[];
  whenFull?: 'wait' | 'drop';
  engine?: 'nif' | 'erlang';
  keep?: string;
  termBytes?: string;
  stateBytes?: string;
  maxRate?: string;
}

export const captureOptions = (command: Command): Command =>
  command
    .option('--gc', 'garbage collections too')
    .option('--schedule', 'when processes are scheduled in and out too (many events)')
    .option(
      '--redact <word>',
      `replace values under keys that contain this word, besides ${SECRET_WORDS.slice(0, 4).join(', ')}, … (may be repeated)`,
      collect,
      [],
    )
    .option('--term-bytes <size>', 'how much of a message or argument is kept, e.g. 8kB')
    .option('--state-bytes <size>', 'how much of a state is kept, e.g. 64kB')
    .option('--max-rate <size>', 'what the node may send in a second, e.g. 20MB; the rest is dropped and counted')
    .addOption(
      new Option(
        '--when-full <what>',
        'when recording cannot keep up: the program waits, or events are dropped and counted',
      ).choices(['wait', 'drop']),
    )
    .option('--keep <window>', 'keep only the newest 10m or 2GB: what is older goes while recording')
    .addOption(
      new Option('--engine <engine>', 'force the native or the plain Erlang engine')
        .choices(['nif', 'erlang'])
        .hideHelp(),
    );

/** The settings that differ from the defaults. */
export function captureChange(options: CaptureOptions): NonNullable<RunOptions['change']> {
  const families: EventFamily[] = EVENT_FAMILIES.filter(
    (family) =>
      DEFAULT_FAMILIES.includes(family) ||
      (family === 'gc' && options.gc) ||
      (family === 'schedule' && options.schedule),
  );
  if (options.redact.some((word) => word.trim() === '')) throw new UsageError('--redact needs a word');
  const limits = {
    ...(options.termBytes === undefined ? {} : { term_bytes: size(options.termBytes, MAX_TERM) }),
    ...(options.stateBytes === undefined ? {} : { state_bytes: size(options.stateBytes, MAX_TERM) }),
  };
  return {
    families,
    ...(Object.keys(limits).length > 0 ? { limits } : {}),
    ...(options.maxRate === undefined ? {} : { bytesPerSecond: size(options.maxRate, 2 ** 40) }),
    secrets: [...SECRET_WORDS, ...options.redact],
    ...(options.whenFull ? { onFull: options.whenFull } : {}),
    ...(options.engine ? { forceEngine: options.engine } : {}),
  };
}

/** `10m` or `2GB`. */
export function keepOption(text: string | undefined): { ns?: number; bytes?: number } | undefined {
  if (text === undefined) return undefined;
  return /b$/i.test(text) ? { bytes: size(text) } : { ns: duration(text) * 1e6 };
}
