/**
 * What the recorder needs for an event, from the probe's bytes to the file.
 *
 *     npm run --silent build:node && node bench/ingest.mjs [--shape messages|calls|lines] [--count N] [--json]
 *
 * A real VM sends N messages between two processes, or makes N calls recorded with their values or with their lines, under the probe; its stream is
 * kept in memory and then fed to the recorder's own ingest and writer. CPU time is what counts (the machine may be busy); the floor in the same run is walking over the records without doing anything.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { erlangSource, launchEnvironment } from '../dist/beam/index.js';
import { configTerm, RUN_LIMITS, SECRET_WORDS } from '../dist/capture/config.js';
import { findProbe, withoutExtension } from '../dist/capture/probe-files.js';
import { createRecording, ProbeStream } from '../dist/recording/index.js';
import { clockBase, FrameParser, RecordCursor } from '../dist/wire/index.js';

const { values } = parseArgs({
  options: {
    shape: { type: 'string', default: 'messages' },
    count: { type: 'string', default: '500000' },
    json: { type: 'boolean' },
  },
});
const count = Number(values.count);
const TOKEN = 'b'.repeat(32);
const MESSAGES = `
  Self = self(),
  Sink = fun Sink(0) -> Self ! done; Sink(N) -> receive {order, _, _, _} -> Sink(N - 1) end end,
  P = spawn(fun() -> Sink(${count}) end),
  Send = fun Send(0) -> ok; Send(N) -> P ! {order, N, <<"tea-bowl">>, [1, 2, 3]}, Send(N - 1) end,
  Send(${count}), receive done -> halt(0) end.`;
/** A server's day in small: a loop around calls of two functions, one in the other, that bind a few variables. */
const WORK = `-module(work).
-export([run/2]).
run(0, Stock) -> Stock;
run(N, Stock) ->
    Left = order(N, <<"tea-bowl">>, Stock),
    run(N - 1, Left).
order(Id, What, Stock) ->
    Free = maps:get(What, Stock),
    Taken = take(Id, Free),
    Stock#{What := Taken}.
take(Id, Free) when Id rem 2 =:= 0 -> Free - 1;
take(_, Free) -> Free + 1.
`;
const SHAPES = {
  messages: { families: ['messages', 'processes', 'callbacks'], program: MESSAGES },
  calls: { families: ['processes'], depth: 'values' },
  lines: { families: ['processes'], depth: 'lines' },
};
const shape = SHAPES[values.shape];
if (shape === undefined) throw new Error(`there is no shape ${values.shape}: ${Object.keys(SHAPES).join(', ')}`);

/** Runs the program under the probe and keeps every byte of its stream. */
async function capture(directory) {
  const probe = findProbe();
  const chunks = [];
  const socket = join(directory, 'socket');
  const server = createServer((connection) => connection.on('data', (chunk) => chunks.push(chunk)));
  await new Promise((resolve) => server.listen(socket, resolve));
  const config = join(directory, 'config');
  const term = configTerm({
    mode: 'run',
    address: { unix: socket },
    token: TOKEN,
    ringDirectory: undefined,
    ringBytes: 4 << 20,
    onFull: 'wait',
    limits: RUN_LIMITS,
    secrets: SECRET_WORDS,
    families: shape.families,
    ...(shape.depth ? { depths: [{ module: 'work', fn: '*', depth: shape.depth }] } : {}),
    nif: probe.sharedObject && withoutExtension(probe.sharedObject),
    deleteNif: false,
    bytesPerSecond: 0,
  });
  writeFileSync(config, erlangSource(term));
  const env = launchEnvironment({ ebin: probe.ebin, configPath: config, env: process.env });
  writeFileSync(join(directory, 'work.erl'), WORK);
  execFileSync('erlc', ['+debug_info', 'work.erl'], { cwd: directory });
  const program = shape.program ?? `work:run(${count}, #{<<"tea-bowl">> => 7}), halt(0).`;
  await new Promise((resolve) =>
    spawn('erl', ['-noshell', '-pa', directory, '-eval', program], { env, stdio: 'inherit' }).on('close', resolve),
  );
  await new Promise((resolve) => setTimeout(resolve, 200));
  server.close();
  return chunks;
}

function cpu(work) {
  const before = process.cpuUsage();
  const result = work();
  const spent = process.cpuUsage(before);
  return { seconds: (spent.user + spent.system) / 1e6, result };
}

function ingest(chunks, path) {
  let writer;
  const shared = {
    writer: (startedAtMs) => (writer ??= createRecording({ path, startedAtMs })),
    startNs: undefined,
    clock: { ns: 0 },
    token: TOKEN,
    ringDirectory: undefined,
  };
  const stream = new ProbeStream(shared, { hello: () => undefined, note: () => undefined });
  for (const chunk of chunks) stream.push(chunk);
  stream.finish();
  writer.close();
  return writer.events;
}

function walk(chunks) {
  let records = 0;
  const base = clockBase('0');
  const parser = new FrameParser({
    token: () => undefined,
    frame: ({ type, body }) => {
      if (type !== 2) return;
      const cursor = new RecordCursor(body.subarray(8), base);
      while (cursor.advance()) records++;
    },
  });
  for (const chunk of chunks) parser.push(chunk);
  return records;
}

const directory = mkdtempSync(join(tmpdir(), 'elixirscope-bench-'));
try {
  const chunks = await capture(directory);
  const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  ingest(chunks, join(directory, 'warm-up'));
  const floor = cpu(() => walk(chunks));
  const rounds = [1, 2, 3].map((n) => cpu(() => ingest(chunks, join(directory, `round-${n}`))));
  const best = rounds.reduce((a, b) => (a.seconds < b.seconds ? a : b));
  const result = {
    shape: values.shape,
    events: best.result,
    wire_bytes_per_event: Math.round(bytes / best.result),
    events_per_cpu_second: Math.round(best.result / best.seconds),
    floor_events_per_cpu_second: Math.round(floor.result / floor.seconds),
    ratio_to_floor: Number((best.seconds / floor.seconds).toFixed(1)),
  };
  console.log(
    values.json
      ? JSON.stringify(result)
      : Object.entries(result)
          .map(([key, value]) => `${key.padEnd(30)} ${value}`)
          .join('\n'),
  );
} finally {
  rmSync(directory, { recursive: true, force: true });
}
