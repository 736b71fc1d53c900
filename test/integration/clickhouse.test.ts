import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openClickHouseSql, openInClickHouse, parseAddress, ship } from '../../src/fleet/index.js';
import {
  changeMarks,
  createRecording,
  everyCall,
  everyMessage,
  openRecording,
  sliceRecording,
  type BulkRecording,
  type Moment,
} from '../../src/recording/index.js';
import { RandomRecording, writeSyntheticRecording } from '../../src/recording/testing/index.js';
import { TABLES, openSql, type SqlSession, type SqlValue } from '../../src/sql/index.js';
import { clickHouseMissing, startClickHouse, type TestClickHouse } from '../support/clickhouse.js';

if (clickHouseMissing !== undefined) process.stderr.write(`skipped: ${clickHouseMissing}\n`);

const PASSWORD = 's3cret/pass word';
let server: TestClickHouse;
let directory: string;

beforeAll(async () => {
  if (clickHouseMissing !== undefined) return;
  directory = mkdtempSync(join(tmpdir(), 'elixirscope-fleet-'));
  server = await startClickHouse({ password: PASSWORD });
});
afterAll(async () => {
  if (clickHouseMissing !== undefined) return;
  await server.remove();
  rmSync(directory, { recursive: true, force: true });
});

function randomRecording(name: string, seed: number, events: number, blockEvents = 64): string {
  const path = join(directory, `${name}.escope`);
  const writer = createRecording({ path, startedAtMs: 1_700_000_000_000, blockEvents, segmentBlocks: 3 });
  new RandomRecording(writer, seed, 1000).run(events);
  writer.close();
  return path;
}

const there = (database: string, name: string): BulkRecording =>
  openInClickHouse(parseAddress(`${server.url(database)}/${name}`));

async function rows(session: SqlSession, sql: string): Promise<SqlValue[][]> {
  const found: SqlValue[][] = [];
  for await (const some of (await session.query(sql)).rows) found.push(...some);
  return found;
}

/** What the recording answers at some moments, about all that can be asked. */
function answers(recording: BulkRecording, moments: readonly Moment[]): unknown {
  const { bytes: _, ...info } = recording.info();
  const ids = recording.processes().map(({ id }) => id);
  const end = recording.end();
  return {
    info,
    processes: recording.processes(),
    functions: [1, 2, 3, 4].map((id) => recording.function(id)),
    sources: recording.sources(),
    start: recording.start(),
    end,
    events: [...recording.events({})],
    backwards: [...recording.events({ kinds: ['send', 'handle'], from: moments[0]!, to: moments[1]! }, { reverse: true })], // prettier-ignore
    some: [...recording.events({ processes: ids.slice(0, 3), functions: [1, 2] })],
    crashes: [...recording.crashes()],
    calls: [...everyCall(recording)],
    messages: [...everyMessage(recording)],
    found: [...recording.occurrences({ text: 'msg', from: moments[1]! })].slice(0, 50),
    timeline: recording.timeline({ fromNs: 0, toNs: end.ns + 1, bins: 7, processes: ids }),
    slices: recording.slices({ fromNs: moments[0]!.ns, toNs: moments[1]!.ns, processes: ids, limit: 100_000 }),
    arrows: recording.arrows({ fromNs: moments[0]!.ns, toNs: moments[1]!.ns, processes: ids, limit: 100_000 }),
    processesOf: ids.slice(0, 6).map((id) => ({
      history: [...recording.history(id)],
      back: [...recording.history(id, { reverse: true })].slice(0, 5),
      changes: [...recording.stateChanges(id, end)],
      next: recording.nextEvent(id, moments[0]!, 1),
    })),
    at: moments.map((at) => ({
      again: [recording.momentOf(at.seq), recording.momentAt(at.ns)],
      names: recording.names(at),
      alive: recording.processesAt(at),
      flying: recording.inFlight(at),
      trail: recording.trail(at.seq),
      first: recording.findProcess('first', at),
      each: ids.slice(0, 5).map((id) => ({
        state: recording.state(id, at),
        mailbox: recording.mailbox(id, at),
        links: recording.links(id, at),
        stack: recording.stack(id, at),
      })),
    })),
  };
}

const momentsOf = (recording: BulkRecording, seqs: readonly number[]): Moment[] =>
  seqs.map((seq) => recording.momentOf(seq));

describe.skipIf(clickHouseMissing !== undefined)('a recording in ClickHouse', () => {
  it.each([11, 12])('answers every question as the file does (seed %i)', async (seed) => {
    const path = randomRecording(`random${seed}`, seed, 600);
    const result = await ship({ path, to: parseAddress(server.url('fleet')) });
    expect(result).toEqual({ name: `random${seed}`, events: 600, shipped: 600, complete: true });
    const file = openRecording(path);
    const remote = there('fleet', `random${seed}`);
    const moments = momentsOf(file, [100, 440, 333]);
    expect(answers(remote, moments)).toEqual(answers(file, moments));
    expect(remote.info().bytes).toBeGreaterThan(0);
    remote.close();
    file.close();
  });

  it('answers SQL as the file does, for this recording alone', async () => {
    const path = randomRecording('tables', 21, 1500, 256);
    changeMarks(path, () => [
      {
        id: 'a',
        name: "it's <here>",
        colour: 'red',
        text: 'one\ntwo',
        seq: 700,
        ns: 1234,
        process: 2,
        path: 'x',
        madeMs: 5,
      },
      { id: 'b', name: 'alone', colour: 'blue', text: '', seq: 0, ns: 0, process: 0, path: '', madeMs: 6 },
    ]);
    await ship({ path, to: parseAddress(server.url('tables')) });
    const { events: others } = await ship({
      path: randomRecording('neighbour', 22, 300),
      to: parseAddress(server.url('tables')),
    });
    const file = openRecording(path);
    const [here, remote] = [
      await openSql(file),
      await openClickHouseSql(parseAddress(`${server.url('tables')}/tables`)),
    ];
    for (const table of TABLES) {
      const columns = (await here.query(`select * from ${table} limit 1`)).columns.map(({ name }) => `"${name}"`);
      const sql = `select ${columns.join(', ')} from ${table} order by ${columns.join(', ')}`;
      // Both put what is unknown in places of their own, and write as many zeros at the end of a time as they like.
      const sorted = async (session: SqlSession): Promise<string[]> =>
        (await rows(session, sql))
          .map((row) => JSON.stringify(row).replace(/("\d{4}-\d\d-\d\d [\d:]+\.\d*?)0+"/, '$1"'))
          .sort();
      const expected = await sorted(here);
      expect(expected.length > 0 || table === 'gaps' || table === 'lines').toBe(true);
      expect(await sorted(remote), table).toEqual(expected);
    }
    expect(await rows(remote, 'select count(*) from events as a join events as b on a.seq = b.seq;')).toEqual([[1500]]);
    const fleet = await openClickHouseSql(parseAddress(server.url('tables')));
    expect(await rows(fleet, 'select recording, events from recordings order by recording')).toEqual([
      ['neighbour', others],
      ['tables', 1500],
    ]);
    expect(await rows(fleet, 'select recording, count(*) from events group by recording order by 1')).toEqual([
      ['neighbour', others],
      ['tables', 1500],
    ]);
    await expect(remote.query('drop table es_events')).rejects.toThrow(/does not allow that/);
    await expect(remote.query('select nosuch from events')).rejects.toThrow(/nosuch/);
    for (const session of [here, remote, fleet]) session.close();
    file.close();
  });

  it('answers the questions of the documentation', async () => {
    const path = join(directory, 'shop.escope');
    writeSyntheticRecording({ path, events: 5000, processes: 30, seed: 9 });
    await ship({ path, to: parseAddress(server.url('documented')) });
    const session = await openClickHouseSql(parseAddress(server.url('documented')));
    const page = readFileSync(new URL('../../docs/fleet.md', import.meta.url), 'utf8');
    const questions = [...page.matchAll(/^(.+):\n\n```sql\n([\s\S]*?)```/gm)];
    expect(questions.length).toBe(5);
    for (const [, title = '', sql = ''] of questions) {
      const found = await rows(session, sql);
      if (/crashes|wait longest|state of a process/.test(title)) expect(found.length, title).toBeGreaterThan(0);
    }
    session.close();
  });

  it('changes nothing when it is shipped again, and refuses another recording of its name', async () => {
    const to = parseAddress(server.url('again'));
    const path = randomRecording('again', 31, 500);
    await ship({ path, to });
    const session = await openClickHouseSql(to);
    const count = (): Promise<SqlValue[][]> =>
      rows(
        session,
        `select name, total_rows from system.tables where database = 'again' and total_rows > 0 order by name`,
      );
    const before = await count();
    expect(await ship({ path, to })).toMatchObject({ shipped: 0, events: 500, complete: true });
    expect(await count()).toEqual(before);
    const other = randomRecording('other', 32, 500);
    await expect(ship({ path: other, to, name: 'again' })).rejects.toThrow(/another recording of the name "again"/);
    await expect(ship({ path, to, name: "it's" })).rejects.toThrow(/cannot be the name/);
    session.close();
  });

  it('ships a slice with what stood at its beginning', async () => {
    const whole = randomRecording('whole', 41, 900);
    const path = join(directory, 'part.escope');
    const file = openRecording(whole);
    sliceRecording(whole, path, { from: file.momentOf(300), to: file.momentOf(700) });
    file.close();
    const part = openRecording(path);
    const result = await ship({ path, to: parseAddress(server.url('fleet')) });
    expect(result.events).toBe(part.info().events);
    const [here, sql] = [await openSql(part), await openClickHouseSql(parseAddress(`${server.url('fleet')}/part`))];
    for (const question of [
      'select count(*), min(seq), sum(flags) from events',
      'select count(*), min(seq) from states',
      'select count(*), min(seq) from calls',
      'select count(*), sum(send_seq) from messages',
    ])
      expect((await rows(sql, question))[0]!.map(Number), question).toEqual(
        (await rows(here, question))[0]!.map(Number),
      );
    for (const session of [here, sql]) session.close();
    const remote = there('fleet', 'part');
    const end = part.end().seq;
    const moments = momentsOf(part, [end - 200, end - 50, end]);
    expect(answers(remote, moments)).toEqual(answers(part, moments));
    remote.close();
    part.close();
  });
});

describe.skipIf(clickHouseMissing !== undefined)('shipping', () => {
  it('follows a recording that grows, and shows it there while it does', async () => {
    const path = join(directory, 'live.escope');
    const writer = createRecording({ path, startedAtMs: 1_700_000_000_000, blockEvents: 128 });
    const random = new RandomRecording(writer, 51, 1000);
    random.run(300);
    writer.flush();
    const shipping = ship({ path, to: parseAddress(server.url('live')), follow: true, roundMs: 20 });
    await expect.poll(() => seen('live'), { timeout: 20_000 }).toBe(300);
    const remote = there('live', 'live');
    for (const events of [310, 700, 701]) {
      random.run(events);
      writer.flush();
      await expect.poll(() => seen('live'), { timeout: 20_000 }).toBe(events);
    }
    expect(remote.refresh()).toBe(true);
    expect(remote.info().events).toBe(701);
    writer.close();
    expect(await shipping).toMatchObject({ events: 701, shipped: 701, complete: true });
    remote.refresh();
    const file = openRecording(path);
    const moments = momentsOf(file, [250, 600]);
    expect(answers(remote, moments)).toEqual(answers(file, moments));
    const [here, sql] = [await openSql(file), await openClickHouseSql(parseAddress(`${server.url('live')}/live`))];
    const calls = 'select seq, end_seq, parent, depth, self_ns, raised, result from calls order by seq';
    expect(await rows(sql, calls)).toEqual(await rows(here, calls));
    for (const one of [here, sql, remote, file]) one.close();
  });

  it('goes on where it was killed, as often as that happens', async () => {
    const path = join(directory, 'killed.escope');
    writeSyntheticRecording({ path, events: 60_000, processes: 50, seed: 3, blockEvents: 4096 });
    const url = server.url('killed');
    let kills = 0;
    for (let attempt = 0; attempt < 8; attempt++) {
      const child = spawn(process.execPath, ['bin/elixirscope', 'ship', path, '--to', url, '--quiet'], {
        stdio: 'ignore',
      });
      const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
      const timer = setTimeout(() => child.kill('SIGKILL'), 700 + attempt * 120);
      if ((await ended) === null) kills++;
      clearTimeout(timer);
    }
    await ship({ path, to: parseAddress(url) });
    expect(kills).toBeGreaterThan(0);
    const file = openRecording(path);
    const [here, sql] = [await openSql(file), await openClickHouseSql(parseAddress(`${url}/killed`))];
    for (const question of [
      'select count(*), sum(seq), sum(ns), sum(bytes) from events',
      'select kind, count(*) from events group by kind order by kind::text',
      'select count(*), sum(end_seq), sum(self_ns), sum(parent), sum(depth) from calls',
      'select count(*), sum(send_seq), sum(latency_ns), sum(wait_ns) from messages',
      'select count(*), sum(spawn_ns), sum(exit_ns) from processes',
    ])
      expect(await rows(sql, question), question).toEqual(
        (await rows(here, question)).map((row) =>
          row.map((value) => (typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value)),
        ),
      );
    const remote = there('killed', 'killed');
    expect([...remote.events({})].length).toBe(60_000);
    expect([...remote.events({ to: remote.momentOf(2000) })]).toEqual([...file.events({ to: file.momentOf(2000) })]);
    for (const one of [here, sql, remote, file]) one.close();
  });

  it('waits for a server that is away, and goes on with it', async () => {
    const own = await startClickHouse({ password: PASSWORD });
    const path = join(directory, 'patient.escope');
    const writer = createRecording({ path, startedAtMs: 1_700_000_000_000, blockEvents: 128 });
    const random = new RandomRecording(writer, 53, 1000);
    random.run(300);
    writer.flush();
    const troubles: string[] = [];
    const to = parseAddress(own.url('patient'));
    const shipping = ship({ path, to, follow: true, roundMs: 20, patienceMs: 60_000, onTrouble: (text) => troubles.push(text) }); // prettier-ignore
    const there = (): number => {
      try {
        const remote = openInClickHouse(parseAddress(`${own.url('patient')}/patient`));
        const { events } = remote.info();
        remote.close();
        return events;
      } catch {
        return 0;
      }
    };
    await expect.poll(there, { timeout: 20_000 }).toBe(300);
    await own.stop();
    random.run(700);
    writer.flush();
    await expect.poll(() => troubles.length, { timeout: 20_000 }).toBeGreaterThan(0);
    expect(troubles[0]).toMatch(/cannot reach ClickHouse/);
    const again = await startClickHouse({ password: PASSWORD, folder: own.folder, port: own.port });
    writer.close();
    expect(await shipping).toMatchObject({ events: random.rows.length, shipped: random.rows.length, complete: true });
    expect(there()).toBe(random.rows.length);
    await again.remove();
  });

  it('keeps one of each where two ship the same recording at once', async () => {
    const path = join(directory, 'twice.escope');
    writeSyntheticRecording({ path, events: 8000, processes: 30, seed: 6, blockEvents: 512 });
    const to = parseAddress(server.url('twice'));
    const results = await Promise.all([ship({ path, to }), ship({ path, to })]);
    expect(results.map(({ complete }) => complete)).toEqual([true, true]);
    const file = openRecording(path);
    const remote = there('twice', 'twice');
    expect([...remote.events({})]).toEqual([...file.events({})]);
    const sql = await openClickHouseSql(parseAddress(`${server.url('twice')}/twice`));
    const { events, kinds, processes } = file.info();
    expect(await rows(sql, 'select count(*) from events')).toEqual([[events]]);
    expect(await rows(sql, 'select count(*) from calls')).toEqual([[(kinds.call ?? 0) + (kinds.handle ?? 0)]]);
    expect(await rows(sql, 'select count(*) from processes')).toEqual([[processes]]);
    for (const one of [sql, remote, file]) one.close();
  });

  it('ships what is left of a recording that kept only its newest part', async () => {
    const path = join(directory, 'kept.escope');
    const keep = { bytes: 20_000 };
    const writer = createRecording({ path, startedAtMs: 1_700_000_000_000, blockEvents: 64, segmentBlocks: 2, keep });
    new RandomRecording(writer, 57, 1000).run(3000);
    writer.close();
    const file = openRecording(path);
    expect(file.info().window?.fromNs).toBeGreaterThan(0);
    const result = await ship({ path, to: parseAddress(server.url('fleet')) });
    expect(result).toMatchObject({ events: file.info().events, complete: true });
    const remote = there('fleet', 'kept');
    const end = file.end().seq;
    const moments = momentsOf(file, [end - 150, end - 20]);
    expect(answers(remote, moments)).toEqual(answers(file, moments));
    for (const one of [remote, file]) one.close();
  });

  it('goes along with a program that is recorded', async () => {
    const path = join(directory, 'program.escope');
    const code =
      'pid = spawn(fn -> receive do :stop -> :ok end end); for i <- 1..200, do: send(pid, {:n, i}); send(pid, :stop); Process.sleep(300)';
    await cli('run', '--out', path, '--quiet', '--ship', server.url('program'), '--', 'elixir', '-e', code);
    const file = openRecording(path);
    const remote = there('program', 'program');
    expect(remote.info().events).toBe(file.info().events);
    expect(remote.info().command).toBe(file.info().command);
    expect([...remote.events({ kinds: ['send'] })]).toEqual([...file.events({ kinds: ['send'] })]);
    for (const one of [remote, file]) one.close();
    const refused = cli(
      'run',
      '--out',
      join(directory, 'no.escope'),
      '--ship',
      'clickhouse://x:y@127.0.0.1:9/z',
      '--',
      'true',
    );
    await expect(refused).rejects.toThrow(/cannot reach ClickHouse/);
  });

  it('says what is wrong, without the password, and waits for what passes', async () => {
    const path = randomRecording('errors', 61, 200);
    const wrong = server.url('errors').replace(/:[^:@]*@/, ':nonsense@');
    const failure = async (to: string): Promise<string> =>
      ship({ path, to: parseAddress(to, {}), patienceMs: 0 }).then(
        () => 'no error',
        (error: unknown) => (error as Error).message,
      );
    expect(await failure(wrong)).toMatch(/wrong user or password/);
    expect(await failure(wrong)).not.toContain('nonsense');
    expect(await failure('clickhouse://tester:geheim@127.0.0.1:9/x')).toMatch(
      /cannot reach ClickHouse at http:\/\/127.0.0.1:9: /,
    );
    expect(await failure('clickhouse://tester:geheim@127.0.0.1:9/x')).not.toContain('geheim');
    expect(() => parseAddress('clickhouse://host')).toThrow(/names no database/);
    expect(() => parseAddress('clickhouse://host/a b/c')).toThrow(/no name of a database/);
    expect(() => there('nosuch', 'x')).toThrow(/no database nosuch/);
    await ship({ path, to: parseAddress(server.url('errors')) });
    expect(() => there('errors', 'x')).toThrow(/no recording "x" .* there are errors/);

    const troubles: string[] = [];
    const next = randomRecording('passes', 62, 200);
    await server.trouble(252, 2);
    await ship({ path: next, to: parseAddress(server.url('errors')), onTrouble: (text) => troubles.push(text) });
    expect(troubles).toEqual([expect.stringMatching(/cannot keep up with merging/)]);
    await server.trouble(243, 1000);
    await expect(
      ship({ path: randomRecording('full', 63, 200), to: parseAddress(server.url('errors')), patienceMs: 0 }),
    ).rejects.toThrow(/the disk of clickhouse:.* is full/);
    await server.trouble(0, 0);
    expect(await ship({ path: join(directory, 'full.escope'), to: parseAddress(server.url('errors')) })).toMatchObject({ events: 200, complete: true }); // prettier-ignore
  });

  it('leaves tables of other versions and of others alone', async () => {
    const path = randomRecording('versions', 71, 100);
    const to = parseAddress(server.url('versions'));
    await ship({ path, to });
    await server.run('insert into versions.es_schema values (7)');
    await expect(ship({ path, to })).rejects.toThrow(/another version of ElixirScope \(schema 7, this one has 2\)/);
    expect(() => there('versions', 'versions')).toThrow(/another version/);
    await expect(openClickHouseSql(to)).rejects.toThrow(/another version/);
    await server.run('create database shop');
    await server.run('create table shop.events (n UInt8) engine = Log');
    await expect(ship({ path, to: parseAddress(server.url('shop')) })).rejects.toThrow(
      /holds tables of something else/,
    );
  });

  it('never tells less than is there when rows were deleted', async () => {
    const path = randomRecording('deleted', 81, 400);
    await ship({ path, to: parseAddress(server.url('deleted')) });
    await server.run('alter table deleted.es_events delete where seq = 77 settings mutations_sync = 1');
    const remote = there('deleted', 'deleted');
    expect(() => [...remote.events({})]).toThrow(/are missing in ClickHouse/);
    remote.close();
  });

  it('is there from the command line', async () => {
    const path = randomRecording('cli', 91, 300);
    expect(await cli('ship', path, '--to', server.url('cli'))).toMatch(/^300 events of "cli" are in clickhouse:\/\/127.0.0.1:\d+\/cli, 300 of them new\n$/); // prettier-ignore
    const url = `${server.url('cli')}/cli`;
    const file = openRecording(path);
    const someone = file.processes().find(({ id }) => !file.stateChanges(id, file.end()).next().done)!.id;
    file.close();
    for (const words of [
      ['events', '--json', '--limit', '20'],
      ['ps', '--json'],
      ['state', `p${someone}`, '--json'],
      ['history', `p${someone}`, '--json'],
    ]) {
      const [command, ...more] = words as [string, ...string[]];
      expect(await cli(command, url, ...more), command).toBe(await cli(command, path, ...more));
    }
    expect(await cli('info', url)).toMatch(/events {5}300/);
    expect(JSON.parse(await cli('sql', url, 'select count(*) as n from events', '--json'))).toEqual([{ n: 300 }]);
    await expect(cli('verify', url)).rejects.toThrow(/works on files only/);
  });
});

const seen = (name: string): number => {
  try {
    const remote = there('live', name);
    const { events } = remote.info();
    remote.close();
    return events;
  } catch {
    return 0;
  }
};

function cli(...words: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['bin/elixirscope', ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let error = '';
    child.stdout.on('data', (text: Buffer) => (out += text.toString()));
    child.stderr.on('data', (text: Buffer) => (error += text.toString()));
    child.once('close', (code) => (code === 0 ? resolve(out) : reject(new Error(error))));
  });
}
