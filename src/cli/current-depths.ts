/** How deep each function of a recording is recorded at its end: what its plan says, and what was decided since. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { meansFunction, moduleName, parseFunctions, PLAN_FILE } from '../plan/index.js';
import { DEPTHS, type Depth, type Recording } from '../recording/index.js';
import type { Term } from '../term/index.js';
import { readPlan } from './plans.js';

/** A function whose depth became another one while it was recorded. */
export interface DepthChange {
  ns: number;
  seq: number;
  /** `Shop.Stock.add/2`. */
  name: string;
  before: Depth;
  after: Depth;
  why: string;
}

export interface CurrentDepth {
  name: string;
  depth: Depth;
  why: string;
}

export function* depthChanges(recording: Recording): Iterable<DepthChange> {
  for (const { seq, ns, fn, terms } of recording.events({ kinds: ['plan'] })) {
    const info = recording.function(fn);
    const [before, after, why] = terms[0]?.kind === 'tuple' ? terms[0].elements : [];
    const depths = [before, after].map((term) => DEPTHS.find((depth) => term?.kind === 'atom' && depth === term.name));
    if (!info || !depths[0] || !depths[1]) continue;
    const name = nameOf(moduleName(info.module), info.name, info.arity);
    yield { seq, ns, name, before: depths[0], after: depths[1], why: text(why) };
  }
}

/** Deepest first. */
export function currentDepths(recording: Recording): CurrentDepth[] {
  const now = new Map<string, CurrentDepth>();
  const file = join(recording.path, PLAN_FILE);
  const plan = existsSync(file) ? readPlan(file) : undefined;
  const rules = (plan?.rules ?? []).map((rule) => ({ ...rule, ...parseFunctions(rule.glob) }));
  for (const { module, function: fn, arity, depth, reasons } of plan?.functions ?? []) {
    const rule = rules.findLast((one) => meansFunction(one, module, fn, arity));
    const name = nameOf(module, fn, arity);
    now.set(name, rule ? { name, depth: rule.depth, why: rule.reason } : { name, depth, why: reasons.join('; ') });
  }
  // What the plan does not name is known by what was decided about it.
  for (const { name, after, why } of depthChanges(recording)) now.set(name, { name, depth: after, why });
  return [...now.values()].sort((a, b) => DEPTHS.indexOf(b.depth) - DEPTHS.indexOf(a.depth));
}

const nameOf = (module: string, fn: string, arity: number): string =>
  `${module}${/^\p{Lu}/u.test(module) ? '.' : ':'}${fn}/${arity}`;

const text = (term: Term | undefined): string =>
  term?.kind === 'binary' ? Buffer.from(term.bytes).toString('utf8') : '';
