/** Plans: made for a command, or read from a file. */
import { existsSync, readFileSync } from 'node:fs';
import { readNodeCode, withRules } from '../capture/index.js';
import {
  makePlan,
  ownDirectories,
  parsePlan,
  PLAN_VERSION,
  PlanError,
  planRules,
  readProject,
  type DepthRule,
  type OwnCode,
  type Plan,
} from '../plan/index.js';
import { depthRules } from './capture-options.js';
import { UsageError } from './usage-error.js';

/** The plan for a command that will run here, and what a person should know of how it was made. */
export async function planOf(
  command: readonly string[],
  mostSourceBytes?: number,
): Promise<{ plan: Plan; notes: string[] }> {
  const directory = process.cwd();
  const limit = mostSourceBytes === undefined ? {} : { mostSourceBytes };
  const project = await readProject({ directory, command, env: process.env, ...limit });
  const { from, callbacks } = project;
  const plan = makePlan(project.modules, { from, command: command.join(' '), directory, callbacks });
  return { plan, notes: project.notes };
}

/** The plan for a node that runs: of its own applications, or of the modules that globs name. */
export async function planOfNode(
  node: string,
  cookie: string,
  modules: readonly string[],
): Promise<{ plan: Plan; notes: string[] }> {
  const code = await readNodeCode({ node, cookie, modules });
  return { plan: makePlan(code.modules, { from: code.from, command: node }), notes: code.notes };
}

/** @throws UsageError that says what is wrong with the file */
export function readPlan(path: string): Plan {
  if (!existsSync(path)) throw new UsageError(`there is no plan ${path}`);
  try {
    return parsePlan(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof PlanError) throw new UsageError(`${path}: ${error.message}`);
    throw error;
  }
}

/** About a second of reading before a program starts. */
const SOURCE_BYTES = 1024 * 1024;

export interface Wanted {
  change: { depths: DepthRule[]; own: OwnCode | undefined };
  /** To be saved with the recording. */
  plan: Plan;
}

/** What `--plan` and `--depth` say, and nothing else. */
export function plannedByHand(file: string | undefined, depths: readonly string[], command: string): Wanted {
  const plan = file === undefined ? emptyPlan('what was asked for', command) : readPlan(file);
  return wanted(plan, depthRules(depths), undefined);
}

/**
 * For a command that will run here: a plan of the project's own code, which `--depth` changes. What the plan does not know yet (modules that are compiled
 * later) is recorded with values.
 */
export async function plannedByItself(depths: readonly string[], command: readonly string[]): Promise<Wanted> {
  const directories = ownDirectories(process.cwd());
  const own: OwnCode | undefined = directories && { ...directories, depth: 'values' };
  const rules = depthRules(depths);
  try {
    return wanted((await planOf(command, SOURCE_BYTES)).plan, rules, own);
  } catch (error) {
    // Whatever is odd about the code, the program is to be recorded.
    const why = error instanceof Error ? error.message : String(error);
    return wanted(emptyPlan(`nothing: ${why}`, command.join(' ')), rules, own);
  }
}

const emptyPlan = (from: string, command: string): Plan => ({
  version: PLAN_VERSION,
  made: { from, command },
  functions: [],
  rules: [],
});

function wanted(base: Plan, rules: readonly DepthRule[], own: OwnCode | undefined): Wanted {
  const plan = withRules(base, rules, 'asked for by --depth');
  return { plan, change: { depths: planRules(plan), own } };
}
