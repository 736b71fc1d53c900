import { basename } from 'node:path';
import { Command } from 'commander';
import { offloadedDisk } from '../../fleet/index.js';
import { packRecording, unpackRecording } from '../../recording/index.js';
import { jsonOption, size } from '../options.js';
import { recordingPath } from '../recordings.js';
import { bytes } from '../show.js';

interface Options {
  max?: string;
  json?: boolean;
}

export const packCommand = (): Command =>
  new Command('pack')
    .description('put a recording into one file, to share')
    .argument('<recording>')
    .argument('[file]', 'default: NAME.escope.pack in this directory')
    .addOption(jsonOption())
    .action((name: string, file: string | undefined, options: Options) => {
      const path = recordingPath(name);
      const out = file ?? `${basename(path)}.pack`;
      const packed = packRecording(path, out, offloadedDisk());
      process.stdout.write(
        options.json
          ? `${JSON.stringify({ path: out, ...packed }, undefined, 2)}\n`
          : `${out}: ${packed.files} files, ${bytes(packed.bytes)} in ${bytes(packed.packedBytes)}\n`,
      );
    });

export const unpackCommand = (): Command =>
  new Command('unpack')
    .description('take a packed recording apart, checking everything in it')
    .argument('<file>')
    .argument('[dir]', 'default: the name of the file without .pack')
    .option('--max <size>', 'refuse to write more than this (default: 16GB)')
    .addOption(jsonOption())
    .action((file: string, directory: string | undefined, options: Options) => {
      const out = directory ?? (file.endsWith('.pack') ? basename(file).slice(0, -5) : `${basename(file)}.escope`);
      const unpacked = unpackRecording(file, out, options.max === undefined ? {} : { maxBytes: size(options.max) });
      process.stdout.write(
        options.json
          ? `${JSON.stringify({ path: out, ...unpacked }, undefined, 2)}\n`
          : `${out}: ${unpacked.files} files, ${bytes(unpacked.bytes)}\n`,
      );
    });
