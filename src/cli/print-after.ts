/** `lines --print`: an expression at every execution of a line, as text or JSON. */
import { ExpressionError } from '../expression/index.js';
import type { Moment, Recording } from '../recording/index.js';
import { conditionHolds, Printer, type PrintedHit } from '../server/index.js';
import type { Show } from './show.js';
import { fit, terminalWidth } from './table.js';
import { UsageError } from './usage-error.js';

export interface PrintOptions {
  module: string;
  line: number;
  expression: string;
  from: Moment | undefined;
  to: Moment;
  process: number | undefined;
  onlyTrue: boolean;
  limit: number;
  json: boolean;
}

/** Throws a UsageError that points at what is wrong in the expression. */
export function printAfter(recording: Recording, show: Show, options: PrintOptions): string {
  const { module, line, expression, limit } = options;
  const language = recording.sources().find((one) => one.module === module)?.language;
  const syntax = language ?? (module.startsWith('Elixir.') ? 'elixir' : 'erlang');
  let printer: Printer;
  try {
    printer = new Printer(recording, { module, line }, expression, syntax);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw new UsageError(`${error.message}\n  ${expression}\n  ${' '.repeat(error.at)}${'^'.repeat(error.length)}`);
  }
  const hits: PrintedHit[] = [];
  let looked = 0;
  let more = false;
  for (const hit of printer.hits((options.from?.seq ?? 1) - 1, options.process)) {
    if (hit.seq > options.to.seq) break;
    if (hits.length >= limit) {
      more = true;
      break;
    }
    looked++;
    if (!options.onlyTrue || conditionHolds(hit.outcome, syntax)) hits.push(hit);
  }
  const said = ({ outcome }: PrintedHit): string =>
    outcome.kind === 'value'
      ? show.term(outcome.value)
      : `${outcome.kind === 'raised' ? 'raises' : 'unknown:'} ${outcome.why}`;
  if (options.json) {
    const json = {
      module: show.name(module),
      line,
      expression,
      executions: looked,
      more,
      values: hits.map((hit) => ({
        seq: hit.seq,
        ns: hit.ns,
        pid: show.pid(hit.process),
        kind: hit.outcome.kind,
        value: hit.outcome.kind === 'value' ? show.term(hit.outcome.value) : null,
        why: hit.outcome.kind === 'value' ? null : hit.outcome.why,
      })),
    };
    return `${JSON.stringify(json, undefined, 2)}\n`;
  }
  const width = terminalWidth();
  const lines = hits.map((hit) => fit(`${show.time(hit.ns)}  #${String(hit.seq)}  ${show.process(hit.process)}  ${said(hit)}`, width)); // prettier-ignore
  if (looked === 0) lines.push(`no execution of line ${String(line)} of ${show.name(module)} is recorded here`);
  else if (hits.length === 0) lines.push(`never, in ${String(looked)} executions`);
  if (more) lines.push(`… more: --limit ${String(limit * 10)}, or --from '#${String(hits.at(-1)?.seq ?? 0)}'`);
  return `${lines.join('\n')}\n`;
}
