/** Options that several commands share, and how they are read. */
import { Option } from 'commander';
import {
  EVENT_KINDS,
  RecordingError,
  parseEdge,
  parseMoment,
  type EventKind,
  type FunctionId,
  type Moment,
  type ProcessId,
  type Recording,
} from '../recording/index.js';
import { parsePath, parsePattern, TermError, type Path, type Pattern } from '../term/index.js';
import type { Show, Syntax } from './show.js';
import { similar } from './similar.js';
import { UsageError } from './usage-error.js';

export const jsonOption = (): Option => new Option('--json', 'JSON for programs');
export const atOption = (): Option =>
  new Option('--at <moment>', 'start, end, +1.25s, #4711 or nanoseconds').default('end');
export const syntaxOption = (): Option =>
  new Option('--syntax <syntax>', 'how to write values (default: as the recorded node would)').choices([
    'elixir',
    'erlang',
  ]);

export function moment(recording: Recording, text: string): Moment {
  try {
    return parseMoment(text, recording);
  } catch (error) {
    if (error instanceof RecordingError) throw new UsageError(error.message);
    throw error;
  }
}

/** An edge of a part of time, in nanoseconds: a time is meant as it is, also where nothing happened at it. */
export function edge(recording: Recording, text: string): number {
  try {
    return parseEdge(text, recording);
  } catch (error) {
    if (error instanceof RecordingError) throw new UsageError(error.message);
    throw error;
  }
}

export function findProcess(recording: Recording, text: string, at?: Moment): ProcessId {
  const id = recording.findProcess(text, at);
  if (id === undefined) {
    const names = recording
      .processes()
      .flatMap(({ name }) => (name === undefined ? [] : [name.replace(/^Elixir\./, '')]));
    const meant = similar(text, new Set(names));
    throw new UsageError(
      `no process "${text}" in this recording${meant === undefined ? '' : ` (did you mean ${meant}?)`}: give a pid such as "<0.123.0>" or a registered name; "elixirscope ps" lists them`,
    );
  }
  return id;
}

export function kinds(names: readonly string[]): EventKind[] {
  return names
    .flatMap((name) => name.split(','))
    .map((name) => {
      const kind = EVENT_KINDS.find((known) => known === name && known !== 'none');
      if (!kind) throw new UsageError(`no event kind "${name}": choose from ${EVENT_KINDS.slice(1).join(', ')}`);
      return kind;
    });
}

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `10s`, `500ms`, `2m`, `1h` → milliseconds. */
export function duration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  const unit = UNITS[match?.[2] ?? ''];
  if (!match || unit === undefined) throw new UsageError(`"${text}" is no duration: write 500ms, 10s, 2m or 1h`);
  return Number(match[1]) * unit;
}

const SIZES: Record<string, number> = {
  b: 1,
  kb: 1000,
  mb: 1e6,
  gb: 1e9,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tb: 1e12,
  tib: 1024 ** 4,
};

/** `8kB`, `20MB`, `64KiB`, `500` → bytes. */
export function size(text: string, most = Number.MAX_SAFE_INTEGER): number {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?i?b)?$/i.exec(text);
  const unit = SIZES[(match?.[2] ?? 'b').toLowerCase()];
  const bytes = match && unit !== undefined ? Math.round(Number(match[1]) * unit) : NaN;
  if (!(bytes > 0)) throw new UsageError(`"${text}" is no size: write 500, 8kB, 20MB or 1GB`);
  if (bytes > most) throw new UsageError(`${text} is too much: at most ${most} bytes`);
  return bytes;
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`"${text}" is no whole number`);
  return Number(text);
}

const partOptions = (): Option[] => [
  new Option('--from <moment>', 'from this moment on'),
  new Option('--to <moment>', 'up to this moment'),
  new Option('--limit <n>', 'at most so many'),
];

/** Options that say where a list begins and ends. */
export const rangeOptions = (): Option[] => [...partOptions(), new Option('--last', 'the newest first')];

export interface Range {
  from?: string;
  to?: string;
  limit?: string;
  last?: boolean;
}

export function range(recording: Recording, options: Range): { from?: Moment; to?: Moment } {
  return {
    ...(options.from === undefined ? {} : { from: moment(recording, options.from) }),
    ...(options.to === undefined ? {} : { to: moment(recording, options.to) }),
  };
}

/** Options of a list of what happened: of whom, from when to when, how many, and how it is written. */
export const listOptions = (): Option[] => [
  new Option('--pid <pid>', 'only of this process (pid or name; may be repeated)').argParser(collect).default([]),
  ...partOptions(),
  syntaxOption(),
  jsonOption(),
];

export interface ListOptions extends Range {
  pid: string[];
  json?: boolean;
  syntax?: Syntax;
}

/** The part of a recording that such a list is of. */
export function listed(
  recording: Recording,
  options: ListOptions,
): { from?: Moment; to?: Moment; processes?: ProcessId[] } {
  const within = range(recording, options);
  const processes = options.pid.map((pid) => findProcess(recording, pid, within.from));
  return { ...within, ...(processes.length > 0 ? { processes } : {}) };
}

export const limitOf = (options: Range, otherwise = Infinity): number =>
  options.limit === undefined ? otherwise : wholeNumber(options.limit);

/** A path into a state: `orders[3].status`. */
export function path(text: string): Path {
  return asked(() => parsePath(text));
}

/** A pattern: `{:reserve, _, _}`. */
export function pattern(text: string, syntax: Syntax): Pattern {
  return asked(() => parsePattern(text, syntax));
}

function asked<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof TermError) throw new UsageError(error.message);
    throw error;
  }
}

/**
 * The functions that a text names, as Elixir or Erlang would: `Shop.Stock.handle_cast/2`, `Shop.Stock.handle_cast`, `Shop.Stock`,
 * `shop_stock:handle_cast/2`.
 */
export function functions(recording: Recording, texts: readonly string[], show: Show): FunctionId[] {
  return texts.flatMap((text) => {
    const found: FunctionId[] = [];
    for (let id = 1, fn = recording.function(id); fn !== undefined; fn = recording.function(++id)) {
      const names = [show.function(id), `${fn.module}:${fn.name}/${fn.arity}`];
      if (names.some((name) => name === text || name.replace(/\/\d+$/, '') === text)) found.push(id);
      else if (fn.module === text || show.name(fn.module) === text) found.push(id);
    }
    if (found.length === 0)
      throw new UsageError(`nothing of "${text}" ran in this recording: write Module.function/arity or a module`);
    return found;
  });
}

export const collect = (value: string, before: string[]): string[] => [...before, value];
