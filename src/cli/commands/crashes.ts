import { Command } from 'commander';
import type { Crash } from '../../recording/index.js';
import { collect, findProcess, jsonOption, limitOf, range, syntaxOption, type Range } from '../options.js';
import { openNamed } from '../recordings.js';
import { Show, type Syntax } from '../show.js';
import { fit, terminalWidth } from '../table.js';
import { writeLine } from '../write.js';

interface Options extends Range {
  pid: string[];
  json?: boolean;
  syntax?: Syntax;
}

export const crashesCommand = (): Command =>
  new Command('crashes')
    .description('callbacks that raised and processes that ended badly, each once')
    .argument('<recording>')
    .option('--pid <pid>', 'only of this process (pid or name; may be repeated)', collect, [])
    .option('--from <moment>', 'from this moment on')
    .option('--to <moment>', 'up to this moment')
    .option('--limit <n>', 'at most so many')
    .addOption(syntaxOption())
    .addOption(jsonOption())
    .action(async (name: string, options: Options) => {
      const recording = openNamed(name);
      const show = new Show(recording, options.syntax);
      const within = range(recording, options);
      const processes = options.pid.map((pid) => findProcess(recording, pid, within.from));
      const limit = limitOf(options);
      let written = 0;
      for (const crash of recording.crashes({ ...within, ...(processes.length > 0 ? { processes } : {}) })) {
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
