/**
 * `make test`: every check and test there is, to the end even when some fail; the integration tests, which mostly wait for nodes, beside those
 * before the browser's, their output once they are done. The last line counts them:
 *
 *     812 passed, 0 failed, 3 skipped
 *
 * Arguments choose stages by name: `node scripts/test.mjs unit probe`.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { counted } from './count-tests.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const artifacts = join(root, 'artifacts');
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'elixirscope');
const otp27 = process.env.ELIXIRSCOPE_OTP27 || join(cache, 'otp27');
const env = {
  ...process.env,
  LC_ALL: process.env.LC_ALL || 'C.UTF-8',
  ELIXIRSCOPE_ARTIFACTS: artifacts,
  ...(existsSync(otp27) ? { ELIXIRSCOPE_OTP27: otp27 } : {}),
};

/** Runs a command with its output written, and kept for counting. */
function run(write, command, words, cwd = root) {
  return new Promise((resolve) => {
    const child = spawn(command, words, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text) => {
        write(text);
        output = (output + text).slice(-200_000);
      });
    }
    child.on('error', (error) => resolve({ ok: false, output: String(error) }));
    child.on('close', (code) => resolve({ ok: code === 0, output }));
  });
}

/** A stage that is one check: it holds or it does not. */
const check =
  (command, ...words) =>
  async (write) => {
    const { ok } = await run(write, command, words);
    return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
  };

const vitest = (project) => async (write) => {
  const report = join(artifacts, `vitest-${project}.json`);
  rmSync(report, { force: true });
  const { ok } = await run(write, 'npx', [
    'vitest',
    'run',
    '--project',
    project,
    '--passWithNoTests',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ]);
  const result = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : {};
  const failed = result.numFailedTests ?? 0;
  return {
    passed: result.numPassedTests ?? 0,
    // A file that does not even load, or a run that dies, has failed without a failed test.
    failed: ok ? failed : Math.max(1, failed),
    skipped: (result.numPendingTests ?? 0) + (result.numTodoTests ?? 0),
  };
};

const other = (command, words, cwd) => async (write) => {
  const { ok, output } = await run(write, command, words, cwd);
  const sum = counted(output);
  if (!ok) sum.failed = Math.max(1, sum.failed);
  return sum;
};

const stages = {
  build: check('node', 'scripts/build.mjs'),
  types: check('npx', 'tsc', '--noEmit'),
  lint: check('npx', 'eslint', '.'),
  format: check('npx', 'prettier', '--check', '--log-level', 'warn', '.'),
  unit: vitest('unit'),
  probe: other('make', ['-s', '-C', 'probe', 'test'], root),
  shop: other('mix', ['test'], join(root, 'examples', 'shop')),
  integration: vitest('integration'),
  browser: vitest('browser'),
};

/** The stage that runs beside others. */
const BESIDE = 'integration';

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(stages);
const unknown = names.find((name) => !(name in stages));
if (unknown !== undefined) {
  process.stderr.write(`No stage "${unknown}": choose from ${Object.keys(stages).join(', ')}.\n`);
  process.exit(2);
}
mkdirSync(artifacts, { recursive: true });
const total = { passed: 0, failed: 0, skipped: 0 };
const lines = [];

async function stage(name, write) {
  write(`==> ${name}\n`);
  const from = Date.now();
  const result = await stages[name](write);
  if (result.passed + result.failed === 0) {
    write(`"${name}" ran no test.\n`);
    result.failed = 1;
  }
  for (const what of Object.keys(total)) total[what] += result[what];
  lines.push(
    `${name.padEnd(12)} ${String(result.passed).padStart(5)} passed ${String(result.failed).padStart(4)} failed ` +
      `${String(result.skipped).padStart(4)} skipped   ${((Date.now() - from) / 1000).toFixed(0)} s`,
  );
}

const show = (text) => process.stdout.write(text);
async function stageBeside(name) {
  let output = '';
  await stage(name, (text) => (output += text));
  show(output);
}

let beside;
for (const name of names) {
  if (name === 'browser') await beside;
  if (name === BESIDE) continue;
  if (name !== 'build' && names.includes(BESIDE)) beside ??= stageBeside(BESIDE);
  await stage(name, show);
}
await (beside ?? (names.includes(BESIDE) && stage(BESIDE, show)));
process.stdout.write(`\n${lines.join('\n')}\n\n`);
process.stdout.write(
  `${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}\n`,
);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
