/**
 * How fast a recording is written and asked, beside DuckDB and SQLite with the same events:
 * `npm run --silent bench:recording -- [--events N] [--processes N] [--seed N] [--keep PATH] [--live] [--no-compare] [--json]`, after
 * `npm run build:node`. The same numbers give the same recording, event by event. It is written here and asked in a new process; with `--live` it
 * goes on to be written, at a million events a second, while it is asked. Every time is given as it passed (wall) and as it was worked (cpu, all
 * threads), since a shared machine stretches the first.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createRecording, openRecording } from '../dist/recording/index.js';
import { parsePath } from '../dist/term/index.js';
import { Random, SyntheticSystem } from '../dist/recording/testing/index.js';
import { compareWithDatabases } from './recording-databases.mjs';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '10000000' },
    processes: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    /** Where to leave the recording; removed unless told. */
    keep: { type: 'string' },
    /** Ask one that is there. */
    ask: { type: 'string' },
    /** Go on recording while it is asked. */
    live: { type: 'boolean', default: false },
    /** Beside DuckDB and SQLite, up to ten million events. */
    'no-compare': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const processes = Number(values.processes);
const seed = Number(values.seed);
const round = (value, digits = 3) => Number(value.toFixed(digits));
const mb = (bytes) => Math.round(bytes / 1e6);

function cpuSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Rows as columns: made outside of the clock, then given to the writer. A batch holds no objects that a collector would have to walk. */
class Batch {
  constructor(rows) {
    this.numbers = new Float64Array(rows * 7);
    this.ends = new Float64Array(rows);
    this.payloads = new Uint8Array(rows * 64);
    this.clear();
  }
  clear() {
    this.rows = 0;
    this.bytes = 0;
  }
  add({ kind, flags, ns, process, peer, fn, cause, payload }) {
    this.numbers.set([kind, flags, ns, process, peer, fn, cause], this.rows * 7);
    if (this.bytes + payload.length > this.payloads.length) {
      const grown = new Uint8Array(this.payloads.length * 2);
      grown.set(this.payloads);
      this.payloads = grown;
    }
    this.payloads.set(payload, this.bytes);
    this.ends[this.rows++] = this.bytes += payload.length;
  }
  /** `after`: appended once more, after so many events, so many nanoseconds later. */
  writeTo(writer, from = 0, to = this.rows, after = { events: 0, ns: 0 }) {
    const { numbers, ends, payloads } = this;
    const row = { kind: 0, flags: 0, ns: 0, process: 0, peer: 0, fn: 0, cause: 0, payload: payloads };
    for (let i = from, at = from === 0 ? 0 : ends[from - 1]; i < to; i++) {
      const n = i * 7;
      row.kind = numbers[n];
      row.flags = numbers[n + 1];
      row.ns = numbers[n + 2] + after.ns;
      row.process = numbers[n + 3];
      row.peer = numbers[n + 4];
      row.fn = numbers[n + 5];
      row.cause = numbers[n + 6] === 0 ? 0 : numbers[n + 6] + after.events;
      row.payload = payloads.subarray(at, ends[i]);
      at = ends[i];
      writer.append(row);
    }
  }
}

function write(path, events, live) {
  const writer = createRecording({ path, startedAtMs: 0 });
  const batch = new Batch(live ? LIVE_EVENTS + 1000 : 260_000);
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
      batch.add(row);
      return ++made;
    },
  };
  const system = new SyntheticSystem(collector, { processes, seed });
  const used = { cpu: 0, wall: 0, peak: 0 };
  const clocked = (run) => {
    const cpu = cpuSeconds();
    const wall = performance.now();
    run();
    used.cpu += cpuSeconds() - cpu;
    used.wall += (performance.now() - wall) / 1000;
    used.peak = Math.max(used.peak, process.memoryUsage().rss);
  };
  // A flush for each batch: as often as a recorder at a million events a second does.
  while (made < events) {
    const until = Math.min(events, made + 250_000);
    while (made < until) system.step();
    clocked(() => {
      batch.writeTo(writer);
      writer.flush();
    });
    batch.clear();
  }
  if (!live) clocked(() => writer.close());
  return { ...used, writer, goOn: () => goOn(writer, system, batch, () => made) };
}

const LIVE_EVENTS = 1_000_000;
const TICK_MS = 20;

/** Goes on at a million events a second with the same million again and again, until it is stopped. Gives how fast it was. */
function goOn(writer, system, batch, made) {
  const first = made();
  const end = first + LIVE_EVENTS;
  while (made() < end) system.step();
  const { rows, numbers } = batch;
  const span = numbers[(rows - 1) * 7 + 2] - numbers[2] + 500;
  const started = performance.now();
  const cpu = cpuSeconds();
  let written = 0;
  let round = 0;
  let at = 0;
  const timer = setInterval(() => {
    const due = ((performance.now() - started) / 1000) * LIVE_EVENTS;
    while (written < due) {
      const to = Math.min(rows, at + 20_000);
      batch.writeTo(writer, at, to, { events: round * rows, ns: round * span });
      written += to - at;
      at = to === rows ? 0 : to;
      if (at === 0) round++;
      // Rather late than never answering.
      if (written < due - LIVE_EVENTS) break;
    }
    writer.flush();
  }, TICK_MS);
  return () => {
    clearInterval(timer);
    const seconds = (performance.now() - started) / 1000;
    writer.close();
    return {
      events: written,
      per_s: Math.round(written / seconds),
      cpu_share: Number(((cpuSeconds() - cpu) / seconds).toFixed(2)),
    };
  };
}

function ask(path, live) {
  const cpu = cpuSeconds();
  const started = performance.now();
  const recording = openRecording(path);
  recording.state(1, recording.end());
  const open = { open_ms: round(performance.now() - started), open_cpu_ms: round((cpuSeconds() - cpu) * 1000) };
  const info = recording.info();

  const random = new Random(seed + 1);
  const end = recording.end();
  const any = () => ({ process: 1 + random.zipf(processes), at: recording.momentOf(1 + random.below(end.seq)) });
  const results = {};
  /** Medians and 99th percentiles of questions at random places, in ms; `first` is what the first one took, before the code was compiled. */
  const times = (name, count, question, run) => {
    const wall = [];
    const worked = [];
    const early = Math.ceil(count / 10);
    let first = 0;
    for (let i = -early; i < count; i++) {
      // Whoever looks at a recording that grows looks again all the time.
      if (live && i % 20 === 0) recording.refresh();
      const asked = question();
      const cpuBefore = cpuSeconds();
      const from = performance.now();
      run(asked);
      if (i === -early) first = performance.now() - from;
      if (i < 0) continue;
      wall.push(performance.now() - from);
      worked.push((cpuSeconds() - cpuBefore) * 1000);
    }
    const at = (list, part) => round(list.sort((a, b) => a - b)[Math.min(count - 1, Math.floor(count * part))]);
    results[`${name}_ms`] = { p50: at(wall, 0.5), p99: at(wall, 0.99), cpu_p50: at(worked, 0.5), cpu_p99: at(worked, 0.99), first: round(first), n: count }; // prettier-ignore
  };
  const lanes = () => Array.from({ length: 20 }, () => 1 + random.zipf(processes));
  times('state', 2000, any, ({ process, at }) => recording.state(process, at));
  times('mailbox', 2000, any, ({ process, at }) => recording.mailbox(process, at));
  if (recording.stack) times('stack', 2000, any, ({ process, at }) => recording.stack(process, at));
  const send = () => {
    for (let seq = 1 + random.below(end.seq); ; seq = 1 + random.below(end.seq)) {
      const event = recording.event(seq);
      if (event?.kind === 'send') return event;
    }
  };
  times('pair', 1000, send, ({ ns, process }) =>
    recording.arrows({ fromNs: ns, toNs: ns, processes: [process], limit: 1 }),
  );
  // A hundred calls of a function, from anywhere on.
  const calls = () => ({ from: any().at, functions: [1 + random.zipf(200)], kinds: ['call'] });
  times('calls', 200, calls, (filter) => {
    let n = 0;
    for (const event of recording.events(filter)) if (event.seq > 0 && ++n === 100) break;
  });
  const strip = (share) => () => {
    const span = Math.max(1, end.ns * share);
    const fromNs = random.next() * (end.ns - span);
    return { fromNs, toNs: fromNs + span, bins: 1200, processes: lanes() };
  };
  // Windows of every size, from a hundred thousandth of the recording to all of it.
  const anySize = () => strip(10 ** (-5 * random.next()))();
  times('timeline', 200, anySize, (query) => recording.timeline(query));
  times('timeline_whole', 30, strip(1), (query) => recording.timeline(query));
  const near = () => {
    const fromNs = random.next() * end.ns;
    return { fromNs, toNs: fromNs + 5e6, processes: lanes(), limit: 5000 };
  };
  times('slices_5ms', 100, near, (query) => recording.slices(query));
  times('arrows_5ms', 100, near, (query) => recording.arrows(query));
  // A page of what became of a value, and who wrote it: one that changes each time, and two that never do.
  const paths = ['total', 'owner', 'orders[3]'].map(parsePath);
  times('history', 200, any, ({ process, at }) => {
    let n = 0;
    for (const change of recording.history(process, { to: at, reverse: true, part: paths[0] }))
      if (change.seq > 0 && ++n === 50) break;
  });
  const value = () => ({ ...any(), part: paths[random.below(paths.length)] });
  times('why', 100, value, ({ process, at, part }) => recording.origin(process, at, part));
  times('links', 200, any, ({ process, at }) => recording.links(process, at));
  times('names', 50, any, ({ at }) => recording.names(at));
  // A text from anywhere on: one of five thousand, then one that never occurs in a hundredth of the recording.
  const text = () => ({ from: any().at, text: `sku-${random.below(5000)}`, kinds: ['send'] });
  times('find', 50, text, (query) => {
    for (const { event } of recording.occurrences(query)) if (event.seq > 0) break;
  });
  const nowhere = () => {
    const from = 1 + random.below(Math.ceil(end.seq * 0.99));
    return {
      from: recording.momentOf(from),
      to: recording.momentOf(from + Math.floor(end.seq / 100)),
      text: 'nowhere',
    };
  };
  times('find_nothing_in_1_percent', 5, nowhere, (query) => [...recording.occurrences(query)]);
  const rss = process.memoryUsage().rss;
  times('processes_at', 5, any, ({ at }) => recording.processesAt(at));
  const peak = process.resourceUsage().maxRSS * 1024;
  recording.close();
  return {
    events: info.events,
    processes: info.processes,
    bytes: info.bytes,
    ...open,
    ...results,
    rss_mb: mb(rss),
    peak_rss_mb: mb(peak),
  };
}

const run = (command, args) =>
  new Promise((resolve, reject) => {
    execFile(command, args, { encoding: 'utf8', maxBuffer: 1 << 26 }, (error, stdout) =>
      error ? reject(error) : resolve(stdout),
    );
  });

if (values.ask !== undefined) console.log(JSON.stringify(ask(values.ask, values.live)));
else {
  const dir = mkdtempSync(join(tmpdir(), 'escope-bench-'));
  try {
    const path = values.keep ?? join(dir, 'bench.escope');
    const used = write(path, Number(values.events), values.live);
    const stop = values.live ? used.goOn() : undefined;
    const args = [
      fileURLToPath(import.meta.url),
      '--ask',
      path,
      '--processes',
      values.processes,
      '--seed',
      values.seed,
      ...(values.live ? ['--live'] : []),
    ];
    const { events, bytes, ...asked } = JSON.parse(await run(process.execPath, args));
    const recording = stop?.();
    const compare = !values['no-compare'] && !values.live && events <= 10_500_000;
    const result = {
      events,
      ingest_events_per_cpu_second: Math.round(Number(values.events) / used.cpu),
      wall_events_per_s: Math.round(Number(values.events) / used.wall),
      bytes_per_event: round(bytes / events, 2),
      // With the batch of rows, which the bench holds and a recorder does not.
      ingest_rss_mb: mb(used.peak),
      ...asked,
      ...(recording ? { meanwhile: recording } : {}),
      ...(compare ? await compareWithDatabases(path, dir, seed) : {}),
      machine: { node: process.version, cores: cpus().length, load: round(loadavg()[0], 1) },
    };
    if (values.json) console.log(JSON.stringify(result, undefined, 2));
    else
      for (const [name, value] of Object.entries(result))
        console.log(`${name.padEnd(30)}${typeof value === 'object' ? JSON.stringify(value) : value}`);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
