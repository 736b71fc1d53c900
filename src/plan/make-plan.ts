/** Modules → a plan. */
import { functionKey, moduleName, type ModuleFacts } from './facts.js';
import { PLAN_VERSION, type Plan, type PlannedFunction, type PlanRule } from './plan.js';
import { buildGraph, graphKey } from './rules/graph.js';
import { judge } from './rules/judge.js';
import type { RuleContext } from './rules/reason.js';

export interface PlanOptions {
  /** What the modules were read from, in a few words. */
  from: string;
  command: string;
  /** Files are named relative to this directory where they lie below it. */
  directory?: string;
  /** Callbacks of behaviours that are not among the modules; `name/arity`. */
  callbacks?: (behaviour: string) => readonly string[] | undefined;
}

/** The same modules always give the same plan. */
export function makePlan(modules: readonly ModuleFacts[], options: PlanOptions): Plan {
  const sorted = [...modules].sort((a, b) => (a.module < b.module ? -1 : a.module > b.module ? 1 : 0));
  const graph = buildGraph(sorted);
  const own = new Map(sorted.filter(({ callbacks }) => callbacks.length > 0).map((one) => [one.module, one.callbacks]));
  const context: RuleContext = { callbacks: (behaviour) => own.get(behaviour) ?? options.callbacks?.(behaviour) };
  const functions: PlannedFunction[] = [];
  const rules: PlanRule[] = [];
  for (const module of sorted) {
    if (module.why !== undefined) rules.push({ glob: moduleName(module.module), depth: 'values', reason: module.why });
    for (const fn of module.functions) {
      const node = graph.get(graphKey(module.module, fn.name, fn.arity));
      if (!node) continue;
      functions.push({
        module: moduleName(module.module),
        function: fn.name,
        arity: fn.arity,
        ...(module.file === undefined ? {} : { file: shorten(module.file, options.directory) }),
        ...(fn.line > 0 ? { line: fn.line } : {}),
        ...judge(node, context),
      });
    }
  }
  return { version: PLAN_VERSION, made: { from: options.from, command: options.command }, functions, rules };
}

const shorten = (file: string, directory: string | undefined): string =>
  directory !== undefined && file.startsWith(`${directory}/`) ? file.slice(directory.length + 1) : file;

export const functionText = ({ function: name, arity }: PlannedFunction): string => functionKey(name, arity);
