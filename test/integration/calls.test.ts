import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Recording } from '../../src/recording/index.js';
import { printTerm, type Term } from '../../src/term/index.js';
import { CHECKOUT, elixirscope, inDirectory, record, RELEASES, start } from '../support/elixirscope.js';

const elixir = (term: Term | undefined): string => (term ? printTerm(term, { syntax: 'elixir' }) : '');

/** Digests of everything that mix built. */
function built(project: string): Record<string, string> {
  const root = join(project, '_build');
  return Object.fromEntries(
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.beam') && statSync(join(root, name)).isFile())
      .map((name) => [
        name,
        createHash('sha256')
          .update(readFileSync(join(root, name)))
          .digest('hex'),
      ]),
  );
}

/** Of the shop's tests some depend on chance and haste. */
const ONE_TEST = `defmodule CallsTest do
  use ExUnit.Case
  test "what is not there cannot be ordered" do
    {:ok, id} = Shop.place_order("ada", %{"milk-jug" => 1_000}, %{holder: "Ada", token: "tok_test"})
    assert Shop.await(id) == :sold_out
    assert Shop.Stock.free()["milk-jug"] == 50
  end
end
`;
const MIX_TEST = ['mix', 'test', 'test/calls_test.exs'];

interface Told {
  kind: string;
  fn: string;
  text: string;
}

/** Calls and their ends, of one function where asked. */
function told(recording: Recording, fn?: string): Told[] {
  const out: Told[] = [];
  const count = recording.info().events;
  for (let seq = 1; seq <= count; seq++) {
    const event = recording.event(seq);
    if (!event || !['call', 'return', 'tail', 'exception'].includes(event.kind)) continue;
    const info = recording.function(event.fn);
    const name = info ? `${info.module}.${info.name}/${info.arity}` : '';
    if (fn === undefined || name === fn)
      out.push({ kind: event.kind, fn: name, text: event.terms.map(elixir).join(' ') });
  }
  return out;
}

describe.each(RELEASES)('the calls of run, on $name', ({ prefix }) => {
  it('records every call of the modules that --depth names, and builds what would be built without it', () =>
    inDirectory(async (directory) => {
      const project = join(directory, 'shop');
      const plain = join(directory, 'plain', 'shop');
      for (const copy of [project, plain]) {
        cpSync(join(CHECKOUT, 'examples', 'shop'), copy, {
          recursive: true,
          filter: (path) => !path.endsWith('_build'),
        });
        writeFileSync(join(copy, 'test', 'calls_test.exs'), ONE_TEST);
      }
      await record(
        [...prefix, ...MIX_TEST],
        async (recording, run, path) => {
          expect(run.stdout).toMatch(/0 failures/);
          expect(run.code).toBe(0);
          expect(recording.info().gaps).toEqual([]);
          const all = told(recording);
          const count = (kind: string): number => all.filter((event) => event.kind === kind).length;
          expect(count('call')).toBeGreaterThan(50);
          // Each call has ended: by its value, by a call in its place, or by an exception; or the program ended in its middle.
          const open = count('call') - count('return') - count('tail') - count('exception');
          expect(open).toBeGreaterThanOrEqual(0);
          expect(open).toBeLessThan(5);
          // From the first call on, right after the module was compiled.
          expect(told(recording, 'Elixir.Shop.Application.start/2')[0]).toMatchObject({
            kind: 'call',
            text: '[:normal, []]',
          });
          expect(new Set(all.map(({ fn }) => fn.split('.')[1]))).toEqual(new Set(['Shop']));
          const printed = await elixirscope(['events', path, '--kind', 'call', '--limit', '5']);
          expect(printed.stdout).toContain('Shop.');
        },
        { cwd: project, args: ['--no-calls', '--depth', 'Shop.*=values'] },
      );
      expect((await start([...prefix, ...MIX_TEST], { cwd: plain }).finished).code).toBe(0);
      expect(Object.keys(built(project))).toEqual(Object.keys(built(plain)));
      // What was built is as good as ever: nothing is compiled again, and it does not know of us.
      const again = await start([...prefix, ...MIX_TEST], { cwd: project }).finished;
      expect(again.stdout).toMatch(/0 failures/);
      expect(again.stdout).not.toMatch(/Compiling/);
      for (const name of Object.keys(built(project)))
        expect(readFileSync(join(project, '_build', name)).includes('elixirscope_nif')).toBe(false);
    }));

  it('records values, tail calls and exceptions of a module as they are', () =>
    inDirectory((directory) => {
      writeFileSync(
        join(directory, 'lib.ex'),
        `defmodule Sample do
  def add(a, b), do: a + b
  def loop(0), do: :done
  def loop(n), do: loop(n - 1)
  def fail(x), do: raise(ArgumentError, "no #{x}")
  def rescued(x) do
    fail(x)
    :never
  rescue
    e in ArgumentError -> {:rescued, Exception.message(e)}
  end
end
`,
      );
      writeFileSync(
        join(directory, 'main.exs'),
        `Code.compile_file("lib.ex")
IO.inspect({Sample.add(1, 2), Sample.loop(3), Sample.rescued(1000)})
{:ok, {_, [attributes: a]}} = {:ok, {Sample, [attributes: Sample.module_info(:attributes)]}}
IO.inspect(Keyword.has_key?(a, :vsn))
`,
      );
      return record(
        [...prefix, 'elixir', 'main.exs'],
        (recording, run) => {
          expect(run.stdout).toBe('{3, :done, {:rescued, "no 1000"}}\ntrue\n');
          const events = told(recording).map(({ kind, fn, text }) => `${kind} ${fn.replace('Elixir.', '')} ${text}`);
          expect(events.map((text) => text.trim())).toEqual([
            'call Sample.add/2 [1, 2]',
            'return Sample.add/2 3',
            'call Sample.loop/1 [3]',
            'tail Sample.loop/1',
            'call Sample.loop/1 [2]',
            'tail Sample.loop/1',
            'call Sample.loop/1 [1]',
            'tail Sample.loop/1',
            'call Sample.loop/1 [0]',
            'return Sample.loop/1 :done',
            'call Sample.rescued/1 [1000]',
            'call Sample.fail/1 [1000]',
            'exception Sample.fail/1 :error %ArgumentError{message: "no 1000"}',
            'return Sample.rescued/1 {:rescued, "no 1000"}',
          ]);
        },
        { cwd: directory, args: ['--no-calls', '--depth', 'Sample=values'] },
      );
    }));

  it('keeps what variables with telling names hold inside the node', () =>
    inDirectory((directory) => {
      const many = [1, 2, 3, 4, 5, 6, 7, 9].map((n) => `  def many(${n}, p), do: p`).join('\n');
      writeFileSync(
        join(directory, 'main.exs'),
        `defmodule Sample do
  def login(user, password) do
    token = String.upcase(password)
    %{user: user, size: byte_size(token)}
  end
${many}
  def many(8, api_key), do: byte_size(api_key)
end
word = fn prefix -> prefix <> "-nobody-sees" end
IO.inspect({Sample.login("ann", word.("one")), Sample.many(8, word.("two"))})
`,
      );
      return record(
        [...prefix, 'elixir', 'main.exs'],
        (recording, run) => {
          expect(run.stdout).toBe('{%{size: 15, user: "ann"}, 15}\n');
          expect(told(recording, 'Elixir.Sample.login/2').map(({ text }) => text)[0]).toBe('["ann", ‹redacted›]');
          for (const { terms } of recording.events({}))
            expect(terms.map(elixir).join(' ')).not.toMatch(/(one|two)-nobody/i);
          const lines = [...recording.events({ kinds: ['line'] })].map(({ terms }) => terms.map(elixir).join(' '));
          expect(lines.filter((line) => /"ann"/.test(line) && /‹redacted›/.test(line))).toHaveLength(1);
        },
        { cwd: directory, args: ['--no-calls', '--depth', 'Sample=expressions'] },
      );
    }));
});
