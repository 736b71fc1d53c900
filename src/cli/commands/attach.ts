import { Command } from 'commander';
import { attach } from '../../capture/index.js';
import { Companions, companionOptions, type CompanionOptions } from '../companions.js';
import { captureChange, captureOptions, keepOption, type CaptureOptions } from '../capture-options.js';
import { cookie } from '../cookie.js';
import { duration } from '../options.js';
import { plannedByHand } from '../plans.js';
import { newRecordingPath } from '../recordings.js';
import { summary } from '../summary.js';

interface Options extends CaptureOptions, CompanionOptions {
  cookie?: string;
  for?: string;
  out?: string;
  quiet?: boolean;
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);

export const attachCommand = (): Command =>
  companionOptions(
    captureOptions(
      new Command('attach')
        .description('record a node that already runs, until Ctrl-C; everything is taken back')
        .argument('<node>', 'for example my_app@localhost')
        .option(
          '--cookie <cookie>',
          'the cookie (default: $ELIXIRSCOPE_COOKIE, else ~/.erlang.cookie; safer, since others can see a command line)',
        )
        .option('--for <duration>', 'stop by itself: 500ms, 10s, 2m')
        .option('--out <dir>', 'where the recording goes (default: a new one in ~/.local/share/elixirscope)')
        .option('--quiet', 'no word from elixirscope unless something is wrong'),
    ),
  ).action(async (node: string, options: Options) => {
    const path = newRecordingPath(options.out, node);
    const companions = await Companions.prepare(options);
    const planned = plannedByHand(options.plan, options.depth, node);
    const stop = new AbortController();
    const abort = (): void => stop.abort();
    const milliseconds = options.for === undefined ? undefined : duration(options.for);
    let timer: NodeJS.Timeout | undefined;
    process.on('SIGINT', abort);
    process.on('SIGTERM', abort);
    try {
      const result = await attach({
        node,
        cookie: await cookie(options.cookie),
        path,
        signal: stop.signal,
        keep: keepOption(options.keep),
        plan: planned.plan,
        change: { ...captureChange(options), ...planned.change },
        onNote: (note) => {
          if (note.level === 'warning' || !options.quiet) say(`elixirscope: ${note.text}`);
        },
        onHello: (hello) => {
          companions.begin(path);
          const end = milliseconds === undefined ? 'Ctrl-C stops' : `for ${options.for ?? ''}`;
          if (!options.quiet) say(`elixirscope: recording ${hello.node} (OTP ${hello.otp}), ${end}`);
          if (milliseconds !== undefined) timer = setTimeout(abort, milliseconds);
        },
      });
      if (result.end !== 'asked') say(`elixirscope: ${result.end}`);
      if (result.failure) say(`elixirscope: the recording ended early: ${result.failure.message}`);
      if (result.recorded && !options.quiet) say(summary(path));
      await companions.ended();
      process.exitCode = result.recorded && !result.failure ? 0 : 1;
    } finally {
      clearTimeout(timer);
      process.off('SIGINT', abort);
      process.off('SIGTERM', abort);
    }
  });
