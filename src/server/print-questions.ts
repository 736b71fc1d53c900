/** Printing afterwards, a stretch of the recording at a time. */
import { ExpressionError, functionNames, type Outcome } from '../expression/index.js';
import type { PrintHit, PrintMethods, PrintNamesResult, PrintResult } from './print-protocol.js';
import { namesAt, type PrintedHit } from './print-hits.js';
import type { PrintRun } from './print-runs.js';
import type { Execution } from './print-walk.js';
import type { Questions } from './questions.js';
import { line, shorten, visible, type Syntax } from './text.js';

const BUDGET_MS = 30;
const WIDTH = 200;
const MAX_NAMES = 500;

export function printAfter(
  questions: Questions,
  query: PrintMethods['printAfter']['params'] & { process?: number | undefined; only?: boolean | undefined },
): PrintResult {
  if (query.process !== undefined) questions.known(query.process);
  const until = performance.now() + BUDGET_MS;
  const syntax = syntaxOf(questions, query.module);
  const result: PrintResult = { hits: [], looked: 0, unknown: 0, seq: query.from, done: true };
  let run: PrintRun;
  try {
    run = questions.prints.take(query, syntax, questions.events);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const { message, at, length } = error;
    return { ...result, error: { message: visible(message), at, length } };
  }
  const { printer, walk } = run;
  const looked = (execution: Execution): void => {
    const hit = printer.at(execution);
    result.looked++;
    if (hit.outcome.kind === 'unknown') result.unknown++;
    if (query.only !== true || holds(hit.outcome, syntax)) result.hits.push(hitView(hit, syntax));
  };
  for (;;) {
    const step = walk.next();
    if (step === undefined) break;
    if (step !== 'more') looked(step);
    if (result.hits.length < query.limit && performance.now() <= until) continue;
    // Whoever asks again shall have come further.
    const late = walk.seq === query.from ? walk.hurry() : undefined;
    if (late !== undefined) looked(late);
    questions.prints.keep(run);
    return { ...result, seq: walk.seq, done: false };
  }
  return { ...result, seq: Math.max(query.from, questions.recording.end().seq) };
}

export function printNames(questions: Questions, query: { module: string; line: number }): PrintNamesResult {
  const syntax = syntaxOf(questions, query.module);
  const { names, known, nearest } = namesAt(questions.recording, query);
  return {
    names: names.slice(0, MAX_NAMES).map(({ name, bound }) => ({ name: visible(name), bound })),
    functions: functionNames(syntax),
    syntax,
    known,
    ...(nearest === undefined ? {} : { nearest }),
  };
}

/** Of the source where there is one, or of the node. */
function syntaxOf(questions: Questions, module: string): Syntax {
  const source = questions.sources.find(module);
  if (source !== undefined) return source.language;
  return module.startsWith('Elixir.') ? 'elixir' : 'erlang';
}

/** Whether a condition holds. */
export function holds(outcome: Outcome, syntax: Syntax): boolean {
  if (outcome.kind !== 'value') return false;
  const { value } = outcome;
  if (syntax === 'erlang') return value.kind === 'atom' && value.name === 'true';
  if (value.kind === 'cut' || value.kind === 'redacted' || value.kind === 'stateMark' || value.kind === 'opaque')
    return false;
  return value.kind !== 'atom' || (value.name !== 'nil' && value.name !== 'false');
}

function hitView({ seq, ns, process, outcome }: PrintedHit, syntax: Syntax): PrintHit {
  const hit = { seq, ns, process, kind: outcome.kind };
  if (outcome.kind !== 'value') return { ...hit, text: shorten(visible(outcome.why), WIDTH) };
  const { value } = outcome;
  const isNumber = value.kind === 'integer' || value.kind === 'float';
  return { ...hit, text: line(value, syntax, WIDTH), ...(isNumber ? { number: Number(value.value) } : {}) };
}
