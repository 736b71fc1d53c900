/**
 * What recording costs a program that does nothing but talk: one `gen_server:call` (two messages, a callback, a state) with a small and with a large message,
 * alone and recorded by either engine. Every way in turn, several rounds.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const command = join(here, '..', '..', 'bin', 'elixirscope');
const run = (out, ...options) => [command, 'run', '--quiet', ...options, '--out', out, '--'];
const ways = {
  bare: () => [],
  recorded: (out) => run(out, '--no-calls'),
  'recorded, slower engine': (out) => run(out, '--no-calls', '--engine', 'erlang'),
};

/** @returns {{small: Record<string, number[]>, large: Record<string, number[]>}} microseconds a call, by way */
export function genServer({ rounds, calls, only = Object.keys(ways) }) {
  const place = mkdtempSync(join(tmpdir(), 'elixirscope-bench-'));
  const program = ['erl', '-noshell', '-pa', place, '-s', 'counter', 'main'];
  const times = { small: {}, large: {} };
  try {
    execFileSync('erlc', ['-o', place, join(here, 'counter.erl')]);
    for (let round = 0; round < rounds; round++) {
      for (const [way, prefix] of Object.entries(ways).filter(([way]) => only.includes(way))) {
        const out = join(place, 'one.escope');
        const [first, ...rest] = [...prefix(out), ...program];
        const ran = spawnSync(first, rest, { encoding: 'utf8', env: { ...process.env, CALLS: String(calls) } });
        rmSync(out, { recursive: true, force: true });
        const found = Object.fromEntries(
          [...ran.stdout.matchAll(/^(small|large) (\d+)$/gm)].map((line) => [line[1], Number(line[2]) / 1000]),
        );
        if (ran.status !== 0 || found.small === undefined || found.large === undefined)
          throw new Error(`"${way}" failed:\n${ran.stdout}${ran.stderr}`);
        for (const size of ['small', 'large']) (times[size][way] ??= []).push(found[size]);
      }
    }
    return times;
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}
