import type { Command } from 'commander';
import { openProcess, processCommand, type ProcessOptions } from '../one-process.js';
import { count } from '../show.js';

export const linksCommand = (): Command =>
  processCommand('links', 'the processes that a process was linked to at a moment').action(
    (name: string, pid: string, options: ProcessOptions) => {
      const { recording, show, at, id } = openProcess(name, pid, options);
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
    },
  );
