/**
 * What capture costs, each figure beside its peer in the same run:
 *
 *     npm run --silent bench:capture [-- --json] [--rounds N] [--seconds N]
 *
 * bench/README.md says what each figure is.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { genServer } from '../overhead/gen-server.mjs';
import { figures } from './figures.mjs';
import { oneEvent } from './one-event.mjs';
import { build } from './places.mjs';
import { sustained } from './sustained.mjs';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '15' },
    seconds: { type: 'string', default: '10' },
    calls: { type: 'string', default: '50000' },
  },
});

build();
const place = mkdtempSync(join(tmpdir(), 'elixirscope-bench-'));
try {
  const load = loadavg()[0];
  const throughput = sustained({ place, seconds: Number(options.seconds), kind: 'number' });
  const orders = sustained({ place, seconds: Number(options.seconds) / 2, kind: 'order' });
  const times = await oneEvent({ place, rounds: Number(options.rounds) });
  const { small } = genServer({ rounds: 3, calls: Number(options.calls), only: ['bare', 'recorded'] });
  const result = { ...figures(times, small, throughput, orders), load_before: load };
  if (options.json) console.log(JSON.stringify(result));
  else print(result);
} finally {
  rmSync(place, { recursive: true, force: true });
}

function print({ best, ...medians }) {
  const release = ['-noshell', '-eval', 'io:put_chars(erlang:system_info(otp_release)), halt().'];
  const otp = execFileSync('erl', release, { encoding: 'utf8' });
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, OTP ${otp}, Node ${process.version}`;
  console.log(`${machine}, ${options.rounds} rounds\n`);
  console.log(`${''.padEnd(34)}${'median'.padStart(12)}${'best'.padStart(12)}`);
  const cell = (value) => (value === undefined ? '' : String(value)).padStart(12);
  for (const [name, value] of Object.entries(medians))
    console.log(`${name.padEnd(34)}${cell(value)}${cell(best[name])}`);
}
