import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
let place;

/** A package like ours with another `main`. */
beforeEach(() => {
  place = mkdtempSync(path.join(tmpdir(), 'elixirscope-bin-'));
  cpSync(path.join(root, 'bin'), path.join(place, 'package', 'bin'), { recursive: true });
  cpSync(path.join(root, 'scripts', 'ensure-native.mjs'), path.join(place, 'package', 'scripts', 'ensure-native.mjs'));
  writeFileSync(path.join(place, 'package', 'package.json'), '{"type": "module"}');
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

const install = () => {
  mkdirSync(path.join(place, 'package', 'dist', 'cli'), { recursive: true });
  writeFileSync(
    path.join(place, 'package', 'dist', 'cli', 'main.js'),
    'export const main = async (words) => (console.log(JSON.stringify(words)), 7);',
  );
};

describe('bin/elixirscope', () => {
  it('says in one sentence what to do when it is not built', () => {
    const ran = spawnSync(path.join(place, 'package', 'bin', 'elixirscope'), ['info'], { encoding: 'utf8' });
    expect(ran.status).toBe(70);
    expect(ran.stderr).toMatch(/^elixirscope is not built yet\. Run "make build" in .* first\.\n$/);
  });

  it('finds the command through links, hands over its words, and ends with its status', () => {
    install();
    symlinkSync(path.join(place, 'package', 'bin', 'elixirscope'), path.join(place, 'elixirscope'));
    const ran = spawnSync(path.join(place, 'elixirscope'), ['info', '--json', 'last'], { encoding: 'utf8' });
    expect(JSON.parse(ran.stdout)).toEqual(['info', '--json', 'last']);
    expect(ran.status).toBe(7);
  });
});
