import { Command } from 'commander';
import { bringBack, offload, parseS3Target, readOffloadList } from '../../fleet/index.js';
import { jsonOption } from '../options.js';
import { recordingPath } from '../recordings.js';
import { bytes, count } from '../show.js';
import { UsageError } from '../usage-error.js';

interface Options {
  to?: string;
  back?: boolean;
  follow?: boolean;
  quiet?: boolean;
  json?: boolean;
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);

export const offloadCommand = (): Command =>
  new Command('offload')
    .description('move sealed segments to an S3-compatible store; the recording is read from there by range')
    .argument('<recording>')
    .option('--to <url>', 's3://bucket/prefix[?endpoint=https://host:port&region=NAME]')
    .option('--back', 'bring them back; what lies in the store stays there')
    .option('--follow', 'go on with a recording that grows until it ends')
    .option('--quiet', 'no word about how far it is')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nKeys are taken from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, each time they are needed.',
    )
    .action(async (recording: string, options: Options) => {
      const path = recordingPath(recording);
      if ((options.to === undefined) === (options.back !== true))
        throw new UsageError('say where with --to s3://bucket/prefix, or --back');
      const stop = new AbortController();
      const abort = (): void => stop.abort();
      process.once('SIGINT', abort);
      process.once('SIGTERM', abort);
      const talks = options.quiet !== true && options.json !== true;
      const common = {
        path,
        signal: stop.signal,
        onProgress: (file: string, size: number) => {
          if (talks) say(`${file}  ${bytes(size)}`);
        },
        onTrouble: (message: string) => say(`elixirscope: ${message}; trying again`),
      };
      try {
        if (options.to === undefined) {
          const { segments } = await bringBack(common);
          if (options.json) process.stdout.write(`${JSON.stringify({ segments }, undefined, 2)}\n`);
          else if (!options.quiet) process.stdout.write(`${count(segments)} segments are here again\n`);
          return;
        }
        const result = await offload({ ...common, to: parseS3Target(options.to), follow: options.follow === true });
        const list = readOffloadList(path);
        const where = list && result.segments > 0 ? ` in s3://${list.bucket}/${list.prefix}` : '';
        if (options.json)
          process.stdout.write(`${JSON.stringify({ ...result, ...(list ? { bucket: list.bucket, prefix: list.prefix } : {}) }, undefined, 2)}\n`); // prettier-ignore
        else if (!options.quiet)
          process.stdout.write(
            `${count(result.segments)} segments (${bytes(result.bytes)}) are${where}, ${count(result.moved)} of them new${result.segments === 0 ? ': none is sealed here' : ''}\n`,
          );
      } finally {
        process.off('SIGINT', abort);
        process.off('SIGTERM', abort);
      }
    });
