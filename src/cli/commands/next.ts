import { Command } from 'commander';
import type { Moment, Occurrence, OccurrenceQuery, Recording } from '../../recording/index.js';
import { collect, findProcess, functions, jsonOption, kinds, moment, path, pattern, syntaxOption } from '../options.js';
import { occurrenceJson, occurrenceText } from '../occurrence-text.js';
import { openNamed } from '../recordings.js';
import { Show, type Syntax } from '../show.js';
import { UsageError } from '../usage-error.js';

interface Options {
  from?: string;
  back?: boolean;
  pid: string[];
  kind: string[];
  function: string[];
  path?: string;
  match?: string;
  text?: string;
  error?: boolean;
  json?: boolean;
  syntax?: Syntax;
}

export const nextCommand = (): Command =>
  new Command('next')
    .description('the next event after a moment (or the one before it) that is or holds what you ask for')
    .argument('<recording>')
    .option('--from <moment>', 'look from here, this event excluded (default: start; with --back: end)')
    .option('--back', 'look backwards')
    .option('--pid <pid>', 'of this process (pid or name; may be repeated)', collect, [])
    .option('--kind <kind>', 'of this kind (may be repeated, or a,b)', collect, [])
    .option('--function <f>', 'of this function: Shop.Stock.handle_cast/2, without arity, or a module', collect, [])
    .option('--path <path>', 'a change of this part of the state of --pid')
    .option('--match <pattern>', 'with a value in it that matches: {:reserve, _, _}')
    .option('--text <text>', 'with this text in it')
    .option('--error', 'a crash, an exception, an error in the log')
    .addOption(syntaxOption())
    .addOption(jsonOption())
    .action((name: string, options: Options) => {
      const recording = openNamed(name);
      const show = new Show(recording, options.syntax);
      const start =
        options.from === undefined ? (options.back ? undefined : recording.start()) : moment(recording, options.from);
      const found =
        options.path === undefined ? occurrence(recording, options, start, show) : change(recording, options, start);
      if (options.json)
        process.stdout.write(`${JSON.stringify(found ? occurrenceJson(found, show) : null, undefined, 2)}\n`);
      else if (found) process.stdout.write(`${occurrenceText(found, show)}\n`);
      else process.stderr.write(`nothing like this ${options.back ? 'before' : 'after'} that moment\n`);
    });

/** What lies on the side of the moment that is looked at; undefined: nothing. */
function side(
  recording: Recording,
  start: Moment | undefined,
  back: boolean,
): { from?: Moment; to?: Moment } | undefined {
  const end = recording.end();
  if (back) {
    if (start === undefined) return { to: end };
    return start.seq <= 1 ? undefined : { to: recording.momentOf(start.seq - 1) };
  }
  const from = (start?.seq ?? 0) + 1;
  return from > end.seq ? undefined : { from: recording.momentOf(from) };
}

function occurrence(
  recording: Recording,
  options: Options,
  start: Moment | undefined,
  show: Show,
): Occurrence | undefined {
  const back = options.back === true;
  const within = side(recording, start, back);
  const query: OccurrenceQuery = {
    ...within,
    ...(options.pid.length > 0 ? { processes: options.pid.map((pid) => findProcess(recording, pid, start)) } : {}),
    ...(options.kind.length > 0 ? { kinds: kinds(options.kind) } : {}),
    ...(options.function.length > 0 ? { functions: functions(recording, options.function, show) } : {}),
    ...(options.match === undefined ? {} : { pattern: pattern(options.match, show.syntax) }),
    ...(options.text === undefined ? {} : { text: options.text }),
    ...(options.error ? { errors: true } : {}),
  };
  if (options.text === '') throw new UsageError('--text needs a text that is not empty');
  if (!within) return undefined;
  for (const found of recording.occurrences(query, { reverse: back })) return found;
  return undefined;
}

function change(recording: Recording, options: Options, start: Moment | undefined): Occurrence | undefined {
  const [pid, ...more] = options.pid;
  if (pid === undefined || more.length > 0) throw new UsageError('--path needs one --pid: whose state?');
  if (
    options.kind.length > 0 ||
    options.function.length > 0 ||
    options.match !== undefined ||
    options.text !== undefined ||
    options.error
  )
    throw new UsageError('--path stands alone: with --pid, --from and --back only');
  const process = findProcess(recording, pid, start);
  const part = path(options.path ?? '');
  const within = side(recording, start, options.back === true);
  if (!within) return undefined;
  for (const { seq, value, before } of recording.history(process, {
    part,
    ...within,
    reverse: options.back === true,
  })) {
    const event = before === undefined ? undefined : recording.event(seq);
    if (event) return { event, places: 'term' in value ? [{ term: 0, path: part, value: value.term }] : [] };
  }
  return undefined;
}
