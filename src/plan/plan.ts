/** A plan: which functions are recorded how deep, and why. Data that a person can read and change. */
import { z } from 'zod';
import { DEPTHS, type Depth } from '../recording/index.js';
import { DepthError, parseFunctions, type DepthRule } from './depths.js';
import { moduleName } from './facts.js';

export const PLAN_VERSION = 1;
/** The plan of a recording lies in its folder under this name. */
export const PLAN_FILE = 'plan.json';

/** Longer ones are no names but an attack on whoever shows them. */
const NAME = z.string().min(1).max(1024);
const DEPTH = z.enum(DEPTHS);

const PlannedFunction = z.strictObject({
  /** As the language writes it: `Shop.Stock`, `lists`. */
  module: NAME,
  function: NAME,
  arity: z.number().int().min(0).max(255),
  file: z.string().max(4096).optional(),
  line: z.number().int().min(0).optional(),
  depth: DEPTH,
  reasons: z.array(z.string().max(4096)).max(64),
});

const PlanRule = z.strictObject({
  /** As after `--depth`: `Shop.*`, `Shop.Stock.handle_call/3`. Wins over the functions, and over rules before it. */
  glob: NAME,
  depth: DEPTH,
  reason: z.string().max(4096),
});

export const PlanSchema = z.strictObject({
  version: z.literal(PLAN_VERSION),
  made: z.strictObject({
    /** What it was made from: compiled modules, sources, a node. */
    from: z.string().max(4096),
    /** The command that it is for, or the node. */
    command: z.string().max(65_536),
  }),
  functions: z.array(PlannedFunction).max(1_000_000),
  rules: z.array(PlanRule).max(100_000),
});

export type Plan = z.infer<typeof PlanSchema>;
export type PlannedFunction = z.infer<typeof PlannedFunction>;
export type PlanRule = z.infer<typeof PlanRule>;

/** Text that is no plan; `message` is for a person. */
export class PlanError extends Error {
  override name = 'PlanError';
}

/** @throws PlanError that says where it is wrong */
export function parsePlan(text: string): Plan {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new PlanError(`not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const result = PlanSchema.safeParse(json);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new PlanError(`${place(json, issue?.path ?? [])}${issue?.message ?? 'not a plan'}`);
  }
  for (const [i, { glob }] of result.data.rules.entries()) {
    try {
      parseFunctions(glob);
    } catch (error) {
      if (error instanceof DepthError) throw new PlanError(`rules[${i}].glob: ${error.message}`);
      throw error;
    }
  }
  return result.data;
}

/** `functions[3] (Shop.Stock.init/1).depth: `. */
function place(json: unknown, path: readonly PropertyKey[]): string {
  if (path.length === 0) return '';
  const text = path.map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i > 0 ? '.' : ''}${String(key)}`));
  const [list, index] = path;
  const entry =
    list === 'functions' && typeof index === 'number' ? (json as { functions: unknown[] }).functions[index] : undefined;
  const { module, function: name, arity } = (entry ?? {}) as Record<string, unknown>;
  if (typeof module === 'string' && typeof name === 'string')
    text.splice(2, 0, ` (${module}.${name}/${String(arity)})`);
  return `${text.join('')}: `;
}

/** A function a line, so that two plans can be compared and one can be edited. */
export function printPlanJson(plan: Plan): string {
  const list = (items: readonly unknown[]): string =>
    items.length === 0 ? '[]' : `[\n${items.map((item) => `    ${JSON.stringify(item)}`).join(',\n')}\n  ]`;
  return `{
  "version": ${plan.version},
  "made": ${JSON.stringify(plan.made)},
  "functions": ${list(plan.functions)},
  "rules": ${list(plan.rules)}
}
`;
}

/** What the probe is to be told, in the order in which a later one wins. */
export const planRules = (plan: Plan): DepthRule[] => [
  ...plan.functions.map(({ module, function: name, arity, depth }) => ({
    module: moduleName(module),
    fn: `${name}/${arity}`,
    depth,
  })),
  ...plan.rules.map(({ glob, depth }) => ({ ...parseFunctions(glob), depth })),
];

/** How many functions at which depth. */
export function countDepths(functions: readonly Pick<PlannedFunction, 'depth'>[]): [Depth, number][] {
  return DEPTHS.map((depth): [Depth, number] => [depth, functions.filter((one) => one.depth === depth).length])
    .filter(([, count]) => count > 0)
    .reverse();
}
