import { Command } from 'commander';
import { Raises, raiseText, type Raise } from '../../recording/index.js';
import { limitOf, listed, listOptions, type ListOptions } from '../options.js';
import { openNamed } from '../recordings.js';
import { Show } from '../show.js';
import { fit, terminalWidth } from '../table.js';
import { writeLine } from '../write.js';

interface Options extends ListOptions {
  tests?: boolean;
}

export function exceptionsCommand(): Command {
  const command = new Command('exceptions')
    .description('exceptions that left recorded functions, each once, and the tests that failed by one')
    .argument('<recording>')
    .option('--tests', 'only those that ended a test');
  for (const option of listOptions()) command.addOption(option);
  return command.action(async (name: string, options: Options) => {
    const recording = openNamed(name);
    const show = new Show(recording, options.syntax);
    const limit = limitOf(options);
    const raises = new Raises((fn) => recording.function(fn));
    for (const event of recording.events({ ...listed(recording, options), kinds: ['exception'] })) raises.add(event);
    const wanted = raises.list.filter((each) => options.tests !== true || each.test).slice(0, limit);
    for (const each of wanted)
      await writeLine(options.json ? JSON.stringify(json(each, show)) : fit(line(each, show), terminalWidth()));
    if (wanted.length === 0 && !options.json)
      process.stderr.write(
        options.tests === true
          ? 'no failed test is recorded here\n'
          : 'no exception is recorded here: only those of recorded functions are seen\n',
      );
  });
}

function json(raise: Raise, show: Show): unknown {
  const { seq, ns, process: id, fn, outermost, class: kind, reason, test } = raise;
  return {
    seq,
    ns,
    pid: show.pid(id),
    process: show.process(id),
    function: show.function(fn) || null,
    outermost: show.function(outermost) || null,
    class: kind ?? null,
    reason: reason === undefined ? null : show.term(reason),
    test,
  };
}

function line(raise: Raise, show: Show): string {
  const { seq, ns, process: id, fn, outermost, test } = raise;
  return [
    `${String(seq).padStart(8)}  ${show.time(ns).padStart(13)}  ${test ? 'test failed' : 'exception'}`,
    show.process(id),
    `in ${show.function(fn)}`,
    outermost === fn ? '' : `through ${show.function(outermost)}`,
    raiseText(raise, { syntax: show.syntax }),
  ]
    .filter((part) => part !== '')
    .join('  ');
}
