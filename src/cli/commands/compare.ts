import { Command } from 'commander';
import {
  alignAll,
  counterpart,
  differencesOf,
  Execution,
  SystemComparison,
  type Difference,
  type PairResult,
  type Row,
  type Side,
} from '../../compare/index.js';
import type { RecordedEvent, Recording } from '../../recording/index.js';
import { eventJson, eventLine } from '../event-line.js';
import { findProcess, jsonOption, moment, syntaxOption, wholeNumber } from '../options.js';
import { openNamed } from '../recordings.js';
import { portOf, serveUntilStopped } from '../serve-until-stopped.js';
import { count, counted, Show, type Syntax } from '../show.js';
import { fit, terminalWidth } from '../table.js';
import { UsageError } from '../usage-error.js';

interface Options {
  process?: string;
  other?: string;
  at?: string;
  otherAt?: string;
  limit: string;
  open?: boolean;
  port?: string;
  json?: boolean;
  syntax?: Syntax;
}

/** Rows that are the same are shown so far around those that differ. */
const AROUND = 2;

export const compareCommand = (): Command =>
  new Command('compare')
    .description('two executions side by side, aligned by what happened: where they first differ, and in what')
    .argument('<recording>', 'A')
    .argument('[other]', 'B; without it, two processes or moments of A')
    .option('--process <pid>', 'of this process of A (pid or name; default: where the two first differ)')
    .option('--other <pid>', 'with this process of B (default: the one with the same role)')
    .option('--at <moment>', 'from this moment of A on')
    .option('--other-at <moment>', 'from this moment of B on')
    .option('--limit <n>', 'at most so many rows that differ', '20')
    .option('--open', 'in the browser')
    .option('--port <port>', 'with --open: the port to listen on (default: a free one)')
    .addOption(syntaxOption())
    .addOption(jsonOption())
    .action(async (name: string, otherName: string | undefined, options: Options) => {
      const port = portOf(options.port);
      const first = openNamed(name);
      const second = otherName === undefined ? first : openNamed(otherName);
      const comparison = new Comparison(first, second, options);
      const sides = comparison.chosen();
      if (options.open) {
        const hash = sides === undefined ? 'main=compare' : `main=compare&cmp=${comparison.address(sides)}`;
        await serveUntilStopped(first, { port, ...(second === first ? {} : { other: second }) }, hash);
      } else if (options.json) comparison.writeJson(sides);
      else comparison.write(sides);
      first.close();
      if (second !== first) second.close();
    });

interface Sides {
  left: Side;
  right: Side;
}

class Comparison {
  private readonly left: Execution;
  private readonly right: Execution;
  private readonly shows: { left: Show; right: Show };
  private readonly limit: number;

  constructor(
    private readonly first: Recording,
    private readonly second: Recording,
    private readonly options: Options,
  ) {
    this.left = new Execution(first);
    this.right = first === second ? this.left : new Execution(second);
    this.shows = { left: new Show(first, options.syntax), right: new Show(second, options.syntax) };
    this.limit = wholeNumber(options.limit);
    if (
      first === second &&
      (options.process === undefined || (options.other === undefined && options.otherAt === undefined))
    )
      throw new UsageError(
        'name a second recording, or of this one two processes (--process Shop.Stock --other Shop.Cache) or two moments (--process Shop.Stock --at +1s --other-at +2s)',
      );
  }

  /** The two histories that were named; undefined: none. */
  chosen(): Sides | undefined {
    const { process, other, at = 'start', otherAt = 'start' } = this.options;
    if (process === undefined) {
      if (other !== undefined)
        throw new UsageError('--other goes with --process: which process of A is it compared with?');
      return undefined;
    }
    const [a, b] = [moment(this.first, at), moment(this.second, otherAt)];
    const left = findProcess(this.first, process, at === 'start' ? undefined : a);
    const right =
      other !== undefined
        ? findProcess(this.second, other, otherAt === 'start' ? undefined : b)
        : this.first === this.second
          ? left
          : counterpart(this.left, left, this.right);
    if (right === undefined)
      throw new UsageError(
        `B has no process that does what ${this.shows.left.process(left)} does in A: name one with --other`,
      );
    return {
      left: { execution: this.left, process: left, after: a.seq },
      right: { execution: this.right, process: right, after: b.seq },
    };
  }

  address({ left, right }: Sides): string {
    const which = this.first === this.second ? 0 : 1;
    return `0.${left.process}.${left.after}-${which}.${right.process}.${right.after}-0`;
  }

  write(chosen: Sides | undefined): void {
    const lines: string[] = [];
    const { left: one, right: other } = this.shows;
    let sides = chosen;
    if (chosen === undefined) {
      const system = this.system();
      lines.push(...this.summary(system));
      const found = system.first().first;
      sides = found && this.sidesOf(found);
    }
    if (sides !== undefined) {
      lines.push('', `A  ${one.process(sides.left.process)}`, `B  ${other.process(sides.right.process)}`, '');
      lines.push(...this.listing(sides));
    }
    const width = terminalWidth();
    process.stdout.write(`${lines.map((line) => fit(line, width)).join('\n')}\n`);
  }

  writeJson(chosen: Sides | undefined): void {
    const system = chosen === undefined ? this.system() : undefined;
    const { first, firstOther, elsewhere } = system?.first() ?? {};
    const sides = chosen ?? (first && this.sidesOf(first));
    const pair = (each: PairResult | undefined) =>
      each && {
        role: each.role,
        left: each.left === 0 ? null : this.shows.left.pid(each.left),
        right: each.right === 0 ? null : this.shows.right.pid(each.right),
        same: each.same,
        own: each.own,
        difference: each.difference ?? null,
      };
    const rows: unknown[] = [];
    let differing = 0;
    for (const row of sides === undefined ? [] : alignAll(sides.left, sides.right)) {
      if (row.kind === 'same') continue;
      if (differing++ >= this.limit) break;
      rows.push({
        kind: row.kind,
        left: row.left === undefined ? null : eventJson(row.left, this.shows.left),
        right: row.right === undefined ? null : eventJson(row.right, this.shows.right),
        differences: this.differences(row).map(({ where, left, right }) => ({
          where,
          left: left === undefined ? null : this.shows.left.term(left),
          right: right === undefined ? null : this.shows.right.term(right),
        })),
      });
    }
    const json = {
      first: pair(first) ?? null,
      firstOther: pair(firstOther) ?? null,
      elsewhere: pair(elsewhere) ?? null,
      ...(system === undefined
        ? {}
        : {
            processes: system.total,
            onlyLeft: system.matched.onlyLeft.length,
            onlyRight: system.matched.onlyRight.length,
            differing: system.differing().map(pair),
          }),
      rows,
    };
    process.stdout.write(`${JSON.stringify(json, undefined, 2)}\n`);
  }

  private system(): SystemComparison {
    const system = new SystemComparison(this.left, this.right);
    system.advance(() => true);
    return system;
  }

  private sidesOf({ left, right }: PairResult): Sides | undefined {
    if (left === 0 || right === 0) return undefined;
    return {
      left: { execution: this.left, process: left, after: 0 },
      right: { execution: this.right, process: right, after: 0 },
    };
  }

  private summary(system: SystemComparison): string[] {
    const { matched } = system;
    const differ = system.results.filter(({ difference }) => difference !== undefined).length;
    const lines = [
      `A  ${this.first.path}`,
      `B  ${this.second.path}`,
      `${counted(system.total, 'process', 'processes')} in both, ${count(differ)} of them differ${differ === 1 ? 's' : ''}; ${count(matched.onlyLeft.length)} only in A, ${count(matched.onlyRight.length)} only in B`,
    ];
    const { first, firstOther, elsewhere } = system.first();
    if (first === undefined) lines.push('', 'No difference: both did the same as far as both are recorded.');
    else lines.push('', `first difference: ${this.pairText(first)}`, ...this.eventsOf(first));
    if (firstOther !== undefined && firstOther !== first)
      lines.push(
        '',
        `first that is not only another order: ${this.pairText(firstOther)}`,
        ...this.eventsOf(firstOther),
      );
    if (elsewhere !== undefined)
      lines.push('', `before that, outside of the recorded functions: ${this.pairText(elsewhere)}`);
    return lines;
  }

  private pairText({ role, same, difference }: PairResult): string {
    const { kind, afterNs } = difference!;
    return `${role}, ${this.shows.left.time(Math.max(0, afterNs))} after the program's first process: ${KINDS[kind]}${same === 0 ? '' : `, after ${counted(same, 'event')} alike`}`;
  }

  private eventsOf({ difference }: PairResult): string[] {
    const { left, right } = difference!;
    const row: Row = {
      kind: left === 0 ? 'right' : right === 0 ? 'left' : 'changed',
      left: left === 0 ? undefined : this.first.event(left),
      right: right === 0 ? undefined : this.second.event(right),
    };
    return this.rowLines(row);
  }

  /** Rows that differ, and a few around them. */
  private *listing(sides: Sides): Generator<string> {
    let before: Row[] = [];
    let skipped = 0;
    let differing = 0;
    let after = 0;
    for (const row of alignAll(sides.left, sides.right)) {
      if (row.kind === 'same') {
        if (after > 0) {
          after--;
          yield* this.rowLines(row);
          continue;
        }
        before.push(row);
        if (before.length > AROUND) {
          before.shift();
          skipped++;
        }
        continue;
      }
      if (differing++ >= this.limit) {
        yield `   … more differ: --limit ${String(this.limit * 5)} shows more, --open all`;
        return;
      }
      if (skipped > 0) yield `   … ${count(skipped)} the same`;
      for (const each of before) yield* this.rowLines(each);
      before = [];
      skipped = 0;
      after = AROUND;
      yield* this.rowLines(row);
    }
    skipped += before.length;
    if (skipped > 0) yield `   … ${count(skipped)} the same`;
    if (differing === 0) yield 'No difference: both did the same as far as both are recorded.';
  }

  private rowLines(row: Row): string[] {
    const line = (sign: string, event: RecordedEvent | undefined, show: Show): string[] =>
      event === undefined ? [] : [`${sign} ${eventLine(event, show)}`];
    const { left, right } = this.shows;
    switch (row.kind) {
      case 'same':
        return line('  =', row.left, left);
      case 'left':
        return line('A -', row.left, left);
      case 'right':
        return line('B +', row.right, right);
      case 'changed':
        return [
          ...line('A ~', row.left, left),
          ...line('B ~', row.right, right),
          ...this.differences(row).map(
            (each) =>
              `        ${each.where}: ${each.left === undefined ? '(not there)' : left.term(each.left)} → ${each.right === undefined ? '(not there)' : right.term(each.right)}`,
          ),
        ];
    }
  }

  private differences({ left, right }: Row): Difference[] {
    return left === undefined || right === undefined ? [] : differencesOf(this.left, left, this.right, right);
  }
}

const KINDS: Record<NonNullable<PairResult['difference']>['kind'], string> = {
  value: 'the same event with another value',
  order: 'the same things in another order',
  left: 'only in A',
  right: 'only in B',
  other: 'something else',
  missing: 'the process is only in one of them',
};
