import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { makePlan, parsePlan, PlanError, printPlan, printPlanJson, readProject, type Plan } from '../../plan/index.js';
import { jsonOption } from '../options.js';
import { recordingPath } from '../recordings.js';
import { UsageError } from '../usage-error.js';

interface Options {
  json?: boolean;
  out?: string;
}

export const planCommand = (): Command =>
  new Command('plan')
    .description(
      'show what a command would record, how deep and why, before anything runs; or what a recording was made with',
    )
    .usage('[options] -- COMMAND [ARGS…]\n       elixirscope plan [options] RECORDING')
    .argument('<what...>', 'a command after "--", or a recording')
    .passThroughOptions()
    .addOption(jsonOption())
    .option('--out <file>', 'write the plan to a file, to be edited and given to "run --plan FILE"')
    .action(async (words: string[], options: Options) => {
      const recording = words.length === 1 ? recordingOf(words[0] ?? '') : undefined;
      const { plan, notes } =
        recording === undefined ? await planOf(words) : { plan: readPlan(join(recording, PLAN_FILE)), notes: [] };
      if (options.out !== undefined) {
        writePlan(options.out, plan);
        process.stdout.write(`${options.out}: ${plan.functions.length} functions\n`);
      } else process.stdout.write(options.json ? printPlanJson(plan) : `${printPlan(plan)}\n`);
      for (const note of notes) process.stderr.write(`elixirscope: ${note}\n`);
    });

/** The plan of a recording lies in its folder under this name. */
export const PLAN_FILE = 'plan.json';

function recordingOf(word: string): string | undefined {
  try {
    const path = recordingPath(word);
    return statSync(path).isDirectory() && existsSync(join(path, 'recording.json')) ? path : undefined;
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

/** The plan for a command that will run here. */
export async function planOf(command: readonly string[]): Promise<{ plan: Plan; notes: string[] }> {
  const directory = process.cwd();
  const project = await readProject({ directory, command, env: process.env });
  const plan = makePlan(project.modules, {
    from: project.from,
    command: command.join(' '),
    directory,
    callbacks: project.callbacks,
  });
  return { plan, notes: project.notes };
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

function writePlan(path: string, plan: Plan): void {
  try {
    writeFileSync(path, printPlanJson(plan), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new UsageError(`${path} is there already: give another name, or remove it`);
  }
}
