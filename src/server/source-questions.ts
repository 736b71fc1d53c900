/** Sources with what ran in them: files, counts, values beside the lines, the next time that a line ran. */
import type { SourceInfo } from '../recording/index.js';
import { RpcFailure } from './failure.js';
import type { At, CodeMethods, LineCountsResult, SourcePage } from './protocol.js';
import type { Questions } from './questions.js';
import { functionText, line } from './text.js';

const MAX_SOURCES = 200;
const MAX_COUNTS = 20_000;
const MAX_LINES = 2_000;
const MAX_VALUES = 12;
const VALUE_WIDTH = 160;
const FUNCTIONS_MS = 40;

export function sources(
  questions: Questions,
  query: { text?: string | undefined; limit?: number | undefined },
): CodeMethods['sources']['result'] {
  const wanted = query.text?.trim().toLowerCase() ?? '';
  const all = questions.sources.all();
  const found =
    wanted === ''
      ? all
      : all.filter((each) => titleOf(each).toLowerCase().includes(wanted) || each.file.toLowerCase().includes(wanted));
  const shown = found.slice(0, query.limit ?? MAX_SOURCES);
  return { sources: shown.map((each) => questions.sources.view(each)), total: found.length };
}

const titleOf = (source: SourceInfo): string => source.module.replace(/^Elixir\./, '');

export function source(
  questions: Questions,
  query: { module: string; node?: number | undefined; from: number; count: number },
): SourcePage {
  const found = questions.sources.find(query.module, query.node);
  if (found === undefined) throw new RpcFailure('not-found', `the source of ${query.module} is not in the recording`);
  const lines = questions.sources.lines(found);
  return {
    ...questions.sources.view(found),
    from: query.from,
    text: lines.slice(query.from, query.from + query.count),
  };
}

export function lineCounts(
  questions: Questions,
  query: { module: string; node?: number | undefined; process?: number | undefined },
): LineCountsResult {
  if (query.process !== undefined) questions.known(query.process);
  const code = questions.recording;
  const counts = code.lines(query.module, query.process === undefined ? undefined : { process: query.process });
  const functions: LineCountsResult['functions'] = [];
  const points = new Set<number>();
  const deep = new Set<string>();
  for (const each of code.points(query.module, query.node)) {
    const name = `${each.name}/${String(each.arity)}`;
    if (each.point === undefined) functions.push({ name, line: each.line ?? 0, lines: false });
    else {
      deep.add(name);
      if (each.point.what === 'line') points.add(each.point.line);
    }
  }
  return {
    counts: counts.slice(0, MAX_COUNTS).map((each) => [each.line, each.count]),
    functions: functions.slice(0, MAX_COUNTS).map((each) => ({ ...each, lines: deep.has(each.name) })),
    points: [...points].sort((a, b) => a - b).slice(0, MAX_COUNTS),
  };
}

export function lineValues(
  questions: Questions,
  query: { module: string; process: number; at: At; from: number; to: number },
): CodeMethods['lineValues']['result'] {
  questions.known(query.process);
  const syntax = questions.syntaxOf(query.process);
  const answer = questions.recording.lineValues(query.module, query.process, questions.moment(query.at));
  const lines = answer
    .filter((each) => each.line >= query.from && each.line <= query.to)
    .slice(0, MAX_LINES)
    .map((each) => ({
      line: each.line,
      seq: each.seq,
      ns: each.ns,
      values: each.values.slice(0, MAX_VALUES).map(({ label, expression, value, seq }) => ({
        label,
        expression,
        text: line(value, syntax, VALUE_WIDTH),
        seq,
      })),
      more: Math.max(0, each.values.length - MAX_VALUES),
    }));
  return { lines };
}

export function nextLine(
  questions: Questions,
  query: { module: string; line: number; from: At; direction: 1 | -1; process?: number | undefined },
): CodeMethods['nextLine']['result'] {
  if (query.process !== undefined) questions.known(query.process);
  const seq = questions.recording.nextLine({
    module: query.module,
    line: query.line,
    from: questions.moment(query.from),
    direction: query.direction,
    ...(query.process === undefined ? {} : { process: query.process }),
  });
  const event = seq === undefined ? undefined : questions.recording.event(seq);
  if (event === undefined) return { found: undefined };
  return { found: { seq: event.seq, ns: event.ns, process: event.process } };
}

/** Functions whose name holds a text, whatever the case. Looks for a while. */
export function functions(
  questions: Questions,
  query: { text: string; limit?: number | undefined },
): CodeMethods['functions']['result'] {
  const wanted = query.text.toLowerCase();
  const limit = query.limit ?? 20;
  const until = performance.now() + FUNCTIONS_MS;
  const found: CodeMethods['functions']['result']['functions'] = [];
  for (let id = 1; ; id++) {
    const fn = questions.recording.function(id);
    if (fn === undefined) return { functions: found, done: true };
    if ((id & 255) === 255 && performance.now() > until) return { functions: found, done: false };
    if (fn.point !== undefined) continue;
    const text = functionText(fn, questions.nodeSyntax(fn.node));
    if (!text.toLowerCase().includes(wanted)) continue;
    if (found.length >= limit) return { functions: found, done: false };
    found.push({ module: fn.module, name: `${fn.name}/${String(fn.arity)}`, text, line: fn.line ?? 0 });
  }
}
