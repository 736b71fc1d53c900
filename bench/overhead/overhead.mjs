/**
 * What recording costs the program: one `gen_server:call` (two messages, a callback, a state) with a small and with a large message, alone and
 * recorded by either engine. Every way runs in turn, five rounds; the table gives the median and the range.
 *
 *     npm run bench:overhead
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const command = join(here, '..', '..', 'bin', 'elixirscope');
const calls = process.env.CALLS ?? '20000';
const rounds = Number(process.env.ROUNDS ?? 5);
const place = mkdtempSync(join(tmpdir(), 'elixirscope-bench-'));
const program = ['erl', '-noshell', '-pa', place, '-s', 'counter', 'main'];

const ways = {
  alone: (words) => words,
  recorded: (words, out) => [command, 'run', '--quiet', '--out', out, '--', ...words],
  'recorded, slower engine': (words, out) => [
    command,
    'run',
    '--quiet',
    '--engine',
    'erlang',
    '--out',
    out,
    '--',
    ...words,
  ],
};

function once(way, round) {
  const out = join(place, `${Object.keys(ways).indexOf(way)}-${round}.escope`);
  const [first, ...rest] = ways[way](program, out);
  const ran = spawnSync(first, rest, { encoding: 'utf8', env: { ...process.env, CALLS: calls } });
  const figures = Object.fromEntries(
    [...ran.stdout.matchAll(/^(small|large) (\d+)$/gm)].map((found) => [found[1], Number(found[2])]),
  );
  rmSync(out, { recursive: true, force: true });
  if (ran.status !== 0 || figures.small === undefined) throw new Error(`"${way}" failed:\n${ran.stdout}${ran.stderr}`);
  return figures;
}

try {
  execFileSync('erlc', ['-o', place, join(here, 'counter.erl')]);
  const figures = Object.fromEntries(Object.keys(ways).map((way) => [way, []]));
  for (let round = 0; round < rounds; round++) for (const way of Object.keys(ways)) figures[way].push(once(way, round));
  const otp = execFileSync('erl', ['-noshell', '-eval', 'io:put_chars(erlang:system_info(otp_release)), halt().'], {
    encoding: 'utf8',
  });
  console.log(
    `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, OTP ${otp}, Node ${process.version}, ${calls} calls, ${rounds} rounds\n`,
  );
  console.log(`${'µs a call'.padEnd(26)}${'small'.padEnd(24)}large (100 tuples)`);
  for (const [way, all] of Object.entries(figures)) {
    const cell = (what) => {
      const sorted = all.map((one) => one[what] / 1000).sort((a, b) => a - b);
      const [low, middle, high] = [sorted[0], sorted[sorted.length >> 1], sorted.at(-1)].map((us) => us.toFixed(1));
      return `${middle} (${low} to ${high})`.padEnd(24);
    };
    console.log(`${way.padEnd(26)}${cell('small')}${cell('large')}`.trimEnd());
  }
} finally {
  rmSync(place, { recursive: true, force: true });
}
