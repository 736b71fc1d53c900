import type { Command } from 'commander';
import { callText, gapLines, howToRecord, placeText } from '../code-text.js';
import { wholeNumber } from '../options.js';
import { openProcess, processCommand, type ProcessOptions } from '../one-process.js';
import { count } from '../show.js';
import { table } from '../table.js';

interface Options extends ProcessOptions {
  limit: string;
}

export const stackCommand = (): Command =>
  processCommand('stack', 'the functions that a process was in at a moment, with their arguments')
    .option('--limit <n>', 'at most so many, the innermost', '100')
    .action((name: string, pid: string, options: Options) => {
      const { recording, show, at, id } = openProcess(name, pid, options);
      const answer = recording.stack(id, at, wholeNumber(options.limit));
      const sources = recording.sources();
      if (options.json) {
        const frames = answer.frames.map((frame) => {
          const fn = recording.function(frame.fn);
          return {
            seq: frame.seq,
            ns: frame.ns,
            function: show.function(frame.fn) || null,
            args: frame.args?.kind === 'list' ? frame.args.elements.map((arg) => show.term(arg)) : null,
            line: frame.line ?? null,
            lineSeq: frame.lineSeq || null,
            file: sources.find(({ module, node }) => module === fn?.module && node === fn.node)?.file ?? null,
          };
        });
        const json = { pid: show.pid(id), moment: at, frames, more: answer.more, gaps: answer.gaps };
        process.stdout.write(`${JSON.stringify(json, undefined, 2)}\n`);
        return;
      }
      const lines = [`${show.process(id)} at ${show.moment(at)}`];
      if (answer.frames.length === 0) {
        lines.push(
          recording.alive(id, at) ? 'in no function that is recorded' : 'it is not alive then',
          howToRecord(recording, id, show),
        );
      } else {
        const rows = answer.frames.map((frame, n) => {
          const fn = recording.function(frame.fn);
          const callback = recording.event(frame.seq)?.kind === 'handle' ? ' (callback)' : '';
          return [
            String(n),
            `#${frame.seq}`,
            show.time(frame.ns),
            placeText(frame, fn, sources),
            callText(fn, frame.args, show) + callback,
          ];
        });
        lines.push(
          table(
            [
              { title: 'FRAME', right: true },
              { title: 'EVENT', right: true },
              { title: 'SINCE', right: true },
              { title: 'AT' },
              { title: 'FUNCTION' },
            ],
            rows,
          ),
        );
        if (answer.more > 0) lines.push(`… and ${count(answer.more)} more outside of these (--limit)`);
      }
      lines.push(...gapLines(answer.gaps, show, 'frames may be missing, or over'));
      process.stdout.write(`${lines.join('\n')}\n`);
    });
