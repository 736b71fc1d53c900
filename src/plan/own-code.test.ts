import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isOwnFile, ownDirectories, type OwnDirectories } from './own-code.js';

let root = '';
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'elixirscope-own-')));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Makes the files. */
function project(...files: string[]): void {
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), '');
  }
}

const owns = (own: OwnDirectories | undefined, file: string): boolean => own !== undefined && isOwnFile(own, file);

describe('the own code of a project', () => {
  it('is what lies in it, but not what it depends on or what tools keep there', () => {
    project('mix.exs', 'lib/shop.ex', 'deps/jason/lib/jason.ex', '.elixir_ls/build/x.ex', 'assets/node_modules/y.ex');
    const own = ownDirectories(root);
    expect(owns(own, join(root, 'lib/shop.ex'))).toBe(true);
    expect(owns(own, join(root, 'test/shop_test.exs'))).toBe(true);
    for (const file of [
      'deps/jason/lib/jason.ex',
      '_build/dev/z.ex',
      '.elixir_ls/build/x.ex',
      'assets/node_modules/y.ex',
    ])
      expect(owns(own, join(root, file)), file).toBe(false);
    expect(owns(own, '/usr/lib/elixir/lib/elixir/lib/enum.ex')).toBe(false);
  });

  it('is all of an umbrella, from each of its applications', () => {
    project('mix.exs', 'apps/web/mix.exs', 'apps/web/lib/web.ex', 'apps/core/mix.exs', 'apps/core/deps/x/lib/x.ex');
    for (const directory of [root, join(root, 'apps/web')]) {
      const own = ownDirectories(directory);
      expect(owns(own, join(root, 'apps/core/lib/core.ex'))).toBe(true);
      expect(owns(own, join(root, 'apps/core/deps/x/lib/x.ex'))).toBe(false);
    }
  });

  it('is known by both names of a directory that a link leads to', () => {
    project('real/rebar.config');
    symlinkSync(join(root, 'real'), join(root, 'link'));
    const own = ownDirectories(join(root, 'link'));
    expect(owns(own, join(root, 'real/src/a.erl'))).toBe(true);
    expect(owns(own, join(root, 'link/src/a.erl'))).toBe(true);
    expect(owns(own, join(root, 'link/_build/default/lib/cowboy/src/cowboy.erl'))).toBe(false);
  });

  it('is nothing in the root or a home, where everything would be', () => {
    expect(ownDirectories('/')).toBeUndefined();
    expect(ownDirectories(root, root)).toBeUndefined();
    project('mix.exs');
    expect(ownDirectories(root, root)).toBeDefined();
  });
});
