/**
 * How quick the browser view is: frames beside the least that drawing the same marks costs, a step of the moment, the first picture, the heap.
 *
 *     npm run --silent bench:ui [-- --json] [--rounds N] [--events N] [--recordings DIRECTORY] [--only timeline,constellation,scrub,first,heap]
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { constellationFrames } from './constellation.mjs';
import { firstPaint, heap, scrub } from './moment.mjs';
import { made, writeOrders, writeSlices } from './recordings.mjs';
import { timelineFrames } from './timeline.mjs';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    events: { type: 'string', default: '10000000' },
    recordings: { type: 'string' },
    only: { type: 'string', default: 'timeline,constellation,scrub,first,heap' },
  },
});
const rounds = Number(options.rounds);
const events = Number(options.events);
const only = new Set(options.only.split(','));
const kept = options.recordings;
if (kept !== undefined) mkdirSync(kept, { recursive: true });
const directory = kept ?? mkdtempSync(join(tmpdir(), 'elixirscope-bench-'));
const load = loadavg()[0];

try {
  const slices = () =>
    made(join(directory, 'slices.escope'), (path) => writeSlices(path, { slices: 1_000_000, lanes: 200 }));
  const processes = Math.min(100_000, Math.max(100, Math.round(events / 1_000)));
  const orders = () =>
    made(join(directory, `orders-${events}.escope`), (path) => writeOrders(path, { events, processes }));
  const timeline = only.has('timeline') ? await timelineFrames(slices(), rounds) : undefined;
  const system = only.has('constellation') ? await constellationFrames(rounds) : undefined;
  const steps = only.has('scrub') ? await scrub(orders(), Math.round(events / 2)) : undefined;
  const first = only.has('first') ? await firstPaint(orders(), rounds) : undefined;
  const held = only.has('heap') ? await heap(orders()) : undefined;
  // Of the views of the timeline the one that is furthest from its floor.
  const worst = timeline?.reduce((a, b) => (b.frame / b.floor > a.frame / a.floor ? b : a));
  const scrubbed = steps && { p50: steps.p50, p95: steps.p95 };
  const answer = {
    timeline_frame_ms: worst?.frame,
    timeline_floor_ms: worst?.floor,
    constellation_frame_ms: system?.frame,
    constellation_floor_ms: system?.floor,
    scrub_ms: scrubbed,
    first_paint_ms: first?.drawn,
    heap_mb: held?.peak,
  };
  if (options.json) {
    const machine = { cores: cpus().length, model: cpus()[0]?.model, node: process.version, load };
    console.log(JSON.stringify({ ...answer, events, processes, timeline, constellation: system, scrub: steps, first_paint: first, heap: held, machine })); // prettier-ignore
  } else {
    const ms = (value) => (value === undefined ? 'not measured' : `${value.toFixed(1)} ms`);
    const ratio = (a, b) => (a === undefined || b === undefined ? '' : ` (${(a / b).toFixed(2)} times)`);
    console.log(`${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, load ${load.toFixed(1)}, Node ${process.version}, ${rounds} rounds, ${events} events of ${processes} processes\n`); // prettier-ignore
    const row = (name, value, goal) => console.log(`${name.padEnd(34)}${value.padEnd(40)}${goal}`);
    for (const each of timeline ?? []) {
      row(`timeline, ${each.name}`, `${ms(each.frame)}, floor ${ms(each.floor)}${ratio(each.frame, each.floor)}`, '1.5 times, 16 ms'); // prettier-ignore
      row('  at p95', `${ms(each.p95)}, floor ${ms(each.floorP95)}; while fetching ${ms(each.coldP95)}`, '16 ms');
      row('  processor time of a frame', `${ms(each.cpu)}, floor ${ms(each.floorCpu)}${ratio(each.cpu, each.floorCpu)}`, ''); // prettier-ignore
      row('  pixels with marks', `${each.marked}, floor ${each.floorMarked}`, 'as many');
    }
    row('constellation', `${ms(system?.frame)}, floor ${ms(system?.floor)}${ratio(system?.frame, system?.floor)}`, '1.5 times'); // prettier-ignore
    row('  beside its own plain lines', `floor ${ms(system?.lean)}${ratio(system?.frame, system?.lean)}`, '');
    row('  processor time of a frame', `${ms(system?.cpu)}, floor ${ms(system?.floorCpu)}${ratio(system?.cpu, system?.floorCpu)}, plain ${ms(system?.leanCpu)}`, ''); // prettier-ignore
    row('  once it rests, with smooth edges', `${ms(system?.rest)}, floor ${ms(system?.restFloor)}${ratio(system?.rest, system?.restFloor)}`, ''); // prettier-ignore
    row('a step of the moment, p50 / p95', `${ms(steps?.p50)} / ${ms(steps?.p95)}`, '50 ms at p95');
    for (const name of ['steps', 'drags'])
      if (steps)
        row(`  by ${name === 'steps' ? 'key' : 'dragging'}`, `${ms(steps[name].p50)} / ${ms(steps[name].p95)}`, '');
    row('first lanes drawn', ms(first?.drawn), '1 s at 100 million events');
    if (first) row('  the command answers after', ms(first.open), '');
    row('heap, most seen / after a collection', held ? `${held.peak.toFixed(0)} MB / ${held.after.toFixed(0)} MB` : 'not measured', '300 MB'); // prettier-ignore
    if (held) row('  memory of the server', `${held.server.toFixed(0)} MB`, '');
  }
} finally {
  if (kept === undefined) rmSync(directory, { recursive: true, force: true });
}
