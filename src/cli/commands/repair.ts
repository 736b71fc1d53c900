import { Command } from 'commander';
import { offloadedDisk } from '../../fleet/index.js';
import { problemText, repairRecording } from '../../recording/index.js';
import { jsonOption } from '../options.js';
import { newRecordingPath, recordingPath } from '../recordings.js';
import { count } from '../show.js';

interface Options {
  out?: string;
  json?: boolean;
}

export const repairCommand = (): Command =>
  new Command('repair')
    .description('keep everything of a damaged or unfinished recording that is whole; what is lost becomes a gap')
    .argument('<recording>')
    .option(
      '--out <dir>',
      'write the repaired one here (default: in place; the damaged one is kept as NAME.damaged.escope)',
    )
    .addOption(jsonOption())
    .action((name: string, options: Options) => {
      const out = options.out === undefined ? undefined : newRecordingPath(options.out, '');
      const repair = repairRecording(recordingPath(name), out, offloadedDisk());
      if (options.json) {
        process.stdout.write(`${JSON.stringify(repair, undefined, 2)}\n`);
        return;
      }
      if (repair.problems.length === 0) {
        process.stdout.write('nothing is wrong with it\n');
        return;
      }
      const lines = [
        ...repair.problems.map(problemText),
        `${count(repair.events)} events kept, ${repair.lost === 0 ? 'none known to be lost' : `${count(repair.lost)} lost`}: ${repair.path}`,
        ...(repair.kept === undefined ? [] : [`as it was: ${repair.kept}`]),
      ];
      process.stdout.write(`${lines.join('\n')}\n`);
    });
