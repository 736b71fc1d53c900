import { Command } from 'commander';
import type { Crash } from '../../recording/index.js';
import { limitOf, listed, listOptions, type ListOptions } from '../options.js';
import { openNamed } from '../recordings.js';
import { Show } from '../show.js';
import { fit, terminalWidth } from '../table.js';
import { writeLine } from '../write.js';

export function crashesCommand(): Command {
  const command = new Command('crashes')
    .description('callbacks that raised and processes that ended badly, each once')
    .argument('<recording>');
  for (const option of listOptions()) command.addOption(option);
  return command.action(async (name: string, options: ListOptions) => {
    const recording = openNamed(name);
    const show = new Show(recording, options.syntax);
    const limit = limitOf(options);
    let written = 0;
    for (const crash of recording.crashes(listed(recording, options))) {
      if (written++ >= limit) break;
      await writeLine(options.json ? JSON.stringify(json(crash, show)) : fit(line(crash, show), terminalWidth()));
    }
    if (written === 0 && !options.json) {
      const raised = (recording.info().kinds.exception ?? 0) > 0;
      process.stderr.write(
        `no crash is recorded here${raised ? `; elixirscope exceptions ${name} lists what functions raised` : ''}\n`,
      );
    }
  });
}

function json(crash: Crash, show: Show): unknown {
  const { seq, ns, process: id, fn, reason, exitSeq, follows } = crash;
  return {
    seq,
    ns,
    pid: show.pid(id),
    process: show.process(id),
    function: show.function(fn) || null,
    reason: reason === undefined ? null : show.term(reason),
    exitSeq: exitSeq || null,
    follows: follows || null,
  };
}

function line(crash: Crash, show: Show): string {
  const parts = [
    `${String(crash.seq).padStart(8)}  ${show.time(crash.ns).padStart(13)}  ${show.process(crash.process)}`,
    crash.fn === 0 ? '' : `in ${show.function(crash.fn)}`,
    crash.follows === 0 ? '' : `taken along by #${crash.follows}`,
    crash.reason === undefined ? '' : show.term(crash.reason),
  ];
  return parts.filter((part) => part !== '').join('  ');
}
