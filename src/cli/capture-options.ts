/** What `run` and `attach` may be told about what to record. */
import { Option, type Command } from 'commander';
import { DEFAULT_FAMILIES, EVENT_FAMILIES, SECRET_WORDS, type EventFamily, type RunOptions } from '../capture/index.js';
import { DepthError, parseDepthRule, type DepthRule } from '../plan/index.js';
import { DEPTHS } from '../recording/index.js';
import { collect, duration, size } from './options.js';
import { UsageError } from './usage-error.js';

/** A record of the wire holds at most 1 MiB. */
const MAX_TERM = 512 * 1024;
const MEMORY_MS = 500;
/** Looking at every process costs something like a microsecond each. */
const LEAST_MEMORY_MS = 10;

export interface CaptureOptions {
  plan?: string;
  depth: string[];
  budget?: string;
  gc?: boolean;
  schedule?: boolean;
  tables?: boolean;
  timers?: boolean;
  monitors?: boolean;
  stores?: boolean;
  telemetry?: boolean;
  memory?: string | true;
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
    .option('--plan <file>', 'record what this plan says (see "elixirscope plan"), changed by --depth')
    .option(
      '--depth <functions=depth>',
      `how deep functions are recorded, such as "Shop.*=values" or Shop.Stock.handle_call/3=lines: ${DEPTHS.join(', ')} (may be repeated, the last one wins)`,
      collect,
      [],
    )
    .option(
      '--budget <share>',
      'what recording may cost, such as 5%: beyond it functions are recorded less deep; or "none"',
    )
    .option('--gc', 'garbage collections too')
    .option('--schedule', 'when processes are scheduled in and out too (many events)')
    .option('--tables', 'reads and writes of ETS tables too')
    .option('--timers', 'timers started and cancelled too')
    .option('--stores', 'reads and writes of persistent_term and of process dictionaries too')
    .option('--monitors', 'who monitors whom too (two events more for each call of a server)')
    .option('--telemetry', 'events of :telemetry too, where the program uses it')
    .option('--memory [interval]', `look at memory and mailboxes of all processes every so often (${MEMORY_MS} ms)`)
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
    (family) => DEFAULT_FAMILIES.includes(family) || (isExtra(family) && options[family]),
  );
  if (options.redact.some((word) => word.trim() === '')) throw new UsageError('--redact needs a word');
  const limits = {
    ...(options.termBytes === undefined ? {} : { term_bytes: size(options.termBytes, MAX_TERM) }),
    ...(options.stateBytes === undefined ? {} : { state_bytes: size(options.stateBytes, MAX_TERM) }),
  };
  return {
    families,

    ...(options.budget === undefined ? {} : { budget: budget(options.budget) }),
    ...(options.memory === undefined ? {} : { memoryMs: memoryInterval(options.memory) }),
    ...(Object.keys(limits).length > 0 ? { limits } : {}),
    ...(options.maxRate === undefined ? {} : { bytesPerSecond: size(options.maxRate, 2 ** 40) }),
    secrets: [...SECRET_WORDS, ...options.redact],
    ...(options.whenFull ? { onFull: options.whenFull } : {}),
    ...(options.engine ? { forceEngine: options.engine } : {}),
  };
}

type Extra = 'gc' | 'schedule' | 'tables' | 'timers' | 'stores' | 'telemetry' | 'monitors';
const isExtra = (family: EventFamily): family is Extra => !DEFAULT_FAMILIES.includes(family);

export function depthRules(texts: readonly string[]): DepthRule[] {
  try {
    return texts.map(parseDepthRule);
  } catch (error) {
    if (error instanceof DepthError) throw new UsageError(error.message);
    throw error;
  }
}

/** `5%`, `0.5%` → thousandths; `none` → undefined. */
function budget(text: string): number | undefined {
  if (text === 'none') return undefined;
  const share = Math.round(Number(/^(\d+(?:\.\d+)?)\s*%$/.exec(text)?.[1] ?? NaN) * 10);
  if (!(share >= 1 && share <= 1000))
    throw new UsageError(`"${text}" is no budget: write 5%, from 0.1% to 100%, or none`);
  return share;
}

function memoryInterval(text: string | true): number {
  const ms = text === true ? MEMORY_MS : Math.round(duration(text));
  if (ms < LEAST_MEMORY_MS) throw new UsageError(`every ${text} is too often: at least ${LEAST_MEMORY_MS}ms`);
  return ms;
}

/** `10m` or `2GB`. */
export function keepOption(text: string | undefined): { ns?: number; bytes?: number } | undefined {
  if (text === undefined) return undefined;
  return /b$/i.test(text) ? { bytes: size(text) } : { ns: duration(text) * 1e6 };
}
