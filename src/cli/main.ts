/** The command `elixirscope`. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { COMMANDS } from './commands.js';
import { UsageError } from './usage-error.js';

const EXIT_USAGE = 2;

/** @param wanted the only command that is needed; all where there is none of that name */
async function program(wanted: string | undefined): Promise<Command> {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const root = new Command('elixirscope')
    .description('A time-travel debugger for running Elixir and Erlang systems.')
    .version(version)
    .helpCommand(false)
    .enablePositionalOptions()
    .exitOverride();
  const groups = Object.entries(COMMANDS);
  const alone = groups.some(([, commands]) => wanted !== undefined && Object.hasOwn(commands, wanted));
  for (const [heading, commands] of groups) {
    root.commandsGroup(heading);
    for (const [name, load] of Object.entries(commands)) if (!alone || name === wanted) root.addCommand(await load());
  }
  return root.addHelpText(
    'after',
    `
Examples:
  elixirscope run -- mix test                       record a program from its start
  elixirscope plan -- mix test                      what would be recorded, how deep and why
  elixirscope attach my_app@localhost --for 10s     record a node that runs
  elixirscope open last                             travel through the newest recording in the browser
  elixirscope state last Shop.Stock --at +1.25s     the state of a process at a moment
  elixirscope why last Shop.Stock 'free["mug"]'     who wrote that value, and what led to it

A RECORDING is a directory, "last" for the newest one, or clickhouse://host:port/database/NAME.
A MOMENT is start, end, +1.25s, #4711 (after that event) or nanoseconds since the start.`,
  );
}

/** Wrong use ends in one line on what is wrong and one on what would be right. */
function prepare(command: Command, name: string): void {
  command
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'elixirscope: ')) })
    .showHelpAfterError(`usage: ${name} ${command.usage()}   ("${name} --help" says more)`);
}

/** @returns the exit status */
export async function main(argv: readonly string[]): Promise<number> {
  // A pager or `head` that has seen enough is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  const root = await program(argv[0]);
  prepare(root, 'elixirscope');
  for (const command of root.commands) prepare(command, `elixirscope ${command.name()}`);
  try {
    await root.parseAsync(argv, { from: 'user' });
    return typeof process.exitCode === 'number' ? process.exitCode : 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
    if (error instanceof UsageError) {
      process.stderr.write(`elixirscope: ${error.message}\n`);
      return EXIT_USAGE;
    }
    process.stderr.write(`elixirscope: ${error instanceof Error ? error.message : String(error)}\n`);
    if (process.env['ELIXIRSCOPE_DEBUG'] && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
    return 1;
  }
}
