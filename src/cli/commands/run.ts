import { Command } from 'commander';
import { exitCode, run } from '../../capture/index.js';

import { offloadedDisk } from '../../fleet/index.js';
import { openRecording } from '../../recording/index.js';
import { serveRecording } from '../../server/index.js';
import { Companions, companionOptions, type CompanionOptions } from '../companions.js';
import { captureChange, captureOptions, keepOption, type CaptureOptions } from '../capture-options.js';
import { depthChanger } from '../depth-changer.js';
import { plannedByHand, plannedByItself } from '../plans.js';
import { newRecordingPath } from '../recordings.js';
import { summary } from '../summary.js';

interface Options extends CaptureOptions, CompanionOptions {
  calls: boolean;
  out?: string;
  open?: boolean;
  quiet?: boolean;
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);

export const runCommand = (): Command =>
  companionOptions(
    captureOptions(
      new Command('run')
        .description('run a command as always and record every BEAM node that it starts')
        .usage('[options] -- COMMAND [ARGS…]')
        .argument(
          '<command...>',
          'for example: mix test, iex -S mix, mix phx.server, elixir x.exs, erl …, rebar3 shell',
        )
        .passThroughOptions()
        .option('--no-calls', 'not even the calls of the modules of this project')
        .option('--out <dir>', 'where the recording goes (default: a new one in ~/.local/share/elixirscope)')
        .option('--open', 'serve the browser view, live, while the program runs and afterwards until Ctrl-C')
        .option('--quiet', 'no word from elixirscope unless something is wrong'),
    ),
  ).action(async (command: string[], options: Options) => {
    const path = newRecordingPath(options.out, command.join(' '));
    const { change, plan } =
      options.plan !== undefined || !options.calls
        ? plannedByHand(options.plan, options.depth, command.join(' '))
        : await plannedByItself(options.depth, command);
    const companions = await Companions.prepare(options);
    let server: Awaited<ReturnType<typeof serveRecording>> | undefined;
    let opening: Promise<void> | undefined;
    const result = await run({
      command,
      path,
      keep: keepOption(options.keep),
      plan,
      change: { ...captureChange(options), ...change },
      onNote: (note) => {
        if (note.level === 'warning' || !options.quiet) say(`elixirscope: ${note.text}`);
      },
      onRecording: () => {
        companions.begin(path);
        if (!options.open || opening) return;
        opening = serveRecording(openRecording(path, { disk: offloadedDisk() }), {
          changeDepth: depthChanger(path),
        }).then((started) => {
          server = started;
          say(`elixirscope: live at ${started.url}`);
        });
        opening.catch((error: unknown) => say(`elixirscope: cannot serve the browser view: ${String(error)}`));
      },
    });
    process.exitCode = exitCode(result);
    if (result.failure) say(`elixirscope: the recording ended early: ${result.failure.message}`);
    if (!result.recorded) {
      say(
        'elixirscope: nothing was recorded: no BEAM node of OTP 25 or later was started by this command, or its ERL_AFLAGS were taken away',
      );
      return;
    }
    if (!options.quiet) say(summary(path));
    await companions.ended();
    await opening?.catch(() => undefined);
    if (server) {
      say(`elixirscope: the recording is open at ${server.url} until Ctrl-C`);
      await new Promise<void>((resolve) => process.once('SIGINT', () => resolve()));
      await server.close();
    }
    // The program's own end by a signal is ours too, as a shell would see it.
    if (result.signal !== undefined) process.kill(process.pid, result.signal);
  });
