/** The command `elixirscope`. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { attachCommand } from './commands/attach.js';
import { depthCommand } from './commands/depth.js';
import { compareCommand } from './commands/compare.js';
import { crashesCommand } from './commands/crashes.js';
import { eventsCommand } from './commands/events.js';
import { findCommand } from './commands/find.js';
import { historyCommand } from './commands/history.js';
import { exceptionsCommand } from './commands/exceptions.js';
import { exportCommand } from './commands/export.js';
import { infoCommand } from './commands/info.js';
import { linksCommand } from './commands/links.js';
import { linesCommand } from './commands/lines.js';
import { mailboxCommand } from './commands/mailbox.js';
import { marksCommand } from './commands/marks.js';
import { messagesCommand } from './commands/messages.js';
import { namesCommand } from './commands/names.js';
import { nextCommand } from './commands/next.js';
import { offloadCommand } from './commands/offload.js';
import { openCommand } from './commands/open.js';
import { planCommand } from './commands/plan.js';
import { psCommand } from './commands/ps.js';
import { runCommand } from './commands/run.js';
import { sqlCommand } from './commands/sql.js';
import { stackCommand } from './commands/stack.js';
import { stateCommand } from './commands/state.js';
import { tableCommand } from './commands/table.js';
import { totalsCommand } from './commands/totals.js';
import { variablesCommand } from './commands/variables.js';
import { whyCommand } from './commands/why.js';
import { packCommand, unpackCommand } from './commands/pack.js';
import { redactCommand } from './commands/redact.js';
import { repairCommand } from './commands/repair.js';
import { shipCommand } from './commands/ship.js';
import { sliceCommand } from './commands/slice.js';
import { verifyCommand } from './commands/verify.js';
import { UsageError } from './usage-error.js';

const EXIT_USAGE = 2;

function program(): Command {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  return new Command('elixirscope')
    .description('A time-travel debugger for running Elixir and Erlang systems.')
    .version(version)
    .helpCommand(false)
    .enablePositionalOptions()
    .exitOverride()
    .commandsGroup('Record:')
    .addCommand(runCommand())
    .addCommand(attachCommand())
    .addCommand(planCommand())
    .addCommand(depthCommand())
    .commandsGroup('Look:')
    .addCommand(openCommand())
    .addCommand(infoCommand())
    .addCommand(psCommand())
    .addCommand(eventsCommand())
    .addCommand(stateCommand())
    .addCommand(mailboxCommand())
    .addCommand(stackCommand())
    .addCommand(variablesCommand())
    .addCommand(linesCommand())
    .addCommand(tableCommand())
    .addCommand(linksCommand())
    .addCommand(namesCommand())
    .commandsGroup('Find out:')
    .addCommand(crashesCommand())
    .addCommand(exceptionsCommand())
    .addCommand(whyCommand())
    .addCommand(historyCommand())
    .addCommand(findCommand())
    .addCommand(nextCommand())
    .addCommand(messagesCommand())
    .addCommand(totalsCommand())
    .addCommand(compareCommand())
    .addCommand(sqlCommand())
    .addCommand(marksCommand())
    .commandsGroup('Share and keep:')
    .addCommand(exportCommand())
    .addCommand(shipCommand())
    .addCommand(offloadCommand())
    .addCommand(sliceCommand())
    .addCommand(redactCommand())
    .addCommand(packCommand())
    .addCommand(unpackCommand())
    .addCommand(verifyCommand())
    .addCommand(repairCommand())
    .addHelpText(
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
  const root = program();
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
