/**
 * `--ship` and `--offload` while recording: processes of their own that follow the recording's files, so that neither their work nor a slow
 * network holds up the recorder. They end when the recording does, also when we are killed.
 */
import { spawn } from 'node:child_process';
import type { Command } from 'commander';
import { parseAddress, parseS3Target, prepareOffload, prepareShipping } from '../fleet/index.js';
import { SHIP_TO } from './commands/ship.js';
import { UsageError } from './usage-error.js';

export interface CompanionOptions {
  ship?: string;
  offload?: string;
  keep?: string;
}

export const companionOptions = (command: Command): Command =>
  command
    .option('--ship <url>', 'write it into a ClickHouse too, while it is recorded: see "elixirscope ship"')
    .option('--offload <url>', 'move what is sealed to an S3-compatible store: see "elixirscope offload"');

export class Companions {
  readonly #started: Promise<void>[] = [];
  #begun = false;

  private constructor(private readonly options: CompanionOptions) {}

  /** Before anything is recorded: what cannot work is said now. */
  static async prepare(options: CompanionOptions): Promise<Companions> {
    if (options.ship !== undefined) {
      if (options.keep !== undefined)
        throw new UsageError('--ship and --keep do not go together: what is dropped here could be missing there');
      await prepareShipping(parseAddress(options.ship));
    }
    if (options.offload !== undefined) {
      if (options.keep !== undefined)
        throw new UsageError('--offload and --keep do not go together: what lies in the store would not be dropped');
      await prepareOffload(parseS3Target(options.offload));
    }
    return new Companions(options);
  }

  /** Once the recording's files are there. */
  begin(path: string): void {
    if (this.#begun) return;
    this.#begun = true;
    const { ship, offload } = this.options;
    if (ship !== undefined) this.#start(['ship', path, '--follow', '--quiet'], { [SHIP_TO]: ship });
    if (offload !== undefined) this.#start(['offload', path, '--to', offload, '--follow', '--quiet'], {});
  }

  /** When they have done their work. */
  async ended(): Promise<void> {
    await Promise.all(this.#started);
  }

  #start(words: string[], env: Record<string, string>): void {
    const child = spawn(process.execPath, [...process.execArgv, process.argv[1]!, ...words], {
      stdio: ['ignore', 'ignore', 'inherit'],
      // Ctrl-C in the terminal ends the recording, and what follows it ends with that.
      detached: true,
      env: { ...process.env, ...env },
    });
    this.#started.push(
      new Promise((resolve) => {
        child.once('error', (error) => {
          process.stderr.write(`elixirscope: ${words[0]!} did not start: ${error.message}\n`);
          resolve();
        });
        child.once('close', (code) => {
          if (code !== 0)
            process.stderr.write(
              `elixirscope: not all of it was taken along; "elixirscope ${words[0]!} ${words[1]!}" goes on with it\n`,
            );
          resolve();
        });
      }),
    );
  }
}
