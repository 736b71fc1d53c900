import { Command } from 'commander';
import { atOption, jsonOption, moment, syntaxOption } from '../options.js';
import { openNamed } from '../recordings.js';
import { count, Show, type Syntax } from '../show.js';
import { table } from '../table.js';

interface Options {
  at: string;
  json?: boolean;
  syntax?: Syntax;
}

export const namesCommand = (): Command =>
  new Command('names')
    .description('the names registered at a moment, and whose they were')
    .argument('<recording>')
    .addOption(atOption())
    .addOption(syntaxOption())
    .addOption(jsonOption())
    .action((recordingName: string, options: Options) => {
      const recording = openNamed(recordingName);
      const show = new Show(recording, options.syntax);
      const at = moment(recording, options.at);
      const names = recording.names(at);
      if (options.json) {
        const json = names.map(({ name, process: id }) => ({ name, pid: show.pid(id) }));
        process.stdout.write(`${JSON.stringify(json, undefined, 2)}\n`);
        return;
      }
      const rows = names.map(({ name, process: id }) => [show.pid(id), show.name(name)]);
      process.stdout.write(
        `${table([{ title: 'PID' }, { title: 'NAME' }], rows)}\n${count(names.length)} names at ${show.moment(at)}\n`,
      );
    });
