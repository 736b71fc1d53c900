/** Bookmarks and notes: listed, made, changed, removed, and the values that they stand on. */
import {
  childrenOf,
  parsePath,
  printPath,
  resolvePath,
  TermError,
  type Path,
  type Step,
  type Term,
} from '../term/index.js';
import { RpcFailure } from './failure.js';
import type { MarkBook } from './mark-book.js';
import type { MarksMethods } from './marks-protocol.js';
import type { At } from './protocol.js';
import type { Questions } from './questions.js';
import { labelOf, partAt } from './term-tree.js';
import { line } from './text.js';

type Params<M extends keyof MarksMethods> = MarksMethods[M]['params'];

export function mark(
  questions: Questions,
  book: MarkBook,
  { id, name, colour, text, at, process = 0, path, labels }: Params<'mark'>,
): MarksMethods['mark']['result'] {
  if (process > 0) questions.known(process);
  const { seq, ns } = questions.moment(at);
  const written = labels === undefined ? (path ?? '') : printPath(pathOf(questions, process, at, labels));
  const given = { id, name, colour, text, seq, ns, process, path: checked(written) };
  return { mark: book.put(given), version: book.version };
}

export function valueAt(questions: Questions, query: Params<'valueAt'>): MarksMethods['valueAt']['result'] {
  const { process, at, labels } = query;
  questions.known(process);
  const state = questions.recording.state(process, questions.moment(at));
  if (state === undefined) return { found: undefined };
  const path =
    labels === undefined ? parsePath(checked(query.path ?? '')) : pathOf(questions, process, at, labels, state.value);
  const syntax = questions.syntaxOf(process);
  const found: string[] = [];
  let here: Term = state.value;
  for (const step of path) {
    const next = resolvePath(here, [step]);
    if (!('term' in next)) return { found: undefined };
    const label = labelOf(here, next.term, syntax);
    if (label === undefined) return { found: undefined };
    found.push(label);
    here = next.term;
  }
  return { found: { labels: found, path: printPath(path), text: line(here, syntax, 300).text } };
}

/** The labels of a tree as a path that people can write. */
function pathOf(
  questions: Questions,
  process: number,
  at: At,
  labels: readonly string[],
  value = questions.recording.state(process, questions.moment(at))?.value,
): Path {
  const syntax = questions.syntaxOf(process);
  const steps: Step[] = [];
  let here = value;
  for (const label of labels) {
    const part = here && partAt(here, [label], syntax);
    const step = here && childrenOf(here).children.find((child) => child.value === part)?.step;
    if (part === undefined || step === undefined)
      throw new RpcFailure('not-found', 'there is no such value at this moment');
    steps.push(step);
    here = part;
  }
  return steps;
}

function checked(path: string): string {
  try {
    parsePath(path);
  } catch (error) {
    if (error instanceof TermError) throw new RpcFailure('bad-request', error.message);
    throw error;
  }
  return path;
}
