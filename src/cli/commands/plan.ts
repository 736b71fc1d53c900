import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { PLAN_FILE, printPlan, printPlanJson, type Plan } from '../../plan/index.js';
import { cookie } from '../cookie.js';
import { collect, jsonOption } from '../options.js';
import { planOf, planOfNode, readPlan } from '../plans.js';
import { recordingPath } from '../recordings.js';
import { UsageError } from '../usage-error.js';

interface Options {
  json?: boolean;
  out?: string;
  cookie?: string;
  modules: string[];
}

export const planCommand = (): Command =>
  new Command('plan')
    .description(
      'show what would be recorded of a command or node, how deep and why; or what a recording was made with',
    )
    .usage('[options] (-- COMMAND [ARGS…] | NODE | RECORDING)')
    .argument('<what...>', 'a command after "--", a node such as my_app@localhost, or a recording')
    .passThroughOptions()
    .addOption(jsonOption())
    .option('--out <file>', 'write the plan to a file, to be edited and given to "run --plan FILE"')
    .option('--modules <glob>', 'of a node: look at these modules instead of its own (may be repeated)', collect, [])
    .option('--cookie <cookie>', 'of a node (default: $ELIXIRSCOPE_COOKIE, else ~/.erlang.cookie)')
    .action(async (words: string[], options: Options) => {
      const { plan, notes } = await planFor(words, options);
      if (options.out !== undefined) {
        writePlan(options.out, plan);
        process.stdout.write(`${options.out}: ${plan.functions.length} functions\n`);
      } else process.stdout.write(options.json ? printPlanJson(plan) : `${printPlan(plan)}\n`);
      for (const note of notes) process.stderr.write(`elixirscope: ${note}\n`);
    });

async function planFor(words: readonly string[], options: Options): Promise<{ plan: Plan; notes: string[] }> {
  const [word = ''] = words;
  const recording = words.length === 1 ? recordingOf(word) : undefined;
  if (recording === undefined && words.length === 1 && /^[^/\s]+@[^/\s]+$/.test(word))
    return planOfNode(word, await cookie(options.cookie), options.modules);
  if (recording === undefined) return planOf(words);
  if (!existsSync(join(recording, PLAN_FILE))) throw new UsageError(`${word} was recorded without a plan`);
  return { plan: readPlan(join(recording, PLAN_FILE)), notes: [] };
}

function recordingOf(word: string): string | undefined {
  try {
    const path = recordingPath(word);
    return statSync(path).isDirectory() && existsSync(join(path, 'recording.json')) ? path : undefined;
  } catch (error) {
    if (error instanceof UsageError) return undefined;
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
