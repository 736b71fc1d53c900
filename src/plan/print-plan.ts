/** A plan for people: grouped by module, a line a function. */
import { DEPTHS } from '../recording/index.js';
import { countDepths, type Plan, type PlannedFunction } from './plan.js';

const NAME_WIDTH = 32;

export function printPlan(plan: Plan): string {
  const out: string[] = [];
  const modules = new Map<string, PlannedFunction[]>();
  for (const fn of plan.functions) modules.set(fn.module, [...(modules.get(fn.module) ?? []), fn]);
  for (const [module, functions] of modules) {
    const file = functions[0]?.file;
    out.push(file === undefined ? module : `${module}  (${file})`);
    for (const fn of byDepth(functions)) out.push(line(fn));
    const off = functions.filter(({ depth }) => depth === 'off');
    for (const [why, names] of grouped(off)) out.push(`  ${'off'.padEnd(11)}  ${names.join(', ')}: ${why}`);
    out.push('');
  }
  for (const { glob, depth, reason } of plan.rules)
    out.push(`  ${depth.padEnd(11)}  ${glob.padEnd(NAME_WIDTH)}  ${reason}`);
  if (plan.rules.length > 0) out.push('');
  out.push(`${summary(plan, modules.size)}`);
  return out.join('\n');
}

const line = (fn: PlannedFunction): string =>
  `  ${fn.depth.padEnd(11)}  ${`${fn.function}/${fn.arity}`.padEnd(NAME_WIDTH)}  ${fn.reasons.join('; ')}`.trimEnd();

/** Deepest first, then as they stand in the source. */
const byDepth = (functions: readonly PlannedFunction[]): PlannedFunction[] =>
  functions
    .filter(({ depth }) => depth !== 'off')
    .sort((a, b) => DEPTHS.indexOf(b.depth) - DEPTHS.indexOf(a.depth) || (a.line ?? 0) - (b.line ?? 0));

function grouped(functions: readonly PlannedFunction[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const fn of functions) {
    const why = fn.reasons.join('; ');
    groups.set(why, [...(groups.get(why) ?? []), `${fn.function}/${fn.arity}`]);
  }
  return groups;
}

function summary(plan: Plan, modules: number): string {
  const counts = countDepths(plan.functions).map(([depth, count]) => `${count} ${depth}`);
  const total = plan.functions.length;
  return `${total} function${total === 1 ? '' : 's'} of ${modules} module${modules === 1 ? '' : 's'}${counts.length > 0 ? `: ${counts.join(', ')}` : ''}. From ${plan.made.from}.`;
}
