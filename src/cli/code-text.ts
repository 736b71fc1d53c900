/** How the command line writes functions from inside: calls, frames, places in sources. */
import type { FunctionInfo, Gap, ProcessId, Recording, SourceInfo, StackFrame } from '../recording/index.js';
import type { Term } from '../term/index.js';
import { calledText } from './event-line.js';
import { count, type Show } from './show.js';
import { similar } from './similar.js';
import { UsageError } from './usage-error.js';

/** `Shop.Stock.reserve("mug", 2)`; without its arguments `Shop.Stock.reserve/2`. */
export const callText = (fn: FunctionInfo | undefined, args: Term | undefined, show: Show): string =>
  fn === undefined ? 'unknown' : calledText(show.function(fn.id), args, show);

/** `lib/shop/stock.ex:42`, as far as known. */
export function placeText(frame: StackFrame, fn: FunctionInfo | undefined, sources: readonly SourceInfo[]): string {
  const line = frame.line ?? fn?.line;
  if (fn === undefined || line === undefined) return '';
  const file = sources.find((source) => source.module === fn.module && source.node === fn.node)?.file;
  return file === undefined ? `line ${line}` : `${file}:${line}`;
}

export const gapLines = (gaps: readonly Gap[], show: Show, what: string): string[] =>
  gaps.map(
    (gap) =>
      `${count(gap.count)} events are missing (${gap.reason}, ${show.time(gap.fromNs)} to ${show.time(gap.toNs)}): ${what}`,
  );

/** What to do where nothing is known of a process's functions. */
export function howToRecord(recording: Recording, process: ProcessId, show: Show): string {
  const { kinds } = recording.info();
  const fn = recording.function(recording.processes()[process - 1]?.fn ?? 0);
  const module = fn ? show.name(fn.module).replace(/^:/, '') : 'MODULE';
  const how = `record it deeper: elixirscope run --depth '${module}=lines' -- COMMAND, or elixirscope depth while it is being recorded`;
  return (kinds.call ?? 0) === 0 ? `no calls are in this recording. To have them, ${how}` : `To see more, ${how}`;
}

/** The module that a text names, as Elixir or Erlang would, among those whose source or lines are known. */
export function findModule(recording: Recording, text: string, show: Show): string {
  const known = new Set(recording.sources().map(({ module }) => module));
  for (let id = 1, fn = recording.function(id); fn !== undefined; fn = recording.function(++id))
    if (fn.depth !== undefined || fn.point !== undefined) known.add(fn.module);
  const name = text.replace(/^:/, '');
  const found = [text, name, `Elixir.${name}`].find((one) => known.has(one));
  if (found !== undefined) return found;
  if (known.size === 0)
    throw new UsageError(
      `no module is recorded from inside: elixirscope run --depth '${name}=lines' -- COMMAND records its lines`,
    );
  const names = [...known].map((module) => show.name(module).replace(/^:/, ''));
  const meant = similar(name, names);
  throw new UsageError(
    `module "${text}" is not recorded from inside${meant === undefined ? '' : ` (did you mean ${meant}?)`}: --depth '${name}=lines' would`,
  );
}
