import type { Command } from 'commander';
import { wholeNumber } from '../options.js';
import { openProcess, processCommand, type ProcessOptions } from '../one-process.js';
import { count, counted } from '../show.js';
import { table } from '../table.js';

interface Options extends ProcessOptions {
  limit: string;
}

export const mailboxCommand = (): Command =>
  processCommand('mailbox', 'the messages that had arrived and were not handled yet')
    .option('--limit <n>', 'show at most so many', '1000')
    .action((name: string, pid: string, options: Options) => {
      const { recording, show, at, id } = openProcess(name, pid, options);
      const answer = recording.mailbox(id, at, wholeNumber(options.limit));
      if (options.json) {
        const messages = answer.messages.map((message) => ({
          seq: message.seq,
          ns: message.ns,
          from: message.from === 0 ? null : show.pid(message.from),
          message: show.term(message.message),
        }));
        process.stdout.write(
          `${JSON.stringify({ pid: show.pid(id), moment: at, exact: answer.exact, messages, gaps: answer.gaps }, undefined, 2)}\n`,
        );
        return;
      }
      const rows = answer.messages.map((message) => [
        `#${message.seq}`,
        show.time(message.ns),
        message.from === 0 ? '' : show.process(message.from),
        show.term(message.message),
      ]);
      const lines = [`${show.process(id)} at ${show.moment(at)}: ${counted(answer.messages.length, 'message')}`];
      if (!answer.exact) {
        lines.push(
          'handling is not recorded for this process: these are its arrivals so far, some of them may be taken already',
        );
      }
      if (rows.length > 0)
        lines.push(
          table(
            [
              { title: 'EVENT', right: true },
              { title: 'ARRIVED', right: true },
              { title: 'FROM' },
              { title: 'MESSAGE' },
            ],
            rows,
          ),
        );
      for (const gap of answer.gaps)
        lines.push(
          `${count(gap.count)} events are missing (${gap.reason}, ${show.time(gap.fromNs)} to ${show.time(gap.toNs)})`,
        );
      process.stdout.write(`${lines.join('\n')}\n`);
    });
