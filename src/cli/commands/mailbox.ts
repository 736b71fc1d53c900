import { Command } from 'commander';
import { atOption, findProcess, jsonOption, moment, syntaxOption, wholeNumber } from '../options.js';
import { openNamed } from '../recordings.js';
import { count, counted, Show, type Syntax } from '../show.js';
import { table } from '../table.js';

interface Options {
  at: string;
  limit: string;
  json?: boolean;
  syntax?: Syntax;
}

export const mailboxCommand = (): Command =>
  new Command('mailbox')
    .description('the messages that had arrived and were not handled yet')
    .argument('<recording>')
    .argument('<pid>', '<0.123.0> or a registered name')
    .addOption(atOption())
    .option('--limit <n>', 'show at most so many', '1000')
    .addOption(syntaxOption())
    .addOption(jsonOption())
    .action((name: string, pid: string, options: Options) => {
      const recording = openNamed(name);
      const show = new Show(recording, options.syntax);
      const at = moment(recording, options.at);
      const id = findProcess(recording, pid, at);
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
