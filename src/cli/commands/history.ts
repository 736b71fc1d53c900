import { Command } from 'commander';
import type { StateChange } from '../../recording/index.js';
import { diffTerms, printTerm, renderDiff, type Change, type Path, type Resolved } from '../../term/index.js';
import { findProcess, jsonOption, limitOf, path, range, rangeOptions, syntaxOption, type Range } from '../options.js';
import { openNamed } from '../recordings.js';
import { Show, type Syntax } from '../show.js';
import { fit, terminalWidth } from '../table.js';
import { writeLine } from '../write.js';

interface Options extends Range {
  path?: string;
  json?: boolean;
  syntax?: Syntax;
}

export const historyCommand = (): Command => {
  const command = new Command('history')
    .description(
      'every change of the state of a process, or of one part of it: what changed, by which message, from whom',
    )
    .argument('<recording>')
    .argument('<pid>', '<0.123.0> or a registered name')
    .option('--path <path>', 'only changes of this part: orders[3].status');
  for (const option of rangeOptions()) command.addOption(option);
  return command
    .addOption(syntaxOption())
    .addOption(jsonOption())
    .action(async (name: string, pid: string, options: Options) => {
      const recording = openNamed(name);
      const show = new Show(recording, options.syntax);
      const within = range(recording, options);
      const id = findProcess(recording, pid, within.to ?? within.from);
      const part = options.path === undefined ? [] : path(options.path);
      let left = limitOf(options);
      let written = 0;
      if (left > 0)
        for (const change of recording.history(id, { part, ...within, reverse: options.last === true })) {
          written++;
          await writeLine(
            options.json ? JSON.stringify(changeJson(change, part, show)) : changeText(change, part, show),
          );
          if (--left === 0) break;
        }
      if (written === 0) process.stderr.write(`no change of the state of ${show.process(id)} is recorded here\n`);
    });
};

function changeJson(change: StateChange, part: Path, show: Show): unknown {
  const { cause } = change;
  return {
    seq: change.seq,
    ns: change.ns,
    value: valueText(change.value, show),
    before: change.before === undefined ? null : valueText(change.before, show),
    certain: change.certain,
    found: change.found,
    diff: diffOf(change, part, show) ?? [],
    cause: cause && {
      seq: cause.seq,
      function: show.function(cause.fn) || null,
      message: cause.message === undefined ? null : show.term(cause.message),
      from: cause.from === 0 ? null : show.pid(cause.from),
      arriveSeq: cause.arriveSeq || null,
      sendSeq: cause.sendSeq || null,
    },
  };
}

function changeText(change: StateChange, part: Path, show: Show): string {
  const width = terminalWidth();
  const { cause } = change;
  const by = cause
    ? [
        show.function(cause.fn),
        cause.message === undefined ? '' : show.term(cause.message),
        cause.from === 0 ? '' : `from ${show.process(cause.from)}`,
      ]
    : [change.before === undefined ? 'found like this' : 'changed unseen'];
  const head = `${`#${change.seq}`.padStart(9)}  ${show.time(change.ns).padStart(11)}  ${by.filter((text) => text !== '').join('  ')}`;
  const lines = diffOf(change, part, show) ?? [`= ${valueText(change.value, show) ?? missing(change.value)}`];
  if (!change.certain) lines.push('? not recorded whole: it may be the same');
  return [head, ...lines.map((line) => `           ${line}`)].map((line) => fit(line, width)).join('\n');
}

/** Lines of the difference; undefined where there is nothing to compare with. */
export function diffOf(change: Pick<StateChange, 'before' | 'value'>, part: Path, show: Show): string[] | undefined {
  const { before, value } = change;
  if (before === undefined) return undefined;
  const changes: Change[] = [];
  if ('term' in before && 'term' in value)
    changes.push(
      ...diffTerms(before.term, value.term)
        .filter((each) => !unknownAlike(each))
        .map((each) => ({ ...each, path: [...part, ...each.path] })),
    );
  else if ('term' in value && isAbsent(before)) changes.push({ kind: 'added', path: part, after: value.term });
  else if ('term' in before && isAbsent(value)) changes.push({ kind: 'removed', path: part, before: before.term });
  if (changes.length > 0) return renderDiff(changes, { syntax: show.syntax }).split('\n');
  const side = (resolved: Resolved): string => valueText(resolved, show) ?? missing(resolved);
  return 'term' in before && 'term' in value ? [] : [`${side(before)} → ${side(value)}`];
}

/** A secret or a cut value that looks as before: in a list of changes it would stand at every one. */
const unknownAlike = (change: Change): boolean =>
  change.kind === 'unknown' && printTerm(change.before) === printTerm(change.after);

const isAbsent = (value: Resolved): boolean => !('term' in value) && value.missing === 'absent';

export const valueText = (value: Resolved, show: Show): string | null =>
  'term' in value ? show.term(value.term) : null;

export const missing = (value: Resolved): string =>
  'term' in value ? '' : value.missing === 'cut' ? '(not recorded)' : '(nothing)';
