import { Command } from 'commander';
import type { LineExecutions, LineValues, Moment, Recording } from '../../recording/index.js';
import { findModule } from '../code-text.js';
import { atOption, findProcess, jsonOption, moment, syntaxOption, wholeNumber } from '../options.js';
import { openNamed } from '../recordings.js';
import { printAfter } from '../print-after.js';
import { Show, type Syntax } from '../show.js';
import { fit, terminalWidth } from '../table.js';
import { UsageError } from '../usage-error.js';

interface Options {
  pid?: string;
  at: string;
  from?: string;
  to?: string;
  lines?: string;
  print?: string;
  line?: string;
  onlyTrue?: boolean;
  limit?: string;
  json?: boolean;
  syntax?: Syntax;
}

/** Values beside a line are a hint, not the whole. */
const VALUE = 60;

export const linesCommand = (): Command =>
  new Command('lines')
    .description('the source of a module with how often each line ran, and the values that a process saw there')
    .argument('<recording>')
    .argument('<module>', 'Shop.Stock, :shop_stock')
    .option('--pid <pid>', 'only what this process ran, and its values')
    .addOption(atOption())
    .option('--from <moment>', 'count from this moment on')
    .option('--to <moment>', 'count up to this moment')
    .option('--lines <from-to>', 'only these lines of the source')
    .option('--print <expression>', 'the value of an expression at every execution of --line, over the variables there')
    .option('--line <number>', 'the line for --print')
    .option('--only-true', 'only executions at which the expression is neither nil nor false')
    .option('--limit <n>', 'at most so many values (default: 200)')
    .addOption(syntaxOption())
    .addOption(jsonOption())
    .action((name: string, wanted: string, options: Options) => {
      const recording = openNamed(name);
      const show = new Show(recording, options.syntax);
      const module = findModule(recording, wanted, show);
      const at = moment(recording, options.at);
      const pid = options.pid === undefined ? undefined : findProcess(recording, options.pid, at);
      if (options.print !== undefined) {
        const { print: expression, onlyTrue = false, json = false } = options;
        if (options.line === undefined) throw new UsageError('--print needs the line: --line 48');
        const limit = options.limit === undefined ? 200 : wholeNumber(options.limit);
        const from = options.from === undefined ? undefined : after(moment(recording, options.from));
        const to = options.to === undefined ? at : moment(recording, options.to);
        const where = { module, line: wholeNumber(options.line), expression, from, to, process: pid };
        process.stdout.write(printAfter(recording, show, { ...where, onlyTrue, limit, json }));
        return;
      }
      const executed = recording.lines(module, {
        ...(options.from === undefined ? {} : { from: after(moment(recording, options.from)) }),
        to: options.to === undefined ? at : moment(recording, options.to),
        ...(pid === undefined ? {} : { process: pid }),
      });
      const values = pid === undefined ? [] : recording.lineValues(module, pid, at);
      const source = recording.sources().find((one) => one.module === module);
      if (options.json) {
        const json = {
          module: show.name(module),
          file: source?.file ?? null,
          why: source?.why ?? null,
          moment: at,
          pid: pid === undefined ? null : show.pid(pid),
          lines: executed,
          values: values.map((line) => ({
            line: line.line,
            seq: line.seq,
            ns: line.ns,
            values: line.values.map((one) => ({ ...one, value: show.term(one.value) })),
          })),
        };
        process.stdout.write(`${JSON.stringify(json, undefined, 2)}\n`);
        return;
      }
      const head = [`${show.name(module)}${source === undefined ? '' : `  ${source.file}`}`];
      if (source?.why !== undefined) head.push(source.why);
      if (executed.length === 0) head.push('none of its lines ran, as far as recorded');
      const text = source?.text?.replace(/\n$/, '').split('\n') ?? pointTexts(recording, module);
      const range = rangeOf(options.lines, text.length);
      process.stdout.write(`${[...head, ...listing(text, range, executed, values, show)].join('\n')}\n`);
    });

/** A window begins with the event after the moment that begins it. */
const after = ({ seq, ns }: Moment): Moment => ({ seq: seq + 1, ns });

/** Without a source: what the points tell stands in their lines. */
function pointTexts(recording: Recording, module: string): string[] {
  const text: string[] = [];
  for (const { point } of recording.points(module)) {
    if (point === undefined || point.line === 0 || point.line > 100_000) continue;
    while (text.length < point.line) text.push('');
    text[point.line - 1] ||= point.label;
  }
  return text;
}

function rangeOf(text: string | undefined, last: number): { from: number; to: number } {
  if (text === undefined) return { from: 1, to: last };
  const [from, to] = text.split('-', 2);
  const first = wholeNumber(from ?? '');
  return { from: Math.max(1, first), to: Math.min(last, to === undefined ? first : wholeNumber(to)) };
}

function listing(
  text: readonly string[],
  { from, to }: { from: number; to: number },
  executed: readonly LineExecutions[],
  values: readonly LineValues[],
  show: Show,
): string[] {
  const counts = new Map(executed.map(({ line, count }) => [line, count]));
  const beside = new Map(values.map((line) => [line.line, line.values]));
  const widest = Math.max(4, ...executed.map(({ count }) => String(count).length + 1));
  const digits = String(to).length;
  const width = terminalWidth();
  const found: string[] = [];
  for (let line = from; line <= to; line++) {
    const count = counts.get(line);
    const known = (beside.get(line) ?? []).map(({ label, value }) => `${label} = ${fit(show.term(value), VALUE)}`);
    const margin = `${count === undefined ? '' : `${count}×`}`.padStart(widest);
    const hint = known.length === 0 ? '' : `   ← ${known.join(', ')}`;
    found.push(fit(`${margin} ${String(line).padStart(digits)} │ ${text[line - 1] ?? ''}${hint}`.trimEnd(), width));
  }
  return found;
}
