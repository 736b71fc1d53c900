import type { Command } from 'commander';
import { diffTerms, renderDiff } from '../../term/index.js';
import type { Moment, Recording, StateAnswer } from '../../recording/index.js';
import { openProcess, processCommand, type ProcessOptions } from '../one-process.js';
import type { Show } from '../show.js';
import { terminalWidth } from '../table.js';
import { UsageError } from '../usage-error.js';

interface Options extends ProcessOptions {
  diff?: boolean;
}

const WIDTH = 100;

export const stateCommand = (): Command =>
  processCommand('state', 'the state of an OTP process at a moment, and what last changed it')
    .option('--diff', 'show what the last change did')
    .action((name: string, pid: string, options: Options) => {
      const { recording, show, at, id } = openProcess(name, pid, options);
      const answer = recording.state(id, at);
      if (!answer)
        throw new UsageError(
          `no state of ${show.process(id)} is known at ${show.moment(at)}: ${why(recording, id, at, show)}`,
        );
      const { changed } = answer;
      const diff = options.diff && answer.previous ? diffTerms(answer.previous.value, answer.value) : undefined;
      if (options.json) {
        const json = {
          pid: show.pid(id),
          moment: at,
          value: show.term(answer.value),
          changed: changed && {
            seq: changed.seq,
            ns: changed.ns,
            function: show.function(changed.fn) || null,
            message: changed.message === undefined ? null : show.term(changed.message),
            from: changed.from === 0 ? null : show.pid(changed.from),
            arriveSeq: changed.arriveSeq || null,
            sendSeq: changed.sendSeq || null,
          },
          previous: answer.previous === undefined ? null : show.term(answer.previous.value),
          gaps: answer.gaps,
          ...(diff ? { diff: renderDiff(diff, { syntax: show.syntax }).split('\n') } : {}),
        };
        process.stdout.write(`${JSON.stringify(json, undefined, 2)}\n`);
        return;
      }
      const width = Math.min(terminalWidth() || WIDTH, 160);
      process.stdout.write(
        `${show.process(id)} at ${show.moment(at)}\n\n${show.term(answer.value, width)}\n\n${cause(answer, show)}\n`,
      );
      if (options.diff) {
        process.stdout.write(
          diff
            ? `\n${renderDiff(diff, { syntax: show.syntax })}\n`
            : '\nno earlier state is recorded to compare with\n',
        );
      }
    });

function cause(answer: StateAnswer, show: Show): string {
  const { changed } = answer;
  const lines: string[] = [];
  if (!changed) lines.push(`found like this at ${show.moment(answer)}; what made it so was not recorded`);
  else {
    lines.push(`changed at ${show.moment(changed)} by ${show.function(changed.fn)}`);
    if (changed.message !== undefined) lines.push(`  message  ${show.term(changed.message)}`);
    if (changed.from !== 0) lines.push(`  from     ${show.process(changed.from)}`);
    const trail = [
      changed.sendSeq === 0 ? undefined : `sent #${changed.sendSeq}`,
      changed.arriveSeq === 0 ? undefined : `arrived #${changed.arriveSeq}`,
      `changed the state #${answer.seq}`,
    ];
    lines.push(`  trail    ${trail.filter((step) => step !== undefined).join(' → ')}`);
  }
  for (const gap of answer.gaps) {
    lines.push(
      `since then ${gap.count} events are missing (${gap.reason}, ${show.time(gap.fromNs)} to ${show.time(gap.toNs)}): the state may be newer`,
    );
  }
  return lines.join('\n');
}

function why(recording: Recording, id: number, at: Moment, show: Show): string {
  const process = recording.processes()[id - 1];
  if (process !== undefined && process.spawnSeq > at.seq)
    return `it was started at ${show.moment(recording.momentOf(process.spawnSeq))}`;
  if (process?.behaviour === undefined)
    return 'it is not known to run an OTP behaviour, and only those have a recorded state';
  return 'none of its callbacks had run by then, so it was not seen';
}
