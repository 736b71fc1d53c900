/**
 * What recording costs the program: RabbitMQ's throughput, and a call of a gen_server. Medians with their range.
 *
 *     npm run --silent bench:overhead [-- --json] [--rounds N] [--seconds N] [--calls N]
 */
import { execFileSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { genServer } from './gen-server.mjs';
import { rabbitmq } from './rabbitmq.mjs';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    calls: { type: 'string', default: '20000' },
  },
});
const [rounds, seconds, calls] = [Number(options.rounds), Number(options.seconds), Number(options.calls)];

const median = (all) => all.toSorted((a, b) => a - b)[all.length >> 1];
const map = (record, work) => Object.fromEntries(Object.entries(record).map(([key, value]) => [key, work(value)]));
const load = loadavg()[0];
const otp = execFileSync('erl', ['-noshell', '-eval', 'io:put_chars(erlang:system_info(otp_release)), halt().'], {
  encoding: 'utf8',
});
const times = genServer({ rounds, calls });
const rates = await rabbitmq({ rounds, seconds });

if (options.json) {
  const middle = rates && map(rates, median);
  console.log(
    JSON.stringify({
      gen_server_us: map(times, (by) => map(by, median)),
      ...(middle && {
        rabbitmq_messages_per_s: middle,
        rabbitmq_slowdown: map(middle, (rate) => 1 - rate / middle.bare),
      }),
      load_before: load,
    }),
  );
} else {
  const cell = (all, digits) => {
    const sorted = all.toSorted((a, b) => a - b);
    const [low, high] = [sorted[0], sorted.at(-1)].map((value) => value.toFixed(digits));
    return `${median(all).toFixed(digits)} (${low} to ${high})`;
  };
  console.log(
    `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, load ${load.toFixed(1)}, OTP ${otp}, Node ${process.version}, ${rounds} rounds\n`,
  );
  for (const [size, by] of Object.entries(times)) {
    console.log(`gen_server:call, ${size} message, µs`);
    for (const [way, all] of Object.entries(by)) console.log(`  ${way.padEnd(26)}${cell(all, 1)}`);
  }
  if (rates === undefined) console.log('RabbitMQ is not installed (apt-get install rabbitmq-server): not measured');
  else {
    console.log('RabbitMQ, messages a second');
    const bare = median(rates.bare);
    for (const [way, all] of Object.entries(rates))
      console.log(
        `  ${way.padEnd(26)}${cell(all, 0).padEnd(28)}${((1 - median(all) / bare) * 100).toFixed(1)} % slower`,
      );
  }
}
