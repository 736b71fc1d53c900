import type { Command } from 'commander';
import { callText, gapLines, howToRecord, placeText } from '../code-text.js';
import type { Seq, VariablesAnswer } from '../../recording/index.js';
import { wholeNumber } from '../options.js';
import { openProcess, processCommand, type ProcessOptions } from '../one-process.js';
import type { Show } from '../show.js';
import { counted } from '../show.js';
import { table } from '../table.js';
import { UsageError } from '../usage-error.js';

interface Options extends ProcessOptions {
  frame?: string;
}

export const variablesCommand = (): Command =>
  processCommand('variables', 'what the variables of a function held at a moment')
    .option('--frame <n>', 'of this frame, as "stack" numbers them (default: 0, the innermost)')
    .action((name: string, pid: string, options: Options) => {
      const { recording, show, at, id } = openProcess(name, pid, options);
      let frame: Seq | undefined;
      if (options.frame !== undefined) {
        const n = wholeNumber(options.frame);
        const { frames } = recording.stack(id, at, n + 1);
        frame = frames[n]?.seq;
        if (frame === undefined && frames.length > 0)
          throw new UsageError(`there is no frame ${n}: the stack has ${counted(frames.length, 'frame')}, from 0 on`);
      }
      const answer = recording.variables(id, at, frame);
      if (answer === undefined)
        throw new UsageError(
          `${show.process(id)} is in no recorded function at ${show.moment(at)}. ${howToRecord(recording, id, show)}`,
        );
      if (options.json) {
        const json = {
          pid: show.pid(id),
          moment: at,
          frame: {
            seq: answer.frame.seq,
            function: show.function(answer.frame.fn) || null,
            args: answer.frame.args?.kind === 'list' ? answer.frame.args.elements.map((arg) => show.term(arg)) : null,
            line: answer.frame.line ?? null,
          },
          variables: answer.variables.map((one) => ({
            name: one.name,
            value: show.term(one.value),
            line: one.line,
            seq: one.seq,
          })),
          why: answer.why ?? null,
          gaps: answer.gaps,
        };
        process.stdout.write(`${JSON.stringify(json, undefined, 2)}\n`);
        return;
      }
      const fn = recording.function(answer.frame.fn);
      const place = placeText(answer.frame, fn, recording.sources());
      const lines = [
        `${show.process(id)} at ${show.moment(at)}`,
        `${callText(fn, answer.frame.args, show)}${place === '' ? '' : `, ${place}`}`,
        '',
        variables(answer, show),
      ];
      lines.push(...gapLines(answer.gaps, show, 'a value may be newer'));
      process.stdout.write(`${lines.join('\n')}\n`);
    });

function variables({ variables: found, why }: VariablesAnswer, show: Show): string {
  const rows = found.map(({ name, value, line, seq }) => [
    name,
    line === 0 ? '' : String(line),
    `#${seq}`,
    show.term(value),
  ]);
  const list = table(
    [{ title: 'NAME' }, { title: 'LINE', right: true }, { title: 'EVENT', right: true }, { title: 'VALUE' }],
    rows,
  );
  if (why === undefined) return found.length === 0 ? 'it has no variables there' : list;
  return found.length === 0 ? why : `${list}\n${why}`;
}
