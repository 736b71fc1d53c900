/** Builds what is not up to date: the command (`dist/`), the browser view (`dist/ui/`) and the probe. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
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

const changed = (output, inputs) =>
  !existsSync(join(root, output)) ||
  Math.max(...inputs.map((input) => newest(join(root, input)))) > statSync(join(root, output)).mtimeMs;

function npm(script) {
  const done = spawnSync('npm', ['run', '--silent', script], { cwd: root, encoding: 'utf8' });
  if (done.status !== 0) {
    process.stderr.write(`${done.stdout}${done.stderr}\n"npm run ${script}" failed.\n`);
    process.exit(1);
  }
}

if (changed('dist/cli/main.js', ['src', 'package.json', 'tsconfig.json', 'tsconfig.build.json'])) {
  say('Building the command');
  npm('build:node');
}
if (changed('dist/ui/index.html', ['src', 'package.json', 'vite.config.ts'])) {
  say('Building the browser view');
  npm('build:ui');
}
const { fast, why } = buildProbe();
if (!fast) say(`${why}; the slower engine in plain Erlang will be used.`);
