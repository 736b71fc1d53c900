/** Totals of an area, with the names of what is in them. */
import type { AreaAnswer } from './area-protocol.js';
import type { AreaDesk } from './area-desk.js';
import type { AreaParams, NamelessAnswer, NamelessFlame } from './area-parts.js';
import { viewEvent } from './event-view.js';
import { RpcFailure } from './failure.js';
import type { Questions } from './questions.js';

const GAPS = 50;

/** Totals so far; they go on with each question. */
export function area(questions: Questions, desk: AreaDesk, params: AreaParams): AreaAnswer | Promise<AreaAnswer> {
  if (params.toNs <= params.fromNs) throw new RpcFailure('bad-request', 'an area ends after it begins');
  for (const each of params.processes ?? []) questions.known(each);
  const found = desk.ask(params, questions.live);
  return found instanceof Promise
    ? found.then((answer) => named(questions, params, answer))
    : named(questions, params, found);
}

function named(questions: Questions, { fromNs }: AreaParams, answer: NamelessAnswer): AreaAnswer {
  const gaps = questions.recording.gaps(fromNs, Math.max(fromNs, answer.toNs));
  return {
    ...answer,
    gaps: gaps.slice(0, GAPS),
    gapsMore: Math.max(0, gaps.length - GAPS),
    part: namedPart(questions, answer.part),
  };
}

function namedPart(questions: Questions, part: NamelessAnswer['part']): AreaAnswer['part'] {
  switch (part.part) {
    case 'functions':
      return { part: 'functions', rows: part.rows.map((each) => ({ ...each, ...code(questions, each.fn) })) };
    case 'errors': {
      const view = { functionName: questions.functionName };
      return {
        part: 'errors',
        rows: part.seqs.flatMap((seq) => {
          const event = questions.recording.event(seq);
          return event === undefined ? [] : [viewEvent(event, { ...view, syntax: questions.syntaxOf(event.process) })];
        }),
      };
    }
    case 'flame':
      return { part: 'flame', flame: part.flame && { ...part.flame, names: namesOf(questions, part.flame) } };
    default:
      return part;
  }
}

function code(questions: Questions, fn: number): { text: string; module: string; line: number } {
  const info = questions.recording.function(fn);
  return { text: questions.functionName(fn) ?? 'unknown', module: info?.module ?? '', line: info?.line ?? 0 };
}

function namesOf(questions: Questions, { fn, parent }: NamelessFlame): Record<number, string> {
  const names: Record<number, string> = {};
  fn.forEach((each, i) => {
    if (each === 0 && parent[i] === -1) return;
    names[each] ??= each === 0 ? 'others' : (questions.functionName(each) ?? 'unknown');
  });
  return names;
}
