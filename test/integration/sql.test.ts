/** SQL and exports over a recording of a real program. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSql, type SqlValue } from '../../src/sql/index.js';
import { CHECKOUT, elixirscope, elixirscopeJson, inDirectory, record, start } from '../support/elixirscope.js';

const PROGRAM = ['elixir', join(CHECKOUT, 'test/integration/programs/behaviours.exs')];

/** The questions of docs/sql.md, by the sentence above each. */
function questions(): { title: string; sql: string }[] {
  const page = readFileSync(join(CHECKOUT, 'docs', 'sql.md'), 'utf8');
  return [...page.matchAll(/^(.+):\n\n```sql\n([\s\S]*?)```/gm)].map(([, title = '', sql = '']) => ({ title, sql }));
}

describe('a recorded program', () => {
  it('answers the ten questions of the documentation, and others, in SQL', async () => {
    await record(PROGRAM, async (_, run, path) => {
      expect(run.code).toBe(3);
      const { openRecording } = await import('../../src/recording/index.js');
      const recording = openRecording(path);
      const session = await openSql(recording);
      const ask = async (sql: string): Promise<SqlValue[][]> => {
        const found: SqlValue[][] = [];
        for await (const some of (await session.query(sql)).rows) found.push(...some);
        return found;
      };
      const asked = questions();
      expect(asked.length).toBe(10);
      for (const { title, sql } of asked) {
        const rows = await ask(sql);
        // Whether something is still under way is up to the program.
        if (!title.startsWith('Sent, but')) expect(rows.length, title).toBeGreaterThan(0);
      }
      expect(await ask(`select sum(count) from (select count(*) as count from events group by kind)`)).toEqual([
        [String(recording.info().events)].map((n) => Number(n)),
      ]);
      const counts = (
        await ask(`select json->>'$.count' from states where name = 'Counter' and changed order by seq`)
      ).flat();
      expect(counts).toEqual(expect.arrayContaining(['1', '3', '6', '10', '15']));
      const raised = await ask(`select arguments from calls where raised and function = 'Counter.handle_cast/2'`);
      expect(raised.flat()).toEqual([expect.stringContaining(':boom')]);
      const secrets = await ask(
        `select count(*) from states where name = 'Counter' and (value like '%hunter2%' or json like '%hunter2%')`,
      );
      expect(secrets).toEqual([[0]]);
      expect(
        await ask(`select count(*) from messages m join calls c on c.seq = m.handle_seq where c.process <> m.receiver`),
      ).toEqual([[0]]);
      session.close();
      recording.close();

      const json = await elixirscopeJson<{ n: number }[]>(['sql', path, 'select count(*) as n from processes']);
      expect(json).toEqual([{ n: recording.processes().length }]);
      const csv = await elixirscope(['sql', path, '--csv', `select 'a,"b"' as x, null as y, '' as z`]);
      expect(csv.stdout).toBe('x,y,z\n"a,""b""",,""\n');
      const table = await elixirscope(['sql', path, `select 'a' as letter, 7 as number`]);
      expect(table.stdout).toBe('letter  number\na            7\n(1 row)\n');
      const wrong = await elixirscope(['sql', path, 'select nope from events']);
      expect([wrong.code, wrong.stdout]).toEqual([1, '']);
      expect(wrong.stderr).toContain('"nope" not found');

      const shell = start([process.execPath, join(CHECKOUT, 'bin', 'elixirscope'), 'sql', path, '--csv']);
      shell.child.stdin!.end(`create table t as\n  select 'x;' as v;\nselect v from t;\nselect 2 as two`);
      const finished = await shell.finished;
      expect(finished.stdout).toBe('Count\n1\nv\nx;\ntwo\n2\n');
      expect(finished.code).toBe(0);
    });
  });

  it('is exported for every tool', async () => {
    await record(PROGRAM, async (recording, _, path) => {
      await inDirectory(async (directory) => {
        for (const to of ['csv', 'json', 'parquet', 'perfetto', 'speedscope', 'otlp']) {
          const out = join(directory, `run.${to}`);
          const done = await elixirscope(['export', path, '--to', to, '--out', out]);
          expect([done.code, done.stderr], to).toEqual([0, '']);
          expect(statSync(out).size, to).toBeGreaterThan(1000);
          const again = await elixirscope(['export', path, '--to', to, '--out', out]);
          expect(again.code, to).toBe(2);
        }
        const lines = readFileSync(join(directory, 'run.json'), 'utf8').trimEnd().split('\n');
        expect(lines.length).toBe(recording.info().events);
        expect(readFileSync(join(directory, 'run.speedscope'), 'utf8')).toContain('Counter.handle_cast/2');
        expect(readFileSync(join(directory, 'run.otlp'), 'utf8')).toContain('Counter.handle_cast/2');
        const calls = join(directory, 'calls.csv');
        expect((await elixirscope(['export', path, '--to', 'csv', '--table', 'calls', '--out', calls])).code).toBe(0);
        expect(readFileSync(calls, 'utf8')).toContain('Counter.handle_cast/2');
      });
    });
  });
});
