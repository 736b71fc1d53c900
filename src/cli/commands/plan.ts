import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { PLAN_FILE, printPlan, printPlanJson, type Plan } from '../../plan/index.js';
import { formatNs, openRecording } from '../../recording/index.js';
import { depthChanges } from '../current-depths.js';
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
      const { plan, notes, changes } = await planFor(words, options);
      if (options.out !== undefined) {
        writePlan(options.out, plan);
        process.stdout.write(`${options.out}: ${plan.functions.length} functions\n`);
      } else process.stdout.write(options.json ? printPlanJson(plan) : `${[printPlan(plan), ...changes].join('\n')}\n`);
      for (const note of notes) process.stderr.write(`elixirscope: ${note}\n`);
    });

interface Planned {
  plan: Plan;
  notes: string[];
  /** What became of it while it was recorded. */
  changes: string[];
}

async function planFor(words: readonly string[], options: Options): Promise<Planned> {
  const [word = ''] = words;
  const path = words.length === 1 ? recordingOf(word) : undefined;
  if (path === undefined) {
    const isNode = words.length === 1 && /^[^/\s]+@[^/\s]+$/.test(word);
    const made = isNode ? await planOfNode(word, await cookie(options.cookie), options.modules) : await planOf(words);
    return { ...made, changes: [] };
  }
  if (!existsSync(join(path, PLAN_FILE))) throw new UsageError(`${word} was recorded without a plan`);
  const plan = readPlan(join(path, PLAN_FILE));
  const recording = openRecording(path);
  const changes = [...depthChanges(recording)].map(
    ({ ns, seq, name, before, after, why }) => `  +${formatNs(ns)} (#${seq})  ${name}: ${before} → ${after}  ${why}`,
  );
  recording.close();
  return { plan, notes: [], changes: changes.length > 0 ? ['', 'Changed while it was recorded:', ...changes] : [] };
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
