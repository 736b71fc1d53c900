import { Command } from 'commander';
import type { Moment, Recording } from '../../recording/index.js';
import { printTerm } from '../../term/index.js';
import { gapLines } from '../code-text.js';
import { atOption, jsonOption, moment, syntaxOption, wholeNumber } from '../options.js';
import { openNamed } from '../recordings.js';
import { counted, Show, type Syntax } from '../show.js';
import { similar } from '../similar.js';
import { table } from '../table.js';
import { UsageError } from '../usage-error.js';

interface Options {
  at: string;
  limit: string;
  json?: boolean;
  syntax?: Syntax;
}

/** So many calls are looked at for names that may have been meant. */
const LOOK = 20_000;

export const tableCommand = (): Command =>
  new Command('table')
    .description('the rows of an ETS table at a moment, as far as its use is recorded')
    .argument('<recording>')
    .argument('<table>', 'a name (Shop.Cache, :cache) or a reference')
    .addOption(atOption())
    .option('--limit <n>', 'at most so many rows', '1000')
    .addOption(syntaxOption())
    .addOption(jsonOption())
    .action((name: string, wanted: string, options: Options) => {
      const recording = openNamed(name);
      const show = new Show(recording, options.syntax);
      const at = moment(recording, options.at);
      const answer = recording.tableRows(wanted, at, wholeNumber(options.limit));
      if (answer.rows.length === 0 && !answer.complete) throw new UsageError(nothing(recording, wanted, at, show));
      if (options.json) {
        const rows = answer.rows.map(({ key, value, seq }) => ({
          key: show.term(key),
          value: value === undefined ? null : show.term(value),
          gone: value === undefined,
          seq,
        }));
        const json = { table: wanted, moment: at, complete: answer.complete, rows, gaps: answer.gaps };
        process.stdout.write(`${JSON.stringify(json, undefined, 2)}\n`);
        return;
      }
      const lines = [`${wanted} at ${show.moment(at)}: ${counted(answer.rows.length, 'row')}`];
      if (!answer.complete) lines.push('more may be in it: only what was written, found or taken while it was recorded is known'); // prettier-ignore
      if (answer.rows.length > 0)
        lines.push(
          table(
            [{ title: 'EVENT', right: true }, { title: 'KEY' }, { title: 'ROW' }],
            answer.rows.map(({ key, value, seq }) => [
              `#${seq}`,
              show.term(key),
              value === undefined ? '(gone)' : show.term(value),
            ]),
          ),
        );
      lines.push(...gapLines(answer.gaps, show, 'rows may be others by now'));
      process.stdout.write(`${lines.join('\n')}\n`);
    });

function nothing(recording: Recording, wanted: string, at: Moment, show: Show): string {
  if ((recording.info().kinds.table ?? 0) === 0)
    return 'calls of ets are not in this recording: elixirscope run --tables -- COMMAND records them';
  const names = new Set<string>();
  let looked = 0;
  for (const event of recording.events({ kinds: ['table'] })) {
    if (looked++ >= LOOK) break;
    const args = event.terms[0]?.kind === 'list' ? event.terms[0].elements : [];
    if (args[0]) names.add(printTerm(args[0], { syntax: show.syntax }).replace(/^:/, ''));
  }
  const meant = similar(wanted.replace(/^:/, ''), names);
  return `nothing is known of a table "${wanted}" at ${show.moment(at)}${meant === undefined ? '' : ` (did you mean ${meant}?)`}`;
}
