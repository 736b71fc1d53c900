/** The same events and questions in DuckDB (an optional dependency) and SQLite (its command), for `recording.mjs`. */
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { openBlocks } from '../dist/recording/carry.js';
import { Random } from '../dist/recording/testing/index.js';

const COLUMNS = 'seq, ns, kind, flags, process, peer, fn, cause, payload';
const TYPES =
  'seq bigint, ns bigint, kind tinyint, flags tinyint, process integer, peer integer, fn integer, cause bigint, payload varchar';
const [SEND, ARRIVE, CALL, HANDLE, STATE] = [7, 8, 9, 12, 14];
const round = (value) => Number(value.toFixed(2));

/** Every event as a line; payloads in hexadecimal. */
function writeCsv(path, file) {
  const store = openBlocks(path);
  const fd = openSync(file, 'w');
  for (const block of store.blocks) {
    const [kinds, flags, ns, processes, peers, functions, causes] = [block.kinds(), block.flags(), block.ns(), block.processes(), block.peers(), block.functions(), block.causes()]; // prettier-ignore
    let lines = '';
    for (let row = 0; row < block.count; row++) {
      const payload = Buffer.from(block.payload(row)).toString('hex');
      lines += `${block.firstSeq + row},${ns[row]},${kinds[row]},${flags[row]},${processes[row]},${peers[row]},${functions[row]},${causes[row]},${payload}\n`;
    }
    writeSync(fd, lines);
  }
  closeSync(fd);
  const end = { seq: store.events, ns: store.lastNs };
  store.close();
  return end;
}

/** Questions as SQL, at random places. */
function questions(random, end) {
  const any = () => ({ process: 1 + random.zipf(10_000), seq: 1 + random.below(end.seq) });
  return {
    state_ms: () => {
      const { process, seq } = any();
      return `select payload from events where process = ${process} and kind = ${STATE} and seq <= ${seq} order by seq desc limit 1`;
    },
    mailbox_ms: () => {
      const { process, seq } = any();
      const taken = `(select coalesce(max(cause), 0) from events where process = ${process} and kind = ${HANDLE} and seq <= ${seq})`;
      return `select seq, payload from events where process = ${process} and kind = ${ARRIVE} and seq <= ${seq} and seq > ${taken} order by seq`;
    },
    pair_ms: () => {
      const { seq } = any();
      const send = `(select min(seq) from events where kind = ${SEND} and seq >= ${seq})`;
      return `select a.seq, h.seq from events a left join events h on h.cause = a.seq where a.cause = ${send} and a.kind = ${ARRIVE}`;
    },
    calls_ms: () =>
      `select ${COLUMNS} from events where kind = ${CALL} and fn = ${1 + random.zipf(200)} and seq >= ${any().seq} order by seq limit 100`,
    history_ms: () => {
      const { process, seq } = any();
      return `select seq, payload from events where process = ${process} and kind = ${STATE} and seq <= ${seq} order by seq desc limit 50`;
    },
    timeline_ms: () => {
      const span = Math.max(1, Math.floor(end.ns * 10 ** (-5 * random.next())));
      const from = Math.floor(random.next() * (end.ns - span));
      const lanes = Array.from({ length: 20 }, () => 1 + random.zipf(10_000)).join(', ');
      return `select process, cast((ns - ${from}) * 1200.0 / ${span} as integer) as bin, count(*) from events where process in (${lanes}) and ns >= ${from} and ns < ${from + span} group by 1, 2`;
    },
    find_ms: () => {
      const text = Buffer.from(`sku-${random.below(5000)}`).toString('hex');
      return `select seq from events where kind = ${SEND} and seq >= ${any().seq} and payload like '%${text}%' order by seq limit 1`;
    },
  };
}

/** Medians and 99th percentiles; what takes long is asked less often. */
async function timed(random, end, ask) {
  const results = {};
  for (const [name, question] of Object.entries(questions(random, end))) {
    const times = [];
    const until = performance.now() + 4000;
    while (times.length < 5 || (times.length < 100 && performance.now() < until)) {
      const sql = question();
      const from = performance.now();
      await ask(sql);
      times.push(performance.now() - from);
    }
    times.sort((a, b) => a - b);
    const at = (part) => round(times[Math.min(times.length - 1, Math.floor(times.length * part))]);
    results[name] = { p50: at(0.5), p99: at(0.99), n: times.length };
  }
  return results;
}

async function duckdb(csv, file, seed, end) {
  let api;
  try {
    api = await import('@duckdb/node-api');
  } catch {
    return { skipped: '@duckdb/node-api is not installed' };
  }
  const instance = await api.DuckDBInstance.create(file, { threads: '2' });
  const connection = await instance.connect();
  const from = performance.now();
  const cpu = process.cpuUsage();
  await connection.run(`create table events (${TYPES})`);
  await connection.run(`copy events from '${csv}' (header false)`);
  await connection.run('checkpoint');
  const load_s = round((performance.now() - from) / 1000);
  const used = process.cpuUsage(cpu);
  const results = await timed(new Random(seed + 2), end, (sql) => connection.runAndReadAll(sql));
  connection.closeSync();
  instance.closeSync();
  return {
    load_s,
    load_cpu_s: round((used.user + used.system) / 1e6),
    bytes_per_event: round(statSync(file).size / end.seq),
    ...results,
  };
}

async function sqlite(csv, file, seed, end) {
  try {
    execFileSync('sqlite3', ['--version']);
  } catch {
    return { skipped: 'the command sqlite3 is not installed' };
  }
  const from = performance.now();
  const indexes = 'create index p on events(process, kind, seq); create index f on events(fn, kind, seq); create index c on events(cause); create index t on events(process, ns);'; // prettier-ignore
  const load = `pragma journal_mode=off; pragma synchronous=off; create table events (${TYPES.replace('seq bigint', 'seq integer primary key')});\n.mode csv\n.import ${csv} events\n${indexes}`;
  execFileSync('sqlite3', [file], { input: load, stdio: ['pipe', 'ignore', 'inherit'] });
  const load_s = round((performance.now() - from) / 1000);
  const shell = spawn('sqlite3', [file], { stdio: ['pipe', 'pipe', 'inherit'] });
  let told = '';
  let done;
  shell.stdout.setEncoding('utf8').on('data', (text) => {
    told += text;
    if (told.endsWith('-- done\n')) done();
  });
  const ask = (sql) =>
    new Promise((resolve) => {
      told = '';
      done = resolve;
      shell.stdin.write(`${sql};\n.print -- done\n`);
    });
  const results = await timed(new Random(seed + 2), end, ask);
  shell.stdin.end();
  return { load_s, bytes_per_event: round(statSync(file).size / end.seq), ...results };
}

/** Loads the recording at `path` into both and asks them. `dir`: where there is room for it. */
export async function compareWithDatabases(path, dir, seed) {
  const csv = join(dir, 'events.csv');
  const end = writeCsv(path, csv);
  return {
    duckdb: await duckdb(csv, join(dir, 'events.duckdb'), seed, end),
    sqlite: await sqlite(csv, join(dir, 'events.sqlite'), seed, end),
  };
}
