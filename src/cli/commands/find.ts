import { Command } from 'commander';
import type { OccurrenceQuery } from '../../recording/index.js';
import {
  collect,
  findProcess,
  jsonOption,
  kinds,
  limitOf,
  pattern,
  range,
  rangeOptions,
  syntaxOption,
  type Range,
} from '../options.js';
import { occurrenceJson, occurrenceText } from '../occurrence-text.js';
import { openNamed } from '../recordings.js';
import { Show, type Syntax } from '../show.js';
import { UsageError } from '../usage-error.js';
import { writeLine } from '../write.js';

interface Options extends Range {
  match?: string;
  pid: string[];
  kind: string[];
  json?: boolean;
  syntax?: Syntax;
}

const LIMIT = 100;

export const findCommand = (): Command => {
  const command = new Command('find')
    .description('every event that holds a text or a value, and where in it')
    .argument('<recording>')
    .argument('[text]', 'occurs in a binary, atom or charlist, case and all')
    .option('--match <pattern>', 'a value matches: {:reserve, _, %{"mug" => _}}, 118, "GET " <> _')
    .option('--pid <pid>', 'only of this process (pid or name; may be repeated)', collect, [])
    .option('--kind <kind>', 'only of this kind (may be repeated, or a,b)', collect, []);
  for (const option of rangeOptions())
    command.addOption(option.long === '--limit' ? option.default(String(LIMIT)) : option);
  return command
    .addOption(syntaxOption())
    .addOption(jsonOption())
    .action(async (name: string, text: string | undefined, options: Options) => {
      if ((text === undefined || text === '') && options.match === undefined)
        throw new UsageError('what is to be found? Give a text, or a pattern with --match');
      const recording = openNamed(name);
      const show = new Show(recording, options.syntax);
      const query: OccurrenceQuery = {
        ...range(recording, options),
        ...(text === undefined || text === '' ? {} : { text }),
        ...(options.match === undefined ? {} : { pattern: pattern(options.match, show.syntax) }),
        ...(options.kind.length > 0 ? { kinds: kinds(options.kind) } : {}),
      };
      if (options.pid.length > 0) query.processes = options.pid.map((pid) => findProcess(recording, pid, query.from));
      const limit = limitOf(options, LIMIT);
      let written = 0;
      for (const found of recording.occurrences(query, { reverse: options.last === true })) {
        if (written === limit) {
          process.stderr.write(`there is more than these ${limit}: ask for it with --limit\n`);
          return;
        }
        written++;
        await writeLine(options.json ? JSON.stringify(occurrenceJson(found, show)) : occurrenceText(found, show));
      }
      if (written === 0) process.stderr.write('found nowhere in what was recorded\n');
    });
};
