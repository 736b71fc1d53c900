/** Builds what is not up to date: the command (`dist/`), the browser view (`dist/ui/`) and the probe. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildProbe } from './build-probe.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const say = (text) => process.stdout.write(`==> ${text}\n`);

/** The newest change under a file or folder, in milliseconds. */
function newest(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return readdirSync(path).reduce((latest, name) => Math.max(latest, newest(join(path, name))), stat.mtimeMs);
}

/** Runs an npm script when something it reads is newer than its last success. */
function step(script, text, inputs) {
  const stamp = join(root, 'dist', `.${script.replace(':', '-')}`);
  const built = existsSync(stamp) ? statSync(stamp).mtimeMs : 0;
  const began = new Date();
  if (Math.max(...inputs.map((input) => newest(join(root, input)))) < built) return;
  say(text);
  const done = spawnSync('npm', ['run', '--silent', script], { cwd: root, encoding: 'utf8' });
  if (done.status !== 0) {
    process.stderr.write(`${done.stdout}${done.stderr}\n"npm run ${script}" failed.\n`);
    process.exit(1);
  }
  writeFileSync(stamp, '');
  utimesSync(stamp, began, began);
}

step('build:node', 'Building the command', ['src', 'package.json', 'tsconfig.json', 'tsconfig.build.json']);
step('build:ui', 'Building the browser view', ['src', 'package.json', 'vite.config.ts']);
const { fast, why } = buildProbe();
if (!fast) say(`${why}; the slower engine in plain Erlang will be used.`);
