/**
 * `make test`: every check and test there is, to the end even when some fail. Three stages run at a time, the long ones first, so that two cores are busy
 * to the end; what a stage says is shown when it is done. The last lines name what failed and count:
 *
 *     812 passed, 0 failed, 3 skipped
 *
 * Integration and browser tests watch real nodes and a real browser, which share this machine with the rest of the run: a few that fail are run
 * again alone, and those that pass then are named as such. A process or a temporary file that is left at the end is a failure.
 * Arguments choose stages by name: `node scripts/test.mjs unit probe`.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { counted, countedFiles, failedLines } from './count-tests.mjs';
import { ownTemporaryDirectory } from './left-behind.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const artifacts = join(root, 'artifacts');
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'elixirscope');
const otp27 = process.env.ELIXIRSCOPE_OTP27 || join(cache, 'otp27');
const temporary = ownTemporaryDirectory();
process.on('exit', temporary.remove);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
const env = {
  ...process.env,
  TMPDIR: temporary.directory,
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
    const { ok, output } = await run(write, command, words);
    return {
      passed: ok ? 1 : 0,
      failed: ok ? 0 : 1,
      skipped: 0,
      failures: ok ? [] : output.trim().split('\n').slice(-12),
    };
  };

/** Runs the files of a project, or all; the report of vitest, empty when the run died before writing one. */
async function vitestReport(write, project, as, files = []) {
  const path = join(artifacts, `vitest-${as}.json`);
  rmSync(path, { force: true });
  const words = ['vitest', 'run', '--project', project, '--reporter=default', '--reporter=json'];
  const { ok } = await run(write, 'npx', [...words, `--outputFile.json=${path}`, ...files]);
  return { ok, files: existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).testResults : [] };
}

/** A run that died says so by its exit status only: it has failed without a failed test. */
const vitestResult = ({ ok, files }) => {
  const { failures, ...sum } = countedFiles(files, root);
  return {
    ...sum,
    failed: ok ? sum.failed : Math.max(1, sum.failed),
    failures: failures.map(({ name, why }) => `${name}: ${why}`),
  };
};

const vitest = (project) => async (write) => {
  const report = await vitestReport(write, project, project);
  return { ...vitestResult(report), report };
};

/** Runs the files with failed tests again, one by one with nothing beside them: what they say then counts. */
async function again(project, result, write) {
  const { files } = result.report;
  const { failures } = countedFiles(files, root);
  // More than a few are no bad luck.
  if (failures.length === 0 || failures.length > AGAIN_AT_MOST) return result;
  write(`==> ${project}, again: ${failures.map(({ name }) => name).join('; ')}\n`);
  const second = { ok: true, files: [] };
  for (const failed of new Set(failures.map(({ file }) => file))) {
    const report = await vitestReport(write, project, `${project}-again`, [failed]);
    second.ok &&= report.ok;
    second.files.push(...report.files);
  }
  const replaced = files.map((file) => second.files.find(({ name }) => name === file.name) ?? file);
  const now = countedFiles(replaced, root).failures.map(({ name }) => name);
  return {
    ...vitestResult({ ok: second.ok, files: replaced }),
    recovered: failures.filter(({ name }) => !now.includes(name)).map(({ name, why }) => `${name}: ${why}`),
    seconds: result.seconds,
  };
}

/** The same for a stage that does not run single tests. */
async function wholeAgain(name, result, write) {
  if (result.failed === 0 || result.failed > AGAIN_AT_MOST) return result;
  write(`==> ${name}, again\n`);
  const second = await stages[name](write);
  return { ...second, recovered: second.failed === 0 ? result.failures : [], seconds: result.seconds };
}

const other = (command, words, cwd) => async (write) => {
  const { ok, output } = await run(write, command, words, cwd);
  const sum = { ...counted(output), failures: ok ? [] : failedLines(output) };
  if (!ok) sum.failed = Math.max(1, sum.failed);
  return sum;
};

const makeProbe = (target) => other('make', ['-s', '-C', 'probe', target], root);

/** In the order in which they begin, but for `build`, which comes before all: those that wait most first, those that only compute last. */
const stages = {
  build: async (write) => {
    const built = await check('node', 'scripts/build.mjs')(write);
    return built.failed > 0 ? built : check('make', '-s', '-C', 'probe', 'tests')(write);
  },
  browser: vitest('browser'),
  integration: vitest('integration'),
  ...(existsSync(otp27) ? { probe27: makeProbe('test-otp27') } : {}),
  probe: makeProbe('test-here'),
  unit: vitest('unit'),
  lint: check('npx', 'eslint', '.'),
  types: check('npx', 'tsc', '--noEmit'),
  format: check('npx', 'prettier', '--check', '--log-level', 'warn', '.'),
  shop: other('mix', ['test'], join(root, 'examples', 'shop')),
};

/** With a third, tests of nodes waited in vain on two cores. */
const AT_ONCE = 2;
/** The stages whose tests depend on how busy the machine is, and how they are run again. */
const AGAIN = { integration: again, browser: again, probe27: wholeAgain, probe: wholeAgain };
const AGAIN_AT_MOST = 5;

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(stages);
const unknown = names.find((name) => !(name in stages));
if (unknown !== undefined) {
  process.stderr.write(`No stage "${unknown}": choose from ${Object.keys(stages).join(', ')}.\n`);
  process.exit(2);
}
mkdirSync(artifacts, { recursive: true });
const began = Date.now();
const results = new Map();
const show = (text) => process.stdout.write(text);

async function stage(name, write) {
  const from = Date.now();
  const result = await stages[name](write);
  if (result.passed + result.failed === 0) {
    result.failures = [`"${name}" ran no test.`];
    result.failed = 1;
  }
  results.set(name, { ...result, seconds: (Date.now() - from) / 1000 });
}

const left = names.filter((name) => name !== 'build');
/** Takes the next stage until none is left. One that runs alone is shown while it does. */
async function lane() {
  for (let name = left.shift(); name !== undefined; name = left.shift()) {
    let output = '';
    if (names.length > 1) show(`==> ${name} begins\n`);
    await stage(name, names.length > 1 ? (text) => (output += text) : show);
    show(`==> ${name}\n${output}`);
  }
}

if (names.includes('build')) {
  show('==> build\n');
  await stage('build', show);
} else if (names.some((name) => name.startsWith('probe'))) await run(show, 'make', ['-s', '-C', 'probe', 'tests']);
await Promise.all(Array.from({ length: AT_ONCE }, lane));
for (const [name, once] of Object.entries(AGAIN))
  if (results.has(name)) results.set(name, await once(name, results.get(name), show));
const behind = await temporary.left();
results.set('left behind', {
  passed: behind.length === 0 ? 1 : 0,
  failed: behind.length,
  skipped: 0,
  failures: behind,
  seconds: 0,
});

const total = { passed: 0, failed: 0, skipped: 0 };
show('\n');
for (const [name, result] of results) {
  for (const what of Object.keys(total)) total[what] += result[what];
  show(
    `${name.padEnd(12)} ${String(result.passed).padStart(5)} passed ${String(result.failed).padStart(4)} failed ` +
      `${String(result.skipped).padStart(4)} skipped   ${result.seconds.toFixed(0)} s\n`,
  );
}
for (const [name, { recovered = [] }] of results)
  for (const line of recovered) show(`\n${name} passed only when run again alone: ${line}`);
for (const [name, { failures }] of results) for (const line of failures) show(`\n${name} failed: ${line}`);
show(`\n\nin ${((Date.now() - began) / 60_000).toFixed(1)} minutes`);
show(`\n${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}\n`);
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
