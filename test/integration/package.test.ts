/** What `npm install elixirscope` gives: the packed package, installed in an empty folder, records a project elsewhere. */
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openRecording } from '../../src/recording/index.js';
import { CHECKOUT, inDirectory, start } from '../support/elixirscope.js';

describe('the packed package', () => {
  it(
    'installs in an empty folder and records mix test of a project elsewhere',
    () =>
      inDirectory(async (directory) => {
        const packed = await start(['npm', 'pack', '--ignore-scripts', '--pack-destination', directory], {
          cwd: CHECKOUT,
        }).finished;
        expect(packed.code, packed.stderr).toBe(0);
        const tarball = readdirSync(directory).find((name) => name.endsWith('.tgz')) ?? '';
        const home = join(directory, 'home');
        mkdirSync(home);
        const installed = await start(['npm', 'install', '--no-audit', '--no-fund', join(directory, tarball)], {
          cwd: home,
        }).finished;
        expect(installed.code, installed.stderr).toBe(0);
        const made = await start(['mix', 'new', 'elsewhere'], { cwd: directory }).finished;
        expect(made.code).toBe(0);
        const path = join(directory, 'packed.escope');
        const command = ['npx', '--prefix', home, 'elixirscope', 'run', '--out', path, '--', 'mix', 'test'];
        const run = await start(command, { cwd: join(directory, 'elsewhere') }).finished;
        expect(run.stdout).toMatch(/0 failures/);
        expect(run.code).toBe(0);
        const recording = openRecording(path);
        const [node] = recording.info().nodes;
        const built = existsSync(join(home, 'node_modules/elixirscope/probe/priv/elixirscope_nif.so'));
        // Where the shared object could not be built the slower engine is used, and named.
        expect([node?.engine, node?.engineWhy === undefined]).toEqual(built ? ['nif', true] : ['erlang', false]);
        expect(recording.info().events).toBeGreaterThan(100);
        recording.close();
      }),
    600_000,
  );
});
