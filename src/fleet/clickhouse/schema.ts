/**
 * The tables in ClickHouse (docs/fleet.md says what is in them). Tables of ours begin with `es_`; what people ask are the views.
 *
 * Events lie twice: by their number, for windows of time and for following causes; and by process, with the terms of states alone, so that
 * the last state of a process before a moment is one look into the index. Every table replaces rows of the same key, so that what is shipped
 * twice counts once; the views ask for it (`final`).
 */
import { FleetError } from '../fleet-error.js';
import { ClickHouseError } from './requests.js';
import type { RowReader } from './row-binary.js';
import type { Client } from './client.js';

export const SCHEMA = 2;

type Columns = readonly (readonly [name: string, type: string])[];

/** Columns of each table, in the order in which rows are written. */
/** Texts of which there are few. */
const FEW = 'LowCardinality(String)';

export const COLUMNS = {
  es_schema: [['version', 'UInt32']],
  es_recordings: [
    ['recording', 'String'],
    ['origin', 'String'],
    ['manifest', 'String'],
    ['updated', 'UInt64'],
  ],
  es_logs: [
    ['recording', FEW],
    ['file', FEW],
    ['at', 'UInt64'],
    ['bytes', 'String'],
  ],
  es_batches: [
    ['recording', FEW],
    ['first_seq', 'UInt64'],
    ['count', 'UInt32'],
    ['first_ns', 'UInt64'],
    ['last_ns', 'UInt64'],
    ['kinds', 'Array(UInt32)'],
    ['bytes', 'UInt64'],
  ],
  es_events: [
    ['recording', FEW],
    ['seq', 'UInt64'],
    ['ns', 'UInt64'],
    ['time', "DateTime64(9, 'UTC')"],
    ['code', 'UInt8'],
    ['kind', FEW],
    ['flags', 'UInt8'],
    ['process', 'UInt32'],
    ['peer', 'UInt32'],
    ['function', 'UInt32'],
    ['cause', 'UInt64'],
    ['payload', 'String'],
    ['value', 'String'],
    ['json', 'String'],
    ['more_json', 'String'],
  ],
  es_processes: [
    ['recording', FEW],
    ['process', 'UInt32'],
    ['pid', 'String'],
    ['name', 'Nullable(String)'],
    ['node', 'Nullable(String)'],
    ['behaviour', 'Nullable(String)'],
    ['function', 'UInt32'],
    ['parent', 'UInt32'],
    ['spawn_seq', 'UInt64'],
    ['spawn_ns', 'Int64'],
    ['exit_seq', 'UInt64'],
    ['exit_ns', 'Int64'],
    ['exit_reason', 'Nullable(String)'],
    ['digest', 'UInt32'],
    ['updated', 'UInt64'],
  ],
  es_functions: [
    ['recording', FEW],
    ['function', 'UInt32'],
    ['node', 'Nullable(String)'],
    ['module', 'String'],
    ['name', 'String'],
    ['arity', 'UInt8'],
    ['text', 'String'],
    ['line', 'Nullable(UInt32)'],
    ['depth', 'Nullable(String)'],
    ['what', FEW],
    ['code', 'String'],
  ],
  es_lines: [
    ['recording', FEW],
    ['seq', 'UInt64'],
    ['values', 'String'],
    ['json', 'String'],
  ],
  es_calls: [
    ['recording', FEW],
    ['seq', 'UInt64'],
    ['end_seq', 'UInt64'],
    ['kind', FEW],
    ['process', 'UInt32'],
    ['function', 'UInt32'],
    ['parent', 'UInt64'],
    ['depth', 'UInt32'],
    ['start_ns', 'UInt64'],
    ['end_ns', 'Int64'],
    ['self_ns', 'Int64'],
    ['raised', 'UInt8'],
    ['arrive_seq', 'UInt64'],
    ['arguments', 'Nullable(String)'],
    ['result', 'Nullable(String)'],
  ],
  es_gaps: [
    ['recording', FEW],
    ['number', 'UInt32'],
    ['reason', FEW],
    ['count', 'UInt64'],
    ['from_ns', 'Int64'],
    ['to_ns', 'Int64'],
  ],
  es_marks: [
    ['recording', FEW],
    // A list of them, as in marks.json.
    ['marks', 'String'],
    ['updated', 'UInt64'],
  ],
} as const satisfies Record<string, Columns>;

export type TableName = keyof typeof COLUMNS;

/** How values are packed where ClickHouse's own choice is worse. */
const CODECS: Readonly<Record<string, string>> = {
  seq: 'Delta, ZSTD',
  ns: 'Delta, ZSTD',
  time: 'Delta, ZSTD',
  cause: 'T64, ZSTD',
  payload: 'ZSTD(3)',
  value: 'ZSTD(3)',
  values: 'ZSTD(3)',
  json: 'ZSTD(3)',
  bytes: 'ZSTD(3)',
};

/** Key of each table, and the column whose largest value wins among rows of the same key. */
const KEYS: Record<TableName, { key: string; newest?: string; extra?: string }> = {
  es_schema: { key: 'version' },
  es_recordings: { key: 'recording', newest: 'updated' },
  es_logs: { key: 'recording, file, at' },
  es_batches: { key: 'recording, first_seq', newest: 'count' },
  es_events: {
    key: 'recording, seq',
    extra:
      ', index by_function function type bloom_filter(0.01) granularity 2, index by_code code type set(32) granularity 1, index by_time time type minmax granularity 4',
  },
  es_processes: { key: 'recording, process', newest: 'updated' },
  es_functions: { key: 'recording, function' },
  es_lines: { key: 'recording, seq' },
  es_calls: { key: 'recording, seq', newest: 'end_seq' },
  es_gaps: { key: 'recording, number' },
  es_marks: { key: 'recording', newest: 'updated' },
};

function tableSql(name: TableName): string {
  const { key, newest = '', extra = '' } = KEYS[name];
  const columns = COLUMNS[name].map(([column, type]) => {
    const codec = CODECS[column] === undefined ? '' : ` codec(${CODECS[column]})`;
    return `\`${column}\` ${type}${codec}`;
  });
  return `create table if not exists ${name} (${columns.join(', ')}${extra}) engine = ReplacingMergeTree(${newest}) order by (${key})`;
}

/** Name and pid of a process, in a view. */
const WHO = `(select recording, process, pid, name from es_processes final)`;
const FUNCTIONS = `(select recording, function, text from es_functions final)`;

const VIEWS: Readonly<Record<string, string>> = {
  recordings: `select recording, JSONExtractString(manifest, 'command') as command, fromUnixTimestamp64Milli(JSONExtractInt(manifest, 'startedAtMs'), 'UTC') as started_at,
    arrayMap(node -> JSONExtractString(node, 'name'), JSONExtractArrayRaw(manifest, 'nodes')) as nodes, JSONExtractBool(manifest, 'complete') as complete, b.events as events, b.ns as ns
    from es_recordings r final left join (select recording, sum(count) as events, max(last_ns) as ns from es_batches final group by recording) b on b.recording = r.recording`,
  processes: `select p.recording as recording, p.process as process, p.pid as pid, p.name as name, p.node as node, p.behaviour as behaviour, nullIf(f.text, '') as function,
    nullIf(p.parent, 0) as parent, nullIf(q.pid, '') as parent_pid, nullIf(p.spawn_seq, 0) as spawn_seq, nullIf(p.spawn_ns, -1) as spawn_ns,
    nullIf(p.exit_seq, 0) as exit_seq, nullIf(p.exit_ns, -1) as exit_ns, p.exit_reason as exit_reason
    from es_processes p final left join ${FUNCTIONS} f on f.recording = p.recording and f.function = p.function
    left join ${WHO} q on q.recording = p.recording and q.process = p.parent`,
  functions: `select recording, text as function, node, module, name, arity, line, depth from es_functions final where what = ''`,
  events: `select e.recording as recording, e.seq as seq, e.ns as ns, e.time as time, e.kind as kind, nullIf(e.process, 0) as process, nullIf(p.pid, '') as pid, p.name as name,
    if(e.process = 0, null, nullIf(e.peer, 0)) as peer, nullIf(q.pid, '') as peer_pid, q.name as peer_name, nullIf(f.text, '') as function, nullIf(e.cause, 0) as cause,
    e.flags as flags, toUInt32(length(e.payload)) as bytes, nullIf(e.value, '') as value, concat('[', e.json, if(e.more_json = '', '', ','), e.more_json, ']') as json
    from (select *, if(process = 0, 0, peer) as other from es_events final where bitAnd(flags, 64) = 0) e left join ${WHO} p on p.recording = e.recording and p.process = e.process
    left join ${WHO} q on q.recording = e.recording and q.process = e.other
    left join ${FUNCTIONS} f on f.recording = e.recording and f.function = e.function`,
  states: `select e.recording as recording, e.seq as seq, e.ns as ns, e.time as time, e.process as process, nullIf(p.pid, '') as pid, p.name as name, nullIf(f.text, '') as function,
    nullIf(e.cause, 0) as handle_seq, toBool(bitAnd(e.flags, 1)) as found, toBool(bitAnd(e.flags, 2)) as changed,
    toUInt32(length(e.payload)) as bytes, nullIf(e.value, '') as value, nullIf(e.json, '') as json
    from (select * from es_process_events final where code = 14 and bitAnd(flags, 64) = 0) e left join ${WHO} p on p.recording = e.recording and p.process = e.process
    left join ${FUNCTIONS} f on f.recording = e.recording and f.function = e.function`,
  calls: `select c.recording as recording, c.seq as seq, nullIf(c.end_seq, 0) as end_seq, c.kind as kind, nullIf(c.process, 0) as process, nullIf(p.pid, '') as pid, p.name as name, nullIf(f.text, '') as function,
    nullIf(c.parent, 0) as parent, c.depth as depth, c.start_ns as start_ns, nullIf(c.end_ns, -1) as end_ns,
    if(c.end_seq = 0, null, c.end_ns - toInt64(c.start_ns)) as duration_ns, if(c.end_seq = 0, null, c.self_ns) as self_ns, toBool(c.raised) as raised,
    nullIf(c.arrive_seq, 0) as arrive_seq, c.arguments as arguments, c.result as result
    from es_calls c final left join ${WHO} p on p.recording = c.recording and p.process = c.process
    left join ${FUNCTIONS} f on f.recording = c.recording and f.function = c.function`,
  lines: `select e.recording as recording, e.seq as seq, e.ns as ns, nullIf(e.process, 0) as process, nullIf(p.pid, '') as pid, p.name as name, nullIf(f.text, '') as function,
    nullIf(e.cause, 0) as call_seq, nullIf(f.what, '') as what, f.line as line, if(f.what = '', null, f.code) as code, l.values as values, l.json as json
    from (select recording, seq, ns, process, function, cause from es_events final where code in (22, 23) and bitAnd(flags, 64) = 0) e
    left join (select recording, process, pid, name from es_processes final) p on p.recording = e.recording and p.process = e.process
    left join (select recording, function, text, what, if(what = '', null, line) as line, code from es_functions final) f on f.recording = e.recording and f.function = e.function
    left join (select * from es_lines final) l on l.recording = e.recording and l.seq = e.seq`,
  messages: `select m.recording as recording, nullIf(m.send_seq, 0) as send_seq, nullIf(m.arrive_seq, 0) as arrive_seq, nullIf(m.handle_seq, 0) as handle_seq,
    nullIf(m.from, 0) as sender, nullIf(s.pid, '') as sender_pid, s.name as sender_name, nullIf(m.to, 0) as receiver, nullIf(r.pid, '') as receiver_pid, r.name as receiver_name,
    nullIf(m.send_ns, -1) as send_ns, nullIf(m.arrive_ns, -1) as arrive_ns, nullIf(m.handle_ns, -1) as handle_ns,
    if(m.send_seq = 0 or m.arrive_seq = 0, null, m.arrive_ns - m.send_ns) as latency_ns, if(m.arrive_seq = 0 or m.handle_seq = 0, null, m.handle_ns - m.arrive_ns) as wait_ns,
    m.nowhere as nowhere, nullIf(m.value, '') as message, nullIf(m.json, '') as json
    from (
      select a.recording as recording, sent.seq as send_seq, a.seq as arrive_seq, h.seq as handle_seq, if(sent.seq = 0, a.peer, sent.process) as from, a.process as to,
        if(sent.seq = 0, -1, toInt64(sent.ns)) as send_ns, toInt64(a.ns) as arrive_ns, if(h.seq = 0, -1, toInt64(h.ns)) as handle_ns, toBool(0) as nowhere,
        if(sent.seq = 0, a.value, sent.value) as value, if(sent.seq = 0, a.json, sent.json) as json
      from (select * from es_events final where code = 8) a
      left join (select recording, seq, process, ns, value, json from es_events final where code = 7) sent on sent.recording = a.recording and sent.seq = a.cause
      left join (select recording, cause, min(seq) as seq, min(ns) as ns from es_events final where code = 12 and cause > 0 group by recording, cause) h on h.recording = a.recording and h.cause = a.seq
      union all
      select s.recording, s.seq, 0, 0, s.process, s.peer, toInt64(s.ns), -1, -1, toBool(bitAnd(s.flags, 1)), s.value, s.json
      from (select * from es_events final where code = 7) s
      left anti join (select recording, cause from es_events final where code in (8, 12) and cause > 0) a on a.recording = s.recording and a.cause = s.seq
    ) m left join ${WHO} s on s.recording = m.recording and s.process = m.from left join ${WHO} r on r.recording = m.recording and r.process = m.to`,
  gaps: `select recording, reason, count, from_ns, to_ns from es_gaps final`,
  marks: `select m.recording as recording, JSONExtractString(m.one, 'name') as mark, JSONExtractString(m.one, 'colour') as colour, nullIf(JSONExtractString(m.one, 'text'), '') as text,
    JSONExtractInt(m.one, 'seq') as seq, JSONExtractInt(m.one, 'ns') as ns, nullIf(m.process, 0) as process, nullIf(p.pid, '') as pid, p.name as name,
    nullIf(JSONExtractString(m.one, 'path'), '') as path, fromUnixTimestamp64Milli(JSONExtractInt(m.one, 'madeMs'), 'UTC') as made, JSONExtractString(m.one, 'id') as id
    from (select recording, arrayJoin(JSONExtractArrayRaw(marks)) as one, toUInt32(JSONExtractUInt(one, 'process')) as process from es_marks final) m
    left join ${WHO} p on p.recording = m.recording and p.process = m.process`,
};
export const VIEW_NAMES: readonly string[] = Object.keys(VIEWS);

/** Columns of events by process. The terms of states lie here too: that is what is asked by process. */
const BY_PROCESS = `create table if not exists es_process_events (recording LowCardinality(String), process UInt32, seq UInt64 codec(Delta, ZSTD), ns UInt64 codec(Delta, ZSTD),
  time DateTime64(9, 'UTC') codec(Delta, ZSTD), code UInt8, flags UInt8, peer UInt32, function UInt32, cause UInt64 codec(T64, ZSTD),
  payload String codec(ZSTD(3)), value String codec(ZSTD(3)), json String codec(ZSTD(3)), index by_code code type set(32) granularity 1) engine = ReplacingMergeTree order by (recording, process, seq)`;
const FILL_BY_PROCESS = `create materialized view if not exists es_fill_process_events to es_process_events as select recording, process, seq, ns, time, code, flags, peer, function, cause,
  if(code = 14, payload, '') as payload, if(code = 14, value, '') as value, if(code = 14, json, '') as json from es_events`;

/** The version of the tables in the database: undefined where there are none. Throws a FleetError where they are somebody else's. */
export async function schemaVersion(client: Client): Promise<number | undefined> {
  let reader: RowReader;
  try {
    reader = await client.select(`select max(version), count() from es_schema`);
  } catch (error) {
    if (error instanceof ClickHouseError && (error.code === 60 || error.code === 81)) return undefined;
    throw error;
  }
  const version = reader.u32();
  return reader.u64() === 0 ? undefined : version;
}

/** Makes the database and its tables where they are missing. Throws a FleetError where they are of another version. */
export async function prepareSchema(client: Client): Promise<void> {
  const { database, shown } = client.address;
  const found = await schemaVersion(client);
  if (found === SCHEMA) return;
  if (found !== undefined) throw otherVersion(shown, found);
  try {
    await client.run(`create database if not exists \`${database}\``, { inDatabase: false });
  } catch (error) {
    // Who may not make databases may still use one that is there.
    if (!(error instanceof ClickHouseError && error.code === 497)) throw error;
  }
  const names = await client.select(
    `select name from system.tables where database = currentDatabase() and name in (${VIEW_NAMES.map((name) => `'${name}'`).join(', ')})`,
  );
  const taken: string[] = [];
  while (names.more) taken.push(names.text());
  // A shipper that was killed while it made them leaves some of ours.
  const ours = await client.select(`select count() from system.tables where database = currentDatabase() and name = 'es_events'`); // prettier-ignore
  if (taken.length > 0 && ours.u64() === 0)
    throw new FleetError(`${shown} holds tables of something else already (${taken.join(', ')}): ship to a database of its own`); // prettier-ignore
  for (const name of Object.keys(COLUMNS) as TableName[]) await client.run(tableSql(name));
  await client.run(BY_PROCESS);
  await client.run(FILL_BY_PROCESS);
  for (const [name, sql] of Object.entries(VIEWS)) await client.run(`create or replace view ${name} as ${sql}`);
  // Last: whoever sees the version finds everything.
  await client.insert('es_schema', (row) => row.u32(SCHEMA));
}

export const otherVersion = (shown: string, found: number): FleetError =>
  new FleetError(
    `the tables in ${shown} are of another version of ElixirScope (schema ${found}, this one has ${SCHEMA}): use that version, or ship to another database`,
  );
