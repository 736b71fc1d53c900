import { Command } from 'commander';
import { offloadedDisk } from '../../fleet/index.js';
import { openRecording, sliceRecording } from '../../recording/index.js';
import { collect, findProcess, jsonOption, moment } from '../options.js';
import { newRecordingPath, recordingPath } from '../recordings.js';
import { count } from '../show.js';

interface Options {
  from: string;
  to: string;
  out: string;
  pid: string[];
  json?: boolean;
}

export const sliceCommand = (): Command =>
  new Command('slice')
    .description('cut a window out of a recording: a smaller one that answers the same questions')
    .argument('<recording>')
    .option('--from <moment>', 'start, +1.25s, #4711 or nanoseconds', 'start')
    .option('--to <moment>', 'the last moment of the window', 'end')
    .option('--pid <pid>', 'only this process and what it has to do with (may be repeated)', collect, [])
    .requiredOption('--out <dir>', 'where the slice goes')
    .addOption(jsonOption())
    .action((name: string, options: Options) => {
      const path = recordingPath(name);
      const disk = offloadedDisk();
      const recording = openRecording(path, { disk });
      const from = moment(recording, options.from);
      const to = moment(recording, options.to);
      const processes = options.pid.map((pid) => findProcess(recording, pid, to));
      recording.close();
      const out = newRecordingPath(options.out, '');
      const slice = sliceRecording(path, out, { from, to, disk, ...(processes.length > 0 ? { processes } : {}) });
      process.stdout.write(
        options.json
          ? `${JSON.stringify({ path: out, ...slice }, undefined, 2)}\n`
          : `${out}: ${count(slice.events)} events, and ${count(slice.keyframe)} that say what stood when the window begins\n`,
      );
    });
