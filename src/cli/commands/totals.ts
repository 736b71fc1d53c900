import { Command, Option } from 'commander';
import { formatNs, type BulkRecording } from '../../recording/index.js';
import { wholeArea, type WholeArea } from '../../server/index.js';
import { collect, edge, findProcess, jsonOption, syntaxOption, wholeNumber } from '../options.js';
import { openNamed } from '../recordings.js';
import { bytes, count, counted, Show, type Syntax } from '../show.js';
import { table } from '../table.js';
import { UsageError } from '../usage-error.js';
import { writeLine } from '../write.js';

const SORTS = ['own', 'total', 'calls', 'longest', 'count', 'bytes', 'median', 'max'] as const;

interface Options {
  from?: string;
  to?: string;
  process: string[];
  sort?: (typeof SORTS)[number];
  limit: string;
  json?: boolean;
  folded?: boolean;
  syntax?: Syntax;
}

export const totalsCommand = (): Command =>
  new Command('totals')
    .description('of a part of time and processes: time by function, messages by pair, stacks for a flame graph')
    .argument('<recording>')
    .option('--from <moment>', 'from this moment on')
    .option('--to <moment>', 'up to this moment')
    .option('--process <pid>', 'only of this process (pid or name; may be repeated)', collect, [])
    .addOption(
      new Option('--sort <by>', 'the largest first: own, total, calls or longest; count, bytes, median or max').choices(
        SORTS,
      ),
    ) // prettier-ignore
    .option('--limit <n>', 'rows of each table', '20')
    .addOption(
      new Option('--folded', 'only stacks, as "outer;inner nanoseconds", for flame graph tools').conflicts('json'),
    ) // prettier-ignore
    .addOption(syntaxOption())
    .addOption(jsonOption())
    .action(async (name: string, options: Options) => {
      const recording = openNamed(name);
      const show = new Show(recording, options.syntax);
      const found = whole(recording, options);
      if (options.folded) {
        for (const { fns, ownNs } of found.stacks)
          await writeLine(`${fns.map((fn) => frame(show, fn)).join(';')} ${Math.round(ownNs)}`);
        if (found.stacks.length === 0) process.stderr.write('no calls or callbacks are recorded here\n');
      } else if (options.json) process.stdout.write(`${JSON.stringify(json(recording, found, show), undefined, 2)}\n`);
      else process.stdout.write(text(found, show));
    });

/** Times are those of the area: what was under way at an edge counts as far as it lies inside. */
function whole(recording: BulkRecording, options: Options): WholeArea & { fromNs: number } {
  const fromNs = options.from === undefined ? recording.start().ns : edge(recording, options.from);
  const toNs = options.to === undefined ? recording.end().ns : edge(recording, options.to);
  if (toNs < fromNs) throw new UsageError('--to lies before --from');
  const processes = options.process.map((pid) => findProcess(recording, pid, recording.momentAt(toNs)));
  const query = { fromNs, toNs: Math.max(toNs, fromNs + 1), processes: processes.length > 0 ? processes : undefined };
  return { ...wholeArea(recording, query, { limit: wholeNumber(options.limit), sort: options.sort }), fromNs };
}

/** As one step of a folded stack: what separates steps and the number must not stand in it. */
function frame(show: Show, fn: number): string {
  return (fn === 0 ? 'others' : show.function(fn) || 'unknown').replaceAll(';', ',').replaceAll(/\s+/g, '_');
}

const orNull = (ns: number): number | null => (ns < 0 ? null : ns);

function json(recording: BulkRecording, found: WholeArea & { fromNs: number }, show: Show): unknown {
  const { fromNs, toNs, events, calls, messages, processes, born, ended, errors, busyNs, scheduled } = found;
  return {
    ...{ fromNs, toNs, events, calls, messages, processes, born, ended, errors, busyNs },
    missing: recording.gaps(fromNs, toNs).reduce((sum, gap) => sum + gap.count, 0),
    functions: found.functions.map(({ fn, longest, ...figures }) => ({
      function: show.function(fn) || null,
      ...figures,
      longestNs: longest.ns,
      longestSeq: longest.seq,
    })),
    functionsTotal: found.functionsTotal,
    pairs: found.pairs.map(({ from, to, count: sent, bytes: size, arriveNs, handleNs, slowest }) => ({
      from: from === 0 ? null : show.pid(from),
      to: to === 0 ? null : show.pid(to),
      fromName: from === 0 ? null : show.process(from),
      toName: to === 0 ? null : show.process(to),
      count: sent,
      bytes: size,
      arriveNs: orNull(arriveNs),
      handleNs: orNull(handleNs),
      slowestNs: orNull(slowest.ns),
      slowestSeq: slowest.seq || null,
    })),
    pairsTotal: found.pairsTotal,
    pairsOthers: found.pairsOthers,
    processRows: found.processRows.map((row) => ({
      ...row,
      process: show.pid(row.process),
      name: show.process(row.process),
      runningNs: scheduled ? orNull(row.runningNs) : null,
    })),
  };
}

function text(found: WholeArea & { fromNs: number }, show: Show): string {
  const { fromNs, toNs, events, calls, messages, processes, errors, busyNs } = found;
  const what = [counted(events, 'event'), counted(calls, 'call'), counted(messages, 'message'), counted(processes, 'process', 'processes'), counted(errors, 'error')]; // prettier-ignore
  const parts = [`${show.time(fromNs)} to ${show.time(toNs)} (${formatNs(toNs - fromNs)}): ${what.join(', ')}`];
  const known = (ns: number): string => (ns < 0 ? '' : formatNs(ns));
  if (found.functions.length > 0)
    parts.push(
      table(
        [
          { title: 'OWN', right: true },
          { title: '%', right: true },
          { title: 'TOTAL', right: true },
          { title: 'CALLS', right: true },
          { title: 'LONGEST', right: true },
          { title: 'FUNCTION' },
        ],
        found.functions.map((row) => [
          formatNs(row.ownNs),
          ((100 * row.ownNs) / Math.max(1, busyNs)).toFixed(1),
          formatNs(row.totalNs),
          `${count(row.calls)}${row.before > 0 ? ` (+${count(row.before)})` : ''}`,
          known(row.longest.ns),
          `${show.function(row.fn) || 'unknown'}${row.raised > 0 ? `  ${counted(row.raised, 'exception')}` : ''}`,
        ]),
      ) + rest(found.functions.length, found.functionsTotal, 'function'),
    );
  if (found.pairs.length > 0)
    parts.push(
      table(
        [
          { title: 'MESSAGES', right: true },
          { title: 'SIZE', right: true },
          { title: 'ARRIVED', right: true },
          { title: 'HANDLED', right: true },
          { title: 'SLOWEST', right: true },
          { title: 'FROM' },
          { title: 'TO' },
        ],
        found.pairs.map((row) => [
          count(row.count),
          row.bytes > 0 ? bytes(row.bytes) : '',
          known(row.arriveNs),
          known(row.handleNs),
          row.slowest.seq > 0 ? `${formatNs(row.slowest.ns)} #${String(row.slowest.seq)}` : '',
          show.process(row.from),
          show.process(row.to),
        ]),
      ) +
        rest(found.pairs.length, found.pairsTotal, 'pair') +
        (found.pairsOthers > 0
          ? `\n${counted(found.pairsOthers, 'message')} more between pairs that are too many to tell apart`
          : ''),
    );
  if (found.functions.length === 0 && found.pairs.length === 0)
    parts.push('no calls and no messages are recorded here');
  return `${parts.join('\n\n')}\n`;
}

const rest = (shown: number, total: number, what: string): string =>
  shown < total ? `\n${count(shown)} of ${counted(total, what)}: --limit ${String(total)} for all` : '';
