/** What `run` and `attach` may be told about what to record. */
import { Option, type Command } from 'commander';
import { DEFAULT_FAMILIES, EVENT_FAMILIES, SECRET_WORDS, type EventFamily, type RunOptions } from '../capture/index.js';
import { collect } from './options.js';
import { UsageError } from './usage-error.js';

export interface CaptureOptions {
  gc?: boolean;
  schedule?: boolean;
  redact: string[];
  whenFull?: 'wait' | 'drop';
  engine?: 'nif' | 'erlang';
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
    .addOption(
      new Option(
        '--when-full <what>',
        'when recording cannot keep up: the program waits, or events are dropped and counted',
      ).choices(['wait', 'drop']),
    )
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
  return {
    families,
    secrets: [...SECRET_WORDS, ...options.redact],
    ...(options.whenFull ? { onFull: options.whenFull } : {}),
    ...(options.engine ? { forceEngine: options.engine } : {}),
  };
}
