import { Command } from 'commander';
import { collect, findProcess, jsonOption, kinds, moment, syntaxOption, wholeNumber } from '../options.js';
import type { EventFilter, RecordedEvent } from '../../recording/index.js';
import { eventJson, eventLine } from '../event-line.js';
import { openNamed } from '../recordings.js';
import { Show, type Syntax } from '../show.js';
import { fit, terminalWidth } from '../table.js';

interface Options {
  pid: string[];
  kind: string[];
  from?: string;
  to?: string;
  limit?: string;
  last?: boolean;
  json?: boolean;
  syntax?: Syntax;
}

export const eventsCommand = (): Command =>
  new Command('events')
    .description('the events of a recording, in order')
    .argument('<recording>')
    .option('--pid <pid>', 'only of this process (pid or name; may be repeated)', collect, [])
    .option('--kind <kind>', 'only of this kind (may be repeated, or a,b)', collect, [])
    .option('--from <moment>', 'from this moment on')
    .option('--to <moment>', 'up to this moment')
    .option('--limit <n>', 'at most so many')
    .option('--last', 'the newest first')
    .addOption(syntaxOption())
    .addOption(jsonOption())
    .action(async (name: string, options: Options) => {
      const recording = openNamed(name);
      const show = new Show(recording, options.syntax);
      const limit = options.limit === undefined ? Infinity : wholeNumber(options.limit);
      const filter: EventFilter = {};
      if (options.from !== undefined) filter.from = moment(recording, options.from);
      if (options.to !== undefined) filter.to = moment(recording, options.to);
      if (options.pid.length > 0) filter.processes = options.pid.map((pid) => findProcess(recording, pid, filter.from));
      if (options.kind.length > 0) filter.kinds = kinds(options.kind);
      const line = (event: RecordedEvent): string =>
        options.json ? JSON.stringify(eventJson(event, show)) : fit(eventLine(event, show), terminalWidth());
      let written = 0;
      for (const event of recording.events(filter, { reverse: options.last === true })) {
        if (written++ >= limit) break;
        if (!process.stdout.write(`${line(event)}\n`)) {
          await new Promise((resolve) => process.stdout.once('drain', resolve));
        }
      }
      if (written === 0 && !options.json) process.stderr.write('no such event in this recording\n');
    });
