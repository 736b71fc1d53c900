import { Command } from 'commander';
import type { Recording } from '../../recording/index.js';
import { atOption, collect, findProcess, jsonOption, moment, range, syntaxOption, wholeNumber } from '../options.js';
import { openNamed } from '../recordings.js';
import { count, Show, type Syntax } from '../show.js';
import { table } from '../table.js';

interface Options {
  inFlight?: boolean;
  at: string;
  pid: string[];
  from?: string;
  to?: string;
  limit: string;
  json?: boolean;
  syntax?: Syntax;
}

export const messagesCommand = (): Command =>
  new Command('messages')
    .description('messages with when they were sent, arrived and were handled; or those on their way at a moment')
    .argument('<recording>')
    .option('--in-flight', 'those sent and not arrived at the moment of --at')
    .addOption(atOption())
    .option('--pid <pid>', 'sent or received by this process (pid or name; may be repeated)', collect, [])
    .option('--from <moment>', 'sent from this moment on')
    .option('--to <moment>', 'sent up to this moment')
    .option('--limit <n>', 'at most so many, taken evenly', '100')
    .addOption(syntaxOption())
    .addOption(jsonOption())
    .action((name: string, options: Options) => {
      const recording = openNamed(name);
      const show = new Show(recording, options.syntax);
      const { rows, total } = options.inFlight ? flying(recording, options) : sent(recording, options);
      if (options.json) {
        const json = rows.map((row) => ({
          sendSeq: row.sendSeq,
          sendNs: row.sendNs,
          from: show.pid(row.from),
          to: row.to === 0 ? null : show.pid(row.to),
          arriveSeq: row.arriveSeq || null,
          handleSeq: row.handleSeq || null,
          message: text(recording, row.sendSeq, show),
        }));
        process.stdout.write(`${JSON.stringify(json, undefined, 2)}\n`);
        return;
      }
      const event = (seq: number): string => (seq === 0 ? '' : `#${seq}`);
      const lines = rows.map((row) => [
        event(row.sendSeq),
        show.time(row.sendNs),
        event(row.arriveSeq),
        event(row.handleSeq),
        show.process(row.from),
        row.to === 0 ? '' : show.process(row.to),
        text(recording, row.sendSeq, show),
      ]);
      const columns = [
        { title: 'SENT', right: true },
        { title: 'AT', right: true },
        { title: 'ARRIVED', right: true },
        { title: 'HANDLED', right: true },
        { title: 'FROM' },
        { title: 'TO' },
        { title: 'MESSAGE' },
      ];
      const which = options.inFlight ? `on their way at ${show.moment(moment(recording, options.at))}` : 'messages';
      process.stdout.write(
        `${rows.length > 0 ? `${table(columns, lines)}\n` : ''}${rows.length < total ? `${count(rows.length)} of ${count(total)}` : count(total)} ${which}\n`,
      );
    });

interface Row {
  sendSeq: number;
  sendNs: number;
  from: number;
  to: number;
  arriveSeq: number;
  handleSeq: number;
}

function sent(recording: Recording, options: Options): { rows: Row[]; total: number } {
  const { from, to } = range(recording, options);
  const processes =
    options.pid.length > 0
      ? options.pid.map((pid) => findProcess(recording, pid, to))
      : recording.processes().map(({ id }) => id);
  const window = {
    fromNs: from?.ns ?? 0,
    toNs: to?.ns ?? recording.end().ns,
    processes,
    limit: wholeNumber(options.limit),
  };
  const { arrows, total } = recording.arrows(window);
  return { rows: arrows, total };
}

function flying(recording: Recording, options: Options): { rows: Row[]; total: number } {
  const at = moment(recording, options.at);
  const only = options.pid.length > 0 ? new Set(options.pid.map((pid) => findProcess(recording, pid, at))) : undefined;
  const found = recording
    .inFlight(at)
    .filter(({ from, to }) => !only || only.has(from) || only.has(to))
    .map(({ sendSeq, ns, from, to, arriveSeq }) => ({ sendSeq, sendNs: ns, from, to, arriveSeq, handleSeq: 0 }));
  return { rows: found.slice(0, wholeNumber(options.limit)), total: found.length };
}

function text(recording: Recording, seq: number, show: Show): string {
  const message = recording.event(seq)?.terms[0];
  return message === undefined ? '' : show.term(message);
}
