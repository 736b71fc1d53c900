/**
 * How fast a recording is written and asked: `npm run build:node && node bench/recording.mjs [--events N] [--processes N] [--seed N] [--keep PATH]`.
 * Prints JSON. Times are of this machine, caches cold for each kind of question and warm within it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createRecording, openRecording } from '../dist/recording/index.js';
import { Random, SyntheticSystem } from '../dist/recording/testing/index.js';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000' },
    processes: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    keep: { type: 'string' },
  },
});
const events = Number(values.events);
const processes = Number(values.processes);
const seed = Number(values.seed);

const cpu = (run) => {
  const before = process.cpuUsage();
  run();
  const used = process.cpuUsage(before);
  return (used.user + used.system) / 1e6;
};
const round = (value, digits = 3) => Number(value.toFixed(digits));

const dir = mkdtempSync(join(tmpdir(), 'escope-bench-'));
try {
  const path = values.keep ?? join(dir, 'bench.escope');
  // Rows are made up in batches outside of the clock, and only then given to the writer: its cost alone is counted, nothing is subtracted.
  const writer = createRecording({ path, startedAtMs: 0 });
  const batch = [];
  let made = 0;
  const collector = {
    get events() {
      return made;
    },
    addNode: (info) => writer.addNode(info),
    defineAtom: (node, index, name) => writer.defineAtom(node, index, name),
    functionId: (node, module, name, arity) => writer.functionId(node, module, name, arity),
    addProcess: (info) => writer.addProcess(info),
    updateProcess: (id, change) => writer.updateProcess(id, change),
    append(row) {
      batch.push({ ...row, payload: row.payload.slice() });
      return ++made;
    },
  };
  const system = new SyntheticSystem(collector, { processes, seed });
  let writing = 0;
  let peak = 0;
  // A flush for each batch: as often as a recorder at a million events a second does.
  while (made < events) {
    const until = Math.min(events, made + 250_000);
    while (made < until) system.step();
    writing += cpu(() => {
      for (const row of batch) writer.append(row);
      writer.flush();
    });
    batch.length = 0;
    peak = Math.max(peak, process.memoryUsage().rss);
  }
  writing += cpu(() => writer.close());

  const started = performance.now();
  const recording = openRecording(path);
  const info = recording.info();
  const openMs = performance.now() - started;

  const random = new Random(seed + 1);
  const end = recording.end();
  const any = () => ({ process: 1 + random.zipf(processes), at: recording.momentOf(random.below(end.seq)) });
  const times = (count, run) => {
    const all = [];
    for (let i = 0; i < count; i++) {
      const question = any();
      const from = performance.now();
      run(question);
      all.push(performance.now() - from);
    }
    all.sort((a, b) => a - b);
    const at = (part) => round(all[Math.min(all.length - 1, Math.floor(all.length * part))]);
    return { p50: at(0.5), p99: at(0.99) };
  };
  const window = Math.min(end.ns, 5e9);
  const lanes = () => Array.from({ length: 20 }, () => 1 + random.zipf(processes));
  const state = times(500, ({ process, at }) => recording.state(process, at));
  const mailbox = times(300, ({ process, at }) => recording.mailbox(process, at));
  const strip =
    (span) =>
    ({ at }) => {
      const fromNs = Math.min(at.ns, end.ns - span);
      recording.timeline({ fromNs, toNs: fromNs + span, bins: 1200, processes: lanes() });
    };
  const timeline = times(10, strip(window));
  const timelineNear = times(20, strip(Math.min(end.ns, 20e6)));
  const near = ({ at }) => ({ fromNs: at.ns, toNs: at.ns + 5e6, processes: lanes(), limit: 5000 });
  const slices = times(20, (question) => recording.slices(near(question)));
  const arrows = times(20, (question) => recording.arrows(near(question)));
  const processesAt = times(3, ({ at }) => recording.processesAt(at));
  recording.close();

  console.log(
    JSON.stringify(
      {
        events: info.events,
        processes: info.processes,
        ingest_events_per_cpu_second: Math.round(info.events / writing),
        bytes_per_event: round(info.bytes / info.events, 2),
        open_ms: round(openMs),
        state_ms: state,
        mailbox_ms: mailbox,
        timeline_ms: timeline,
        timeline_20ms_ms: timelineNear,
        slices_5ms_ms: slices,
        arrows_5ms_ms: arrows,
        processes_at_ms: processesAt,
        // With the batch of rows, which the bench holds and a recorder does not.
        ingest_rss_mb: Math.round(peak / 1e6),
        rss_mb: Math.round(process.memoryUsage().rss / 1e6),
      },
      undefined,
      2,
    ),
  );
} finally {
  rmSync(dir, { recursive: true, force: true });
}
