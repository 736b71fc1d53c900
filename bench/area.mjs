/**
 * How long the totals of an area take, beside merely reading the same events.
 *
 *     npm run --silent bench:area -- [--events N] [--recording PATH] [--rounds N] [--json]
 *
 * Unless a recording is given, one is made up: a busy system of ten thousand processes. In each round, in turn: every column of every block is unpacked
 * and each of its bytes added up, which is the least that anybody needs who has to look at all events; the totals of everything are counted; those
 * of the second half, for which is looked up what was under way in the middle; and a server is asked for the whole as a browser would, with another question
 * every 50 ms that must not wait. CPU time is what counts where other work runs on the machine; the thread's is in it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openRecording } from '../dist/recording/index.js';
import { writeSyntheticRecording } from '../dist/recording/testing/index.js';
import { AreaDesk } from '../dist/server/area-desk.js';
import { AreaTotals } from '../dist/server/area-totals.js';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '10000000' },
    recording: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'boolean' },
  },
});
const CACHE_BYTES = 48 << 20;
const directory = mkdtempSync(join(tmpdir(), 'elixirscope-bench-'));
process.once('exit', () => rmSync(directory, { recursive: true, force: true }));

let path = values.recording;
if (path === undefined) {
  path = join(directory, 'system.escope');
  writeSyntheticRecording({ path, events: Number(values.events), processes: 10_000, seed: 1 });
}
const recording = openRecording(path, { cacheBytes: CACHE_BYTES });
const end = recording.end();
const middle = recording.momentAt(end.ns / 2);

/** Adds up every byte of a column. */
function sumOf(column) {
  const bytes = new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
  let sum = 0;
  for (let i = 0; i < bytes.length; i++) sum = (sum + bytes[i]) | 0;
  return sum;
}

function read() {
  let sum = 0;
  for (const block of recording.blocks())
    for (const column of ['kinds', 'flags', 'ns', 'processes', 'peers', 'functions', 'causes'])
      sum += sumOf(block[column]());
  return sum;
}

function count(fromNs) {
  const totals = new AreaTotals(recording, { fromNs, toNs: end.ns, processes: undefined });
  totals.look(() => true);
  return totals;
}

/** Asks until it is done, and something else meanwhile; how long the slowest of these waited, beyond its 50 ms. */
async function ask() {
  const desk = new AreaDesk(recording);
  let slowest = 0;
  let due = performance.now() + 50;
  const other = setInterval(() => {
    slowest = Math.max(slowest, performance.now() - due);
    due = performance.now() + 50;
  }, 50);
  let answers = 0;
  let first = 0;
  const began = performance.now();
  for (let done = false; !done; answers++) {
    ({ done } = await desk.ask({ fromNs: 0, toNs: end.ns, part: 'functions' }, false));
    first ||= performance.now() - began;
  }
  clearInterval(other);
  desk.close();
  return { slowest, answers, first };
}

async function timed(work) {
  const cpu = process.cpuUsage();
  const wall = performance.now();
  const found = await work();
  const { user, system } = process.cpuUsage(cpu);
  return { found, wallMs: performance.now() - wall, cpuMs: (user + system) / 1e3 };
}

const rounds = [];
for (let round = 0; round < Number(values.rounds); round++)
  rounds.push({
    read: await timed(read),
    all: await timed(() => count(0)),
    half: await timed(() => count(middle.ns + 1)),
    asked: await timed(ask),
  });

const median = (list) => [...list].sort((a, b) => a - b)[(list.length - 1) >> 1];
const of = (which, what) => median(rounds.map((round) => round[which][what]));
const events = recording.info().events;
const result = {
  events,
  rounds: rounds.length,
  read_ms: of('read', 'cpuMs'),
  area_ms: of('all', 'cpuMs'),
  area_ratio: median(rounds.map(({ read, all }) => all.cpuMs / read.cpuMs)),
  area_us_per_event: (of('all', 'cpuMs') * 1e3) / events,
  half_ms: of('half', 'cpuMs'),
  half_ratio: median(rounds.map(({ read, half }) => half.cpuMs / (read.cpuMs / 2))),
  asked_ms: of('asked', 'wallMs'),
  asked_first_ms: median(rounds.map(({ asked }) => asked.found.first)),
  others_waited_ms: median(rounds.map(({ asked }) => asked.found.slowest)),
  rss_mb: process.resourceUsage().maxRSS / 1024,
  wall: { read_ms: of('read', 'wallMs'), area_ms: of('all', 'wallMs'), half_ms: of('half', 'wallMs') },
};
if (values.json) console.log(JSON.stringify(result, undefined, 2));
else {
  console.log(
    `${cpus().length} cores (${cpus()[0]?.model}), Node ${process.version}, ${events} events, ${rounds.length} rounds, medians, CPU time unless told`,
  );
  console.log(`reading every column      ${result.read_ms.toFixed(0)} ms`);
  console.log(
    `totals of everything      ${result.area_ms.toFixed(0)} ms, ${result.area_ratio.toFixed(2)} times reading it`,
  );
  console.log(
    `totals of the second half ${result.half_ms.toFixed(0)} ms, ${result.half_ratio.toFixed(2)} times reading it`,
  );
  console.log(
    `asked of a server         ${result.asked_ms.toFixed(0)} ms (wall), the first answer after ${result.asked_first_ms.toFixed(0)} ms; other questions waited ${result.others_waited_ms.toFixed(0)} ms at most`,
  );
}
recording.close();
