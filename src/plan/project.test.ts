import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readProject } from './project.js';
import { smallBeam } from './testing/make-beam.js';

let root = '';
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'elixirscope-project-')));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(name: string, content: string | Uint8Array = ''): string {
  const path = join(root, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

/** A module compiled from a source, which is older. */
function compiled(beam: string, name: string, source: string, text = ''): void {
  const path = put(source, text);
  utimesSync(path, 1000, 1000);
  put(beam, smallBeam(name, path));
}

const modules = async (command: string[], env: NodeJS.ProcessEnv = {}, directory = root): Promise<string[]> =>
  (await readProject({ directory, command, env })).modules.map(({ module }) => module).sort();

describe('the code of a project', () => {
  it('of mix is what was compiled for the environment of the command, without dependencies', async () => {
    put('mix.exs');
    compiled('_build/dev/lib/shop/ebin/shop_dev.beam', 'shop_dev', 'src/a.erl');
    compiled('_build/test/lib/shop/ebin/shop_test.beam', 'shop_test', 'src/b.erl');
    compiled('_build/prod/lib/shop/ebin/shop_prod.beam', 'shop_prod', 'src/c.erl');
    compiled('_build/dev/lib/jason/ebin/jason.beam', 'jason', 'deps/jason/src/jason.erl');
    put('_build/dev/lib/elsewhere/ebin/elsewhere.beam', smallBeam('elsewhere', '/moved/away.erl'));
    expect(await modules(['mix', 'run'])).toEqual(['elsewhere', 'shop_dev']);
    expect(await modules(['mix', 'test'])).toEqual(['shop_test']);
    expect(await modules(['mix', 'run'], { MIX_ENV: 'prod' })).toEqual(['shop_prod']);
    expect(await modules(['mix', 'test'], { MIX_BUILD_PATH: join(root, '_build/prod') })).toEqual(['shop_prod']);
  });

  it('of rebar3 is that of its profiles, and of an umbrella all of it', async () => {
    put('rebar.config');
    put('apps/till/rebar.config');
    compiled('_build/default/lib/till/ebin/till.beam', 'till', 'apps/till/src/till.erl');
    compiled('_build/default/lib/cowboy/ebin/cowboy.beam', 'cowboy', '_build/default/lib/cowboy/src/cowboy.erl');
    compiled('_build/test/lib/till/test/till_SUITE.beam', 'till_SUITE', 'apps/till/test/till_SUITE.erl');
    expect(await modules(['rebar3', 'shell'])).toEqual(['till']);
    expect(await modules(['rebar3', 'ct'], {}, join(root, 'apps/till'))).toEqual(['till', 'till_SUITE']);
  });

  it('is read from its sources where they are newer, or alone', async () => {
    put('mix.exs');
    compiled('_build/dev/lib/shop/ebin/Elixir.Old.beam', 'Elixir.Old', 'lib/old.ex');
    compiled(
      '_build/dev/lib/shop/ebin/Elixir.Now.beam',
      'Elixir.Now',
      'lib/now.ex',
      'defmodule Now do\n  def g(x), do: x\nend',
    );
    utimesSync(join(root, 'lib/now.ex'), new Date(Date.now() + 9000), new Date(Date.now() + 9000));
    put('lib/later.ex', 'defmodule Later do\n  def h(x), do: x\nend');
    put('src/till.erl', '-module(till).\n');
    put('test/now_test.exs', 'defmodule NowTest do\n  test "x" do\n    :ok\n  end\nend');
    put('script.exs', 'defmodule Script do\n  def run, do: IO.puts("x")\nend');
    put('deps/jason/lib/jason.ex', 'defmodule Jason do\n  def x(y), do: y\nend');
    symlinkSync(join(root, 'lib'), join(root, 'lib/again'));
    const project = await readProject({ directory: root, command: ['mix', 'run', 'script.exs'], env: {} });
    const found = project.modules.map(({ module, functions }) => [module, functions.map(({ name }) => name).join()]);
    expect(found.sort()).toEqual([
      ['Elixir.Later', 'h'],
      ['Elixir.Now', 'g'],
      ['Elixir.Old', 'f'],
      ['Elixir.Script', 'run'],
      ['till', ''],
    ]);
    expect(project.from).toBe('2 compiled modules and 4 modules of 4 sources');
    expect(project.notes).toEqual(['1 source has changed since the last compilation and was read instead']);
    const short = await readProject({
      directory: root,
      command: ['mix', 'test'],
      env: { MIX_ENV: 'dev' },
      mostSourceBytes: 1,
    });
    expect(short.notes).toContain('4 sources are not compiled yet and were not read');
  });

  it('may be odd: broken modules and folders are told, and nothing fails', async () => {
    put('rebar.config');
    put('ebin/broken.beam', 'FOR1nonsense');
    mkdirSync(join(root, 'ebin/folder.beam'), { recursive: true });
    const project = await readProject({ directory: root, command: [], env: {} });
    expect(project.modules).toEqual([]);
    expect(project.notes).toEqual([
      expect.stringContaining('broken.beam: not a compiled module'),
      expect.stringContaining('folder.beam: EISDIR'),
    ]);
    expect(await readProject({ directory: join(root, 'nowhere'), command: [], env: {} })).toMatchObject({
      modules: [],
    });
    expect(await readProject({ directory: '/', command: [], env: {} })).toMatchObject({ modules: [] });
  });
});
