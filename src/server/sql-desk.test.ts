import { fork } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { buildServerPrograms } from '../../test/support/server-programs.js';
import { changeMarks } from '../recording/index.js';
import { writeSyntheticRecording } from '../recording/testing/index.js';
import { SqlHouse, type SqlDesk } from './sql-desk.js';
import type { ToSql } from './sql-messages.js';

const SLOW = 'select count(*) from events a, events b where a.seq + b.seq = -1';
let directory: string;
let program: string;
let house: SqlHouse;
let desk: SqlDesk;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'elixirscope-desk-'));
  await buildServerPrograms(join(directory, 'programs'));
  program = join(directory, 'programs', 'sql-process.js');
  const path = join(directory, 'a.escope');
  writeSyntheticRecording({ path, events: 30_000, processes: 30, seed: 3 });
  house = new SqlHouse(path, program);
  desk = house.desk();
}, 60_000);
afterAll(async () => {
  await house.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Where the folders of SQL processes come to lie during a test. */
function ownFolders(): string {
  const own = mkdtempSync(join(directory, 'temporary-'));
  vi.stubEnv('TMPDIR', own);
  return own;
}
afterEach(() => {
  vi.unstubAllEnvs();
});

const ask = async (text: string, more: { rows?: number; seconds?: number } = {}) => {
  const result = await desk.sql({ text, ...more });
  return 'table' in result ? result.table : result.problem;
};

describe('the SQL desk', { timeout: 60_000 }, () => {
  it('answers with columns and rows', async () => {
    expect(await ask("select count(*) as n, 'x' as text, [1, 2] as nested, null as nothing from events")).toMatchObject(
      {
        columns: [
          { name: 'n', type: 'BIGINT' },
          { name: 'text', type: 'VARCHAR' },
          { name: 'nested', type: 'INTEGER[]' },
          { name: 'nothing', type: 'INTEGER' },
        ],
        rows: [[expect.any(Number), 'x', '[1,2]', null]],
        more: undefined,
      },
    );
  });

  it('says that there are more rows than it gives, and answers the next question', async () => {
    const table = await ask('select seq from events', { rows: 100 });
    expect(table).toMatchObject({ more: 'rows' });
    expect('rows' in table && table.rows.length).toBe(100);
    expect(await ask('select 1 as one')).toMatchObject({ rows: [[1]] });
  });

  it('shortens cells, and bounds the whole', async () => {
    expect(await ask("select repeat('x', 20000) as long")).toMatchObject({
      cut: 1,
      rows: [[`${'x'.repeat(10_000)}…`]],
    });
    const table = await ask("select repeat('x', 9000) from events", { rows: 20_000 });
    expect(table).toMatchObject({ more: 'bytes' });
    expect('rows' in table && table.rows.length).toBeLessThan(2_000);
  });

  it('says where a mistake stands', async () => {
    expect(await ask('select seq,\n  nosuch from events')).toMatchObject({ why: 'sql', line: 2, column: 3 });
    expect(await ask('selec 1')).toMatchObject({ why: 'sql', line: 1, column: 1 });
    expect(await ask('select')).toMatchObject({ why: 'sql' });
  });

  it('reads and writes no files, and changes no settings', async () => {
    for (const text of [
      "select * from read_csv('/etc/passwd')",
      "copy (select 1) to '/tmp/x'",
      "attach '/tmp/x.db'",
      'install httpfs',
      'set enable_external_access = true',
      'pragma enable_logging',
      "create table t as select * from '/etc/passwd'",
    ])
      expect(await ask(text)).toMatchObject({ why: 'sql' });
  });

  it('ends what takes too long, and goes on', async () => {
    expect(await ask(SLOW, { seconds: 1 })).toMatchObject({ why: 'time' });
    expect(desk.state().running).toBe(false);
    expect(await ask('select 2 as two')).toMatchObject({ rows: [[2]] });
  });

  it('ends what is cancelled, and what a newer question replaces', async () => {
    const slow = ask(SLOW, { seconds: 30 });
    expect(desk.state().running).toBe(true);
    expect(desk.cancel()).toEqual({ cancelled: true });
    expect(await slow).toMatchObject({ why: 'cancelled' });
    const older = ask(SLOW, { seconds: 30 });
    const newer = ask('select 3 as three');
    expect(await older).toMatchObject({ why: 'cancelled' });
    expect(await newer).toMatchObject({ rows: [[3]] });
    expect(desk.cancel()).toEqual({ cancelled: false });
  });

  it('tells how far it is, and the first rows while more are looked for, and keeps them when it is stopped', async () => {
    // Some rows at once, and then none for hours.
    const slow = ask('select e.seq from range(1000000000) r, events e where r.range * 30000 + e.seq <= 5000', { rows: 20_000, seconds: 60 }); // prettier-ignore
    await expect.poll(() => desk.state().first?.rows.length, { timeout: 20_000 }).toBe(200);
    expect(desk.state(190).first).toEqual({ columns: [{ name: 'seq', type: 'BIGINT' }], rows: Array.from({ length: 10 }, (_, i) => [191 + i]) }); // prettier-ignore
    expect(desk.state(200).first).toBeUndefined();
    await expect.poll(() => desk.state().read, { timeout: 20_000 }).toBeGreaterThanOrEqual(30_000);
    expect(desk.state().running).toBe(true);
    desk.cancel();
    const table = await slow;
    expect(table).toMatchObject({ more: 'stopped' });
    expect('rows' in table && table.rows.length).toBeGreaterThanOrEqual(200);
    expect(desk.state()).toMatchObject({ running: false, first: undefined });
    expect(await ask('select 4 as four')).toMatchObject({ rows: [[4]], more: undefined });
  });

  it('knows the tables, with the marks as they are now', async () => {
    const schema = await desk.tables();
    expect('tables' in schema && schema.tables.find(({ name }) => name === 'marks')?.columns).toContainEqual({
      name: 'mark',
      type: 'VARCHAR',
    });
    expect(await ask('select mark from marks')).toMatchObject({ rows: [] });
    changeMarks(house.path, () => [
      { id: 'a', name: 'here', colour: 'red', text: '', seq: 5, ns: 5, process: 0, path: '', madeMs: 0 },
    ]);
    expect(await ask('select mark, seq, process from marks')).toMatchObject({ rows: [['here', 5, null]] });
  });

  it('answers a question and which tables there are, whichever is asked first, also where opening takes long', async () => {
    // As on a machine that is busy: longer than one has to stop.
    const slow = join(dirname(program), 'slow.js');
    writeFileSync(slow, `${readFileSync(program, 'utf8')}\nAtomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);`); // prettier-ignore
    const other = new SqlHouse(house.path, slow, 50);
    const one = other.desk();
    const schema = one.tables();
    const older = one.sql({ text: 'select 5 as five' });
    const newer = one.sql({ text: 'select 6 as six' });
    expect(await older).toMatchObject({ problem: { why: 'cancelled' } });
    expect(await newer).toMatchObject({ table: { rows: [[6]] } });
    expect(await schema).toHaveProperty('tables');
    const next = one.sql({ text: 'select 7 as seven' });
    expect(await one.tables()).toHaveProperty('tables');
    expect(await next).toMatchObject({ table: { rows: [[7]] } });
    await other.close();
  });

  it('asks another process where one does not stop for the newer question', async () => {
    const deaf = join(directory, 'deaf.mjs');
    writeFileSync(
      deaf,
      `process.on('message', ({ kind, id, text }) => {
        if (kind !== 'ask') return;
        process.send({ kind: 'progress', id, phase: 'working', read: 0, readOf: undefined });
        if (text === 'for ever') return setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
        process.send({ kind: 'rows', id, columns: [], rows: [[text]], cut: 0 });
        process.send({ kind: 'end', id, more: undefined, cut: 0, tookMs: 1 });
      });`,
    );
    const other = new SqlHouse(house.path, deaf, 50);
    const one = other.desk();
    const older = one.sql({ text: 'for ever' });
    await expect.poll(() => one.state().phase).toBe('working');
    const newer = one.sql({ text: 'soon' });
    expect(await older).toMatchObject({ problem: { why: 'cancelled' } });
    expect(await newer).toMatchObject({ table: { rows: [['soon']] } });
    await other.close();
    rmSync(deaf);
  });

  it('has few processes, and leaves nothing behind', async () => {
    const desks = [house.desk(), house.desk(), house.desk(), house.desk()];
    const answers = await Promise.all(desks.map((each) => each.sql({ text: 'select 1 as one' })));
    expect(answers.filter((answer) => 'table' in answer)).toHaveLength(3);
    expect(answers.find((answer) => 'problem' in answer)).toMatchObject({ problem: { why: 'unavailable' } });
    for (const each of desks) each.close();
    await expect.poll(async () => 'table' in (await house.desk().sql({ text: 'select 1' }))).toBe(true);
    expect(readdirSync(directory)).toEqual(['a.escope', 'programs']);
  });

  it('starts nothing for who still asks when all is closed, and takes its folders away', async () => {
    const folders = ownFolders();
    const other = new SqlHouse(house.path, program);
    const asking = other.desk();
    expect(await asking.sql({ text: 'select 1' })).toMatchObject({ table: { rows: [[1]] } });
    expect(readdirSync(folders)).toHaveLength(1);
    await other.close();
    expect(readdirSync(folders)).toEqual([]);
    expect(await asking.sql({ text: 'select 1' })).toMatchObject({ problem: { why: 'unavailable' } });
    expect(readdirSync(folders)).toEqual([]);
  });

  it('takes its folder away itself where the server is gone first', async () => {
    const folder = join(ownFolders(), 'one');
    mkdirSync(folder);
    const child = fork(program, [], { env: { ...process.env, TMPDIR: folder }, serialization: 'advanced' });
    child.send({ kind: 'open', path: house.path, folder } satisfies ToSql);
    child.send({ kind: 'ask', id: 1, text: 'select 1', rows: 1 } satisfies ToSql);
    await new Promise((resolve) => child.once('message', resolve));
    child.disconnect();
    await new Promise((resolve) => child.once('exit', resolve));
    expect(existsSync(folder)).toBe(false);
  });

  it('says how to build what is not there', async () => {
    const other = new SqlHouse(house.path, join(directory, 'nothing.js')).desk();
    expect(await other.sql({ text: 'select 1' })).toMatchObject({ problem: { why: 'unavailable' } });
  });
});
