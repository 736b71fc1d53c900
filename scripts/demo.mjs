/** `make demo`: records the example shop under load, says in a few lines what was seen, and opens the recording. */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const command = join(root, 'bin', 'elixirscope');
const shop = join(root, 'examples', 'shop');
const seconds = process.env.SECONDS_OF_LOAD || '5';
const out = process.env.OUT || join(root, 'artifacts', 'demo', 'shop.escope');
// Elixir complains about a terminal that is not UTF-8.
const env = { ...process.env, LC_ALL: process.env.LC_ALL || 'C.UTF-8' };

const say = (text) => process.stdout.write(`${text}\n`);
const fail = (text) => {
  process.stderr.write(`${text}\n`);
  process.exit(1);
};
const number = (n) => (n ?? 0).toLocaleString('en-US');

function compile() {
  const done = spawnSync('mix', ['compile'], { cwd: shop, env, encoding: 'utf8' });
  if (done.status !== 0) fail(`${done.stdout}${done.stderr}\nThe shop could not be compiled.`);
}

function record() {
  // A folder that is no recording is somebody's and stays.
  if (existsSync(out) && !existsSync(join(out, 'recording.json')))
    fail(`${out} exists and is no recording: name another place in OUT`);
  // Both `OUT` and the place of its own are this script's to write: an earlier demo's recording is replaced.
  rmSync(out, { recursive: true, force: true });
  mkdirSync(dirname(out), { recursive: true });
  const log = join(dirname(out), 'shop.log');
  const file = openSync(log, 'w');
  const done = spawnSync(command, ['run', '--out', out, '--', 'mix', 'shop.load', '--seconds', seconds], {
    cwd: shop,
    env,
    stdio: ['ignore', file, file],
  });
  closeSync(file);
  if (done.status !== 0) fail(`${readFileSync(log, 'utf8').slice(-4000)}\nThe recording did not succeed.`);
  return log;
}

function ask(...words) {
  const done = spawnSync(command, words, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (done.status !== 0) fail(`${done.stderr}\n"elixirscope ${words.join(' ')}" failed.`);
  return done.stdout;
}

/** What crashed, first one first. */
const crashes = () =>
  ask('crashes', out, '--json')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

say(`==> Recording the shop with customers for ${seconds} seconds`);
compile();
const log = record();
const info = JSON.parse(ask('info', out, '--json'));
const [node] = info.nodes;
say('');
say(
  `Recorded ${(info.ns / 1e9).toFixed(1)} s of ${node?.name ?? 'the shop'}${node?.engine === 'erlang' ? ' (slower engine)' : ''}:`,
);
say(`  ${number(info.processes)} processes`);
say(`  ${number(info.kinds.send)} messages sent, ${number(info.kinds.handle)} callbacks run`);
say(`  ${number(info.kinds.state)} states kept`);
say(
  `  ${number(info.events)} events in ${(info.bytes / 2 ** 20).toFixed(1)} MiB, ${info.gaps.length === 0 ? 'nothing missing' : `${info.gaps.length} gaps`}`,
);
const bad = crashes();
if (bad.length === 0) {
  say('  no crash');
} else {
  const reason = (bad[0].reason ?? '').replaceAll(/\s+/g, ' ');
  const at = `+${(bad[0].ns / 1e9).toFixed(3)}s`;
  say(`  ${bad.length} crashes, the first at ${at} (#${bad[0].seq}): ${bad[0].process}`);
  say(`    ${reason.length > 150 ? `${reason.slice(0, 149)}…` : reason}`);
}
const shown = relative(process.cwd(), out);
say('');
say(`The recording is ${shown}, what the shop printed is ${relative(process.cwd(), log)}.`);
say('How to find the cause: examples/shop/README.md');

if (process.env.OPEN === '0') process.exit(0);
const server = spawn(command, ['open', out], { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.kill(signal));
server.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' || signal === 'SIGTERM' ? 0 : 1)));
