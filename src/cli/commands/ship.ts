import { Command } from 'commander';
import { offloadedDisk, parseAddress, ship } from '../../fleet/index.js';
import { jsonOption } from '../options.js';
import { recordingPath } from '../recordings.js';
import { count } from '../show.js';
import { UsageError } from '../usage-error.js';

interface Options {
  to?: string;
  name?: string;
  follow?: boolean;
  quiet?: boolean;
  json?: boolean;
}

/** Where `--to` may also stand: a command line can be seen by others. */
export const SHIP_TO = 'ELIXIRSCOPE_SHIP_TO';

const say = (text: string): void => void process.stderr.write(`${text}\n`);

export const shipCommand = (): Command =>
  new Command('ship')
    .description('write a recording into a ClickHouse; killed, it goes on where it stopped; twice changes nothing')
    .argument('<recording>')
    .option('--to <url>', `clickhouse://user:password@host:port/database[?secure=1] (or in ${SHIP_TO})`)
    .option('--name <name>', 'its name there (default: that of the folder)')
    .option('--follow', 'go on with a recording that grows until it ends')
    .option('--quiet', 'no word about how far it is')
    .addOption(jsonOption())
    .addHelpText('after', '\nThe password may also stand in CLICKHOUSE_PASSWORD. Tables and examples: docs/fleet.md.')
    .action(async (recording: string, options: Options) => {
      const path = recordingPath(recording);
      const url = options.to ?? process.env[SHIP_TO];
      if (url === undefined) throw new UsageError('say where with --to clickhouse://user:password@host:port/database');
      const to = parseAddress(url);
      const stop = new AbortController();
      const abort = (): void => stop.abort();
      process.once('SIGINT', abort);
      process.once('SIGTERM', abort);
      const talks = options.quiet !== true && options.json !== true && process.stderr.isTTY;
      try {
        const result = await ship({
          path,
          to,
          disk: offloadedDisk(),
          ...(options.name === undefined ? {} : { name: options.name }),
          follow: options.follow === true,
          signal: stop.signal,
          onProgress: (events, of) => {
            if (talks) process.stderr.write(`\r${count(events)} of ${count(of)} events`);
          },
          onTrouble: (message) => say(`elixirscope: ${message}; trying again`),
        });
        if (talks) process.stderr.write('\r\u001b[K');
        if (options.json) process.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`);
        else if (!options.quiet)
          process.stdout.write(
            `${count(result.events)} events of "${result.name}" are in ${to.shown}, ${result.shipped === 0 ? 'none of them new' : `${count(result.shipped)} of them new`}${result.complete ? '' : ' (the recording is not complete)'}\n`,
          );
      } finally {
        process.off('SIGINT', abort);
        process.off('SIGTERM', abort);
      }
    });
