import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRecording, openRecording, sliceRecording } from '../recording/index.js';
import { RandomCode, writeChart, writeSyntheticRecording } from '../recording/testing/index.js';
import { openSql, type SqlSession, type SqlValue } from './index.js';

const shop = `
client     stock      log
           =9
  |--take--->|
             #take
             |--sold--->|
             =8
             .
  |--take--->|
             #take
             !
  |--lost-o
  x
`;

async function withSql(run: (session: SqlSession, directory: string) => Promise<void>, chart = shop): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'escope-sql-'));
  try {
    const path = join(directory, 'r.escope');
    writeChart(chart, { path, blockEvents: 4 });
    const recording = openRecording(path);
    const session = await openSql(recording);
    await run(session, directory);
    session.close();
    recording.close();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function rows(session: SqlSession, sql: string): Promise<SqlValue[][]> {
  const found: SqlValue[][] = [];
  for await (const some of (await session.query(sql)).rows) found.push(...some);
  return found;
}

describe('a window', () => {
  it('has the events that happened in it, and not what stood when it began', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'escope-sql-'));
    try {
      const path = join(directory, 'r.escope');
      const part = join(directory, 'part.escope');
      writeChart(shop, { path, blockEvents: 4 });
      const whole = openRecording(path);
      sliceRecording(path, part, { from: whole.momentOf(5), to: whole.end() });
      whole.close();
      const recording = openRecording(part);
      const session = await openSql(recording);
      const { events } = recording.info();
      expect(events).toBeGreaterThan(0);
      expect(await rows(session, 'select count(*), min(seq) from events')).toEqual([
        [events, recording.start().seq + 1],
      ]);
      expect(recording.start().seq).toBeGreaterThan(0);
      session.close();
      recording.close();
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

describe('tables', () => {
  it('hold what the chart shows', async () => {
    await withSql(async (session) => {
      expect(await rows(session, 'select seq, ns, kind, name, peer_name, cause, value, json from events order by seq limit 5')).toEqual([
        [1, 1000, 'state', 'stock', null, null, '9', '[9]'],
        [2, 2000, 'send', 'client', 'stock', null, 'take', '["take"]'],
        [3, 2000, 'arrive', 'stock', 'client', 2, 'take', '["take"]'],
        [4, 3000, 'handle', 'stock', null, 3, 'take', '["take"]'],
        [5, 4000, 'send', 'stock', 'log', 4, 'sold', '["sold"]'],
      ]); // prettier-ignore
      expect(await rows(session, 'select name, arguments, duration_ns, self_ns, raised, arrive_seq from calls order by seq')).toEqual([
        ['stock', 'take', 3000, 3000, false, 3],
        ['stock', 'take', 1000, 1000, true, 10],
      ]); // prettier-ignore
      expect(await rows(session, 'select sender_name, receiver_name, message, latency_ns, wait_ns from messages order by send_seq')).toEqual([
        ['client', 'stock', 'take', 0, 1000],
        ['stock', 'log', 'sold', 0, null],
        ['client', 'stock', 'take', 0, 1000],
        ['client', null, 'lost', null, null],
      ]); // prettier-ignore
      expect(await rows(session, 'select value, found, changed, handle_seq from states order by seq')).toEqual([
        ['9', true, false, null],
        ['8', false, true, 4],
      ]);
      expect(await rows(session, 'select name, pid, exit_ns, exit_reason from processes order by process')).toEqual([
        ['client', '<0.100.0>', 11_000, 'normal'],
        ['stock', '<0.101.0>', null, null],
        ['log', '<0.102.0>', null, null],
      ]);
      expect(await rows(session, 'select * from gaps')).toEqual([]);
      expect(await rows(session, 'select * from functions')).toEqual([]);
    });
  });

  it('tell lines with what they bound', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'escope-sql-'));
    const path = join(directory, 'r.escope');
    const writer = createRecording({ path, startedAtMs: 0 });
    new RandomCode(writer, 5).run(400);
    writer.close();
    const recording = openRecording(path);
    const session = await openSql(recording);
    const events = [...recording.events({ kinds: ['line', 'expression'] })];
    const found = await rows(
      session,
      'select seq, function, what, line, values, json, call_seq from lines order by seq',
    );
    expect(found.map(([seq]) => seq)).toEqual(events.map(({ seq }) => seq));
    events.forEach((event, i) => {
      const { point, module, name } = recording.function(event.fn)!;
      const names = point!.what === 'expression' ? [point!.label] : point!.names.map((one) => one.name);
      const terms = event.terms[0]?.kind === 'list' ? event.terms[0].elements : event.terms;
      const texts = names.map((one, n) => [one, terms[n]?.kind === 'integer' ? String(terms[n].value) : '']);
      const json = `{${texts.map(([one, value]) => `"${one}":${value}`).join(',')}}`;
      const values = texts.map(([one, value]) => `${one} = ${value}`).join(', ');
      expect(found[i]).toEqual([event.seq, `${module}:${name}/1`, point!.what, point!.line, values, json, event.cause || null]); // prettier-ignore
    });
    expect(await rows(session, `select count(*) from functions where depth = 'expressions'`)).toEqual([[3]]);
    session.close();
    recording.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('can be asked for a part', async () => {
    await withSql(async (session) => {
      const seqs = async (what: string): Promise<SqlValue[]> =>
        (await rows(session, `select seq from ${what} order by seq`)).flat();
      expect(await seqs(`events(process => 'log')`)).toEqual([6]);
      expect(await seqs(`events(since => '+2us', until => '+3us')`)).toEqual([2, 3, 4]);
      expect(await seqs(`events(since => '#3', until => '#5', process => 'stock')`)).toEqual([3, 4, 5]);
      expect(await seqs(`states(since => '+2us')`)).toEqual([7]);
      expect(await seqs(`calls(since => '#5')`)).toEqual([11]);
      await expect(session.query(`from events(process => 'nobody')`)).rejects.toThrow('no process "nobody"');
      await expect(session.query(`from events(since => 'soon')`)).rejects.toThrow("'soon' is not a moment");
    });
  });

  it('give the same counts as the recording where there are many rows', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'escope-sql-'));
    const path = join(directory, 'r.escope');
    writeSyntheticRecording({ path, events: 30_000, processes: 300, seed: 3, blockEvents: 5000 });
    const recording = openRecording(path);
    const session = await openSql(recording);
    const counts = await rows(session, 'select kind, count(*) from events group by kind');
    expect(Object.fromEntries(counts as [string, number][])).toEqual(recording.info().kinds);
    const bytes = await rows(session, 'select sum(seq), sum(ns), count(distinct process), sum(bytes) > 0 from events');
    let [seq, ns] = [0, 0];
    const processes = new Set<number>();
    for (const event of recording.events({})) {
      seq += event.seq;
      ns += event.ns;
      processes.add(event.process);
    }
    expect(bytes.map((row) => row.map(Number))).toEqual([[seq, ns, processes.size, 1]]);
    session.close();
    recording.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('show what is written while one looks', async () => {
    await withSql(async (session, directory) => {
      const path = join(directory, 'live.escope');
      const writer = createRecording({ path, startedAtMs: 0 });
      writer.addNode({ name: 'a@b', otp: '27', elixir: '1.18', engine: 'nif', engineWhy: undefined, osPid: undefined, end: undefined }); // prettier-ignore
      const add = (name: string): void => {
        const process = writer.addProcess({ node: 0, number: 1, serial: 0, spawnSeq: 0, exitSeq: 0, parent: 0, fn: 0, behaviour: undefined, name, label: undefined }); // prettier-ignore
        writer.append({ kind: 16, flags: 1, ns: 5, process, peer: 0, fn: 0, cause: 0, payload: new Uint8Array(0) });
        writer.flush();
      };
      add('Elixir.First');
      const recording = openRecording(path);
      const live = await openSql(recording);
      expect(await rows(live, 'select name from events order by seq')).toEqual([['First']]);
      add('Elixir.Second');
      expect(await rows(live, 'select name from events order by seq')).toEqual([['First'], ['Second']]);
      live.close();
      recording.close();
      writer.close();
      expect(await rows(session, 'select count(*) from events')).toEqual([[14]]);
    });
  });
});

describe('a statement', () => {
  it.each([
    `select * from read_text('/etc/hostname')`,
    `select * from '/etc/hostname'`,
    `copy events to 'OUT/evil.csv'`,
    `copy (select 1) to 'OUT/evil.parquet' (format parquet)`,
    `attach 'OUT/evil.db'`,
    `export database 'OUT/evil'`,
    `install httpfs`,
    `load httpfs`,
    `set enable_external_access = true`,
    `set lock_configuration = false`,
    `pragma enable_profiling = 'json'`,
    `call enable_logging('QueryLog', storage = 'file', storage_path = 'OUT/evil')`,
    `select * from enable_logging('QueryLog', storage = 'file', storage_path = 'OUT/evil')`,
    `create persistent secret s (type http)`,
    `select * from read_csv('https://example.com/x.csv')`,
    `select * from glob('/etc/*')`,
    `drop view events`,
    `insert into events select * from events`,
    `delete from events`,
    '',
    'selec 1',
    'select nope from events',
  ])('gets an error and no more: %s', async (sql) => {
    await withSql(async (session, directory) => {
      await expect(rows(session, sql.replace('OUT', directory))).rejects.toMatchObject({ name: 'SqlError' });
      expect(existsSync(join(directory, 'evil'))).toBe(false);
      expect(existsSync(join(directory, 'evil.csv'))).toBe(false);
      expect(await rows(session, 'select count(*) from events')).toEqual([[14]]);
    });
  });

  it('may make tables of its own and ask them', async () => {
    await withSql(async (session) => {
      expect(
        await rows(
          session,
          'create table slow as select * from calls where duration_ns > 2000; select count(*) from slow',
        ),
      ).toEqual([[1]]);
      expect(await rows(session, 'select count(*) from slow')).toEqual([[1]]);
    });
  });

  it('answers in values that JSON has', async () => {
    await withSql(async (session) => {
      const sql = `select 9007199254740993::bigint, [1, null], {'a': 1.5::decimal(4, 2)}, null, true, 'x', timestamp '2026-01-01 00:00:00'`;
      expect(await rows(session, sql)).toEqual([
        ['9007199254740993', [1, null], { a: '1.50' }, null, true, 'x', '2026-01-01 00:00:00'],
      ]);
    });
  });
});
