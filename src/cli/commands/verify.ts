import { Command } from 'commander';
import { offloadedDisk } from '../../fleet/index.js';
import { problemText, verifyRecording } from '../../recording/index.js';
import { jsonOption } from '../options.js';
import { recordingPath } from '../recordings.js';
import { bytes, count } from '../show.js';

interface Options {
  json?: boolean;
}

export const verifyCommand = (): Command =>
  new Command('verify')
    .description('read every byte of a recording and check it; exit status 1 when something is damaged')
    .argument('<recording>')
    .addOption(jsonOption())
    .action((name: string, options: Options) => {
      const path = recordingPath(name);
      const found = verifyRecording(path, offloadedDisk());
      if (!found.sound) process.exitCode = 1;
      if (options.json) {
        process.stdout.write(`${JSON.stringify({ path, ...found }, undefined, 2)}\n`);
        return;
      }
      const all = `${count(found.events)} events in ${count(found.blocks)} blocks, ${found.files} files, ${bytes(found.bytes)}`;
      const verdict = !found.sound
        ? 'damaged: "elixirscope repair" keeps what is whole'
        : found.finished
          ? 'everything is whole'
          : found.live
            ? 'everything is whole so far; it is still being recorded'
            : 'everything is whole, but the recorder did not end it: "elixirscope repair" does';
      process.stdout.write(`${[path, all, ...found.problems.map(problemText), verdict].join('\n')}\n`);
    });
