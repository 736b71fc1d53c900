import { Command } from 'commander';
import { atOption, findProcess, jsonOption, moment, syntaxOption } from '../options.js';
import { openNamed } from '../recordings.js';
import { count, Show, type Syntax } from '../show.js';

interface Options {
  at: string;
  json?: boolean;
  syntax?: Syntax;
}

export const linksCommand = (): Command =>
  new Command('links')
    .description('the processes that a process was linked to at a moment')
    .argument('<recording>')
    .argument('<pid>', '<0.123.0> or a registered name')
    .addOption(atOption())
    .addOption(syntaxOption())
    .addOption(jsonOption())
    .action((name: string, pid: string, options: Options) => {
      const recording = openNamed(name);
      const show = new Show(recording, options.syntax);
      const at = moment(recording, options.at);
      const id = findProcess(recording, pid, at);
      const links = recording.links(id, at);
      const gaps = recording.gaps(0, at.ns);
      if (options.json) {
        const json = { pid: show.pid(id), moment: at, alive: recording.alive(id, at), links: links.map((each) => show.pid(each)), gaps }; // prettier-ignore
        process.stdout.write(`${JSON.stringify(json, undefined, 2)}\n`);
        return;
      }
      const lines = [
        `${show.process(id)} at ${show.moment(at)}: ${recording.alive(id, at) ? `${count(links.length)} links` : 'not alive'}`,
        ...links.map((each) => `  ${show.process(each)}`),
      ];
      if (gaps.length > 0) lines.push('events before this moment are missing: links made or broken then are not known');
      process.stdout.write(`${lines.join('\n')}\n`);
    });
