import { Command } from 'commander';
import { offloadedDisk } from '../../fleet/index.js';
import { openRecording, redactRecording } from '../../recording/index.js';
import { collect, findProcess, jsonOption } from '../options.js';
import { newRecordingPath, recordingPath } from '../recordings.js';
import { count } from '../show.js';
import { UsageError } from '../usage-error.js';

interface Options {
  out: string;
  pid: string[];
  key: string[];
  values?: boolean;
  json?: boolean;
}

export const redactCommand = (): Command =>
  new Command('redact')
    .description('write a recording without chosen values, to show to others')
    .argument('<recording>')
    .requiredOption('--out <dir>', 'where the redacted recording goes')
    .option('--pid <pid>', 'what this process sent, got, held, was given and gave (may be repeated)', collect, [])
    .option('--key <word>', 'values under keys that contain this word (may be repeated)', collect, [])
    .option('--values', 'all values: only who did what when is left')
    .addOption(jsonOption())
    .action((name: string, options: Options) => {
      if (options.pid.length === 0 && options.key.length === 0 && !options.values)
        throw new UsageError('say what to take out: --pid, --key or --values');
      if (options.key.some((word) => word.trim() === '')) throw new UsageError('--key needs a word');
      const path = recordingPath(name);
      const disk = offloadedDisk();
      const recording = openRecording(path, { disk });
      const processes = options.pid.map((pid) => findProcess(recording, pid));
      recording.close();
      const out = newRecordingPath(options.out, '');
      const done = redactRecording(path, out, { disk, processes, keys: options.key, values: options.values ?? false });
      process.stdout.write(
        options.json
          ? `${JSON.stringify({ path: out, ...done }, undefined, 2)}\n`
          : `${out}: values taken out of ${count(done.changed)} of ${count(done.events)} events\n`,
      );
    });
