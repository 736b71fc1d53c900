/** Changes of how deep is recorded, as the recording has them. */
import type { PlansResult, PlanView } from './protocol.js';
import type { Questions } from './questions.js';
import type { Term } from '../term/index.js';
import { line } from './text.js';

const BUDGET_MS = 30;
const MAX_PLANS = 500;

export function plans(questions: Questions, from: number): PlansResult {
  const { recording } = questions;
  const end = recording.end().seq;
  if (from >= end) return { plans: [], seq: end, done: true };
  const until = performance.now() + BUDGET_MS;
  const found: PlanView[] = [];
  for (const event of recording.events({ kinds: ['plan'], from: recording.momentOf(from + 1) })) {
    const [change] = event.terms;
    if (change?.kind === 'tuple') {
      const [before, after, why] = change.elements;
      found.push({
        seq: event.seq,
        ns: event.ns,
        fn: questions.functionName(event.fn) ?? '',
        before: text(before),
        after: text(after),
        why: text(why),
      });
    }
    if (found.length >= MAX_PLANS || performance.now() > until) return { plans: found, seq: event.seq, done: false };
  }
  return { plans: found, seq: end, done: true };
}

function text(term: Term | undefined): string {
  if (term === undefined) return '';
  if (term.kind === 'atom') return term.name.slice(0, 40);
  if (term.kind === 'binary') return Buffer.from(term.bytes).toString('utf8').slice(0, 300);
  return line(term, 'elixir', 100).text;
}
