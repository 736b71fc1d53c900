import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Flags, type Recording, type RecordedEvent } from '../../src/recording/index.js';
import { printTerm } from '../../src/term/index.js';
import {
  CHECKOUT,
  elixirscope,
  elixirscopeJson,
  inDirectory,
  record,
  RELEASES,
  start,
} from '../support/elixirscope.js';

/** What the program printed of one moment: its variables, and the functions that it was in, innermost first. */
interface Told {
  marker: string;
  variables: string[];
  frames: string[];
}

/** The order of fields of a struct differs between releases. */
const sorted = (text: string): string =>
  text.replaceAll(
    /%Corpus\.Point\{([^}]*)\}/g,
    (_, fields: string) => `%Corpus.Point{${fields.split(', ').sort().join(', ')}}`,
  );

/** `HERE` marker, variables, frames. */
function toldBy(stdout: string): Told[] {
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('HERE\t'))
    .map((line) => {
      const [, marker = '', variables = '', frames = ''] = line.split('\t');
      return {
        marker,
        variables: variables === '' ? [] : variables.split(' ;; ').map(sorted).sort(),
        // Comprehensions become functions that nobody has written.
        frames: frames.split(' ').filter((frame) => frame !== '' && !/-(lc|lbc|blc|mc)\$\^/.test(frame)),
      };
    });
}

/** The calls with which the program printed that, by marker. */
function moments(recording: Recording, module: string): Map<string, RecordedEvent[]> {
  const found = new Map<string, RecordedEvent[]>();
  for (const event of recording.events({ kinds: ['call'] })) {
    const fn = recording.function(event.fn);
    if (fn?.module !== module || fn.name !== 'here') continue;
    const marker = event.terms[0]?.kind === 'list' ? event.terms[0].elements[0] : undefined;
    const text = marker?.kind === 'binary' ? Buffer.from(marker.bytes).toString() : marker?.kind === 'list' ? marker.elements.map((one) => (one.kind === 'integer' ? String.fromCharCode(Number(one.value)) : '')).join('') : ''; // prettier-ignore
    found.set(text, [...(found.get(text) ?? []), event]);
  }
  return found;
}

/** `Corpus.-nested/1-fun-0-/4` and `Corpus.-nested/1-for-485-` are both a fun of nested/1; the compiler adds arguments and numbers of its own. */
const plain = (frame: string): string => frame.replace(/-([^-]+\/\d+)-.*-\/\d+$/, 'fun of $1');

/** The VM leaves out what repeats. */
const repeatless = (frames: { name: string; line: number }[]): { name: string; line: number }[] =>
  frames.filter(({ name, line }, i) => name !== frames[i - 1]?.name || line !== frames[i - 1]?.line);

/**
 * What Elixir's compiler makes of `else` in `with` stands, in some releases, where variables of its first clauses are bound, though the source cannot
 * read them there; in others it is a fun, which nobody has written.
 */
const NOT_IN_SOURCE: Record<string, readonly string[]> = { 'with else': ['inner'] };

/** Compares the answers for the moment just before each print with what was printed. */
function compare(recording: Recording, told: Told[], here: string, code: RegExp, syntax: 'elixir' | 'erlang'): void {
  const calls = moments(recording, here);
  const counts = new Map<string, number>();
  for (const { marker, variables, frames } of told) {
    const n = counts.get(marker) ?? 0;
    counts.set(marker, n + 1);
    const call = calls.get(marker)?.[n];
    expect(call, `${marker} ${n}`).toBeDefined();
    const at = recording.momentOf(call!.seq - 1);
    const answer = recording.variables(call!.process, at);
    const known = answer?.variables.map(({ name, value }) =>
      sorted(`${name}=${value.kind === 'function' ? '(fun)' : printTerm(value, { syntax })}`),
    );
    const extra = known?.filter((one) => !(NOT_IN_SOURCE[marker] ?? []).includes(one.split('=')[0]!));
    expect({ marker, variables: extra?.sort(), why: answer?.why }).toEqual({ marker, variables, why: undefined });

    const stack = recording.stack(call!.process, at).frames.flatMap((frame) => {
      const fn = recording.function(frame.fn)!;
      if (!code.test(fn.module)) return [];
      const module = fn.module.replace(/^Elixir\./, '');
      const name = `${module}${syntax === 'elixir' ? '.' : ':'}${fn.name}/${fn.arity}`;
      return [{ name: plain(name), line: frame.line ?? 0 }];
    });
    const written = marker in NOT_IN_SOURCE ? frames.filter((frame) => !frame.includes('-fun-')) : frames;
    const real = repeatless(
      written.map((frame) => ({ name: plain(frame.replace(/:\d+$/, '')), line: Number(/\d+$/.exec(frame)?.[0]) })),
    );
    const once = repeatless(stack);
    expect({ marker, stack: once.map(({ name }) => name) }).toEqual({ marker, stack: real.map(({ name }) => name) });
    // The VM tells of a call's own line, which may not be the first of its expression.
    if (marker in NOT_IN_SOURCE) continue;
    once.forEach(({ line }, i) => {
      expect(line, `${marker}: ${frames.join(' ')}`).toBeLessThanOrEqual(real[i]!.line);
      expect(line).toBeGreaterThan(real[i]!.line - 12);
    });
  }
}

describe.each(RELEASES)('functions from inside, on $name', ({ prefix }) => {
  it.each(['lines', 'expressions'])(
    'variables and stack of an Elixir program are what it prints itself, at depth %s',
    (depth) =>
      record(
        [...prefix, 'elixir', join(CHECKOUT, 'test/integration/programs/corpus.exs')],
        async (recording, run, path) => {
          const told = toldBy(run.stdout);
          expect(told.length).toBeGreaterThan(100);
          compare(recording, told, 'Elixir.Say', /^Elixir\.Corpus/, 'elixir');

          // The same by the command line.
          const [call] = moments(recording, 'Elixir.Say').get('case inside')!;
          const pid = recording.processes()[call!.process - 1]!;
          const who = [`<0.${pid.number}.${pid.serial}>`, '--at', `#${call!.seq - 1}`];
          const { variables } = await elixirscopeJson<{ variables: { name: string; value: string }[] }>(['variables', path, ...who]); // prettier-ignore
          expect(variables).toMatchObject([{ name: 'm', value: '5' }, { name: 'n', value: '10' }]); // prettier-ignore
          const { frames } = await elixirscopeJson<{ frames: { function: string; args: string[] }[] }>(['stack', path, ...who]); // prettier-ignore
          expect(frames).toMatchObject([
            { function: 'Corpus.branches/1', args: ['5'] },
            { function: 'Corpus.all/0', args: [] },
          ]);
          const outer = await elixirscope(['variables', path, ...who, '--frame', '1']);
          expect(outer.stdout).toContain('Corpus.all(), ');
          const lines = await elixirscope(['lines', path, 'Corpus', '--pid', who[0]!, '--at', 'end']);
          expect(lines.stdout).toMatch(/3× \d+ │ {5}rest = body\(n - 1\) {3}← .*rest = 3/);
          const wrong = await elixirscope(['lines', path, 'Corpsu']);
          expect(wrong).toMatchObject({ code: 2 });
          expect(wrong.stderr).toContain('did you mean Corpus?');
        },
        { args: ['--depth', `Corpus*=${depth}`, '--depth', 'Say=values'] },
      ),
  );

  it.each(['lines', 'expressions'])(
    'variables and stack of an Erlang program are what it prints itself, at depth %s',
    (depth) =>
      inDirectory(async (directory) => {
        copyFileSync(join(CHECKOUT, 'test/integration/programs/corpus.erl'), join(directory, 'corpus.erl'));
        const compiled = await start([...prefix, 'erlc', '+debug_info', 'corpus.erl'], { cwd: directory }).finished;
        expect(compiled).toMatchObject({ code: 0 });
        const program = 'erlang:system_flag(backtrace_depth, 64), corpus:all(), halt().';
        await record(
          [...prefix, 'erl', '-noshell', '-eval', program],
          (recording, run) => {
            const told = toldBy(run.stdout);
            expect(told.length).toBeGreaterThan(30);
            compare(recording, told, 'corpus', /^corpus$/, 'erlang');
          },
          { cwd: directory, args: ['--depth', `corpus=${depth}`, '--depth', 'corpus.here=values'] },
        );
      }),
  );

  it('a table at a moment is what the calls of ets left in it', () =>
    inDirectory(async (directory) => {
      writeFileSync(join(directory, 'tables.exs'), TABLES);
      await record(
        [...prefix, 'elixir', 'tables.exs'],
        async (recording, run, path) => {
          const table = (name: string): Promise<{ complete: boolean; rows: { key: string; value: string | null }[] }> =>
            elixirscopeJson(['table', path, name]);
          const rows = async (name: string): Promise<(string | null)[][]> =>
            (await table(name)).rows.map(({ key, value }) => [key, value]).sort();
          expect(await table('Shop.Cache')).toMatchObject({ complete: true });
          expect(await rows('Shop.Cache')).toEqual([[':a', '{:a, 6}'], [':c', '{:c, 3, :new}']]); // prettier-ignore
          expect(await rows(':seen')).toEqual([['1', '{1, :x}'], ['1', '{1, :y}']]); // prettier-ignore
          const reference = /#Reference<[^>]+>/.exec(run.stdout)![0];
          expect(await rows(reference)).toEqual([['"k"', '{"k", 1}']]);
          const failed = [...recording.events({ kinds: ['table'] })].filter(({ terms: [args] }) => {
            const name = args?.kind === 'list' ? args.elements[0] : undefined;
            return name?.kind === 'atom' && name.name === 'nowhere';
          });
          expect(failed.map(({ flags }) => flags & Flags.RAISED)).toEqual([Flags.RAISED]);
          const wrong = await elixirscope(['table', path, 'Shop.Cach']);
          expect(wrong).toMatchObject({ code: 2 });
          expect(wrong.stderr).toContain('did you mean Shop.Cache?');
        },
        { cwd: directory, args: ['--tables'] },
      );
    }));
});

const TABLES = `
:ets.new(Shop.Cache, [:set, :public, :named_table])
:ets.insert(Shop.Cache, {:a, 1})
:ets.insert(Shop.Cache, [{:b, 2}, {:c, 3, :old}])
:ets.update_counter(Shop.Cache, :a, 5)
:ets.delete(Shop.Cache, :b)
:ets.update_element(Shop.Cache, :c, {3, :new})
true = :ets.member(Shop.Cache, :c)
:ets.new(:seen, [:bag, :named_table])
for value <- [:x, :y, :x], do: :ets.insert(:seen, {1, value})
try do
  :ets.insert(:nowhere, {1})
rescue
  ArgumentError -> :ok
end
table = :ets.new(:anonymous, [])
:ets.insert_new(table, {"k", 1})
:ets.insert_new(table, {"k", 2})
IO.inspect(table)
`;
