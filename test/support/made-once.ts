/** What costs seconds to make is made by the first test file that wants it, and only read by all. */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import { build } from 'vite';
import { writeSyntheticRecording } from '../../src/recording/testing/index.js';
import { CHECKOUT, elixirscope, until } from './elixirscope.js';
import { buildServerPrograms } from './server-programs.js';

/** The path of what `make` leaves at the path that it is given. Of files that run at the same time one makes it; the others wait. */
export async function madeOnce(name: string, make: (path: string) => unknown): Promise<string> {
  const path = join(inject('runDirectory'), name);
  if (existsSync(path)) return path;
  return alone(async () => {
    if (!existsSync(path)) {
      await make(`${path}.part`);
      renameSync(`${path}.part`, path);
    }
    return path;
  });
}

/** Does some work while no other file of this run does any. One lock for all: two recordings of the shop would share what mix builds. */
async function alone<T>(work: () => Promise<T>): Promise<T> {
  const lock = join(inject('runDirectory'), 'making');
  await until('another file made what it wants', () => taken(lock), 170_000, 100);
  try {
    return await work();
  } finally {
    rmdirSync(lock);
  }
}

/** A directory is made by one only. */
function taken(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** A directory that is gone when all test files have run. */
export const directoryOfRun = (name: string): string => mkdtempSync(join(inject('runDirectory'), `${name}-`));

/** The built browser view. */
export const builtUi = (): Promise<string> =>
  madeOnce('ui', (outDir) => build({ logLevel: 'error', build: { outDir, emptyOutDir: true } }));

/** The folder of the programs that the server starts beside itself. */
export const serverPrograms = (): Promise<string> => madeOnce('server-programs', buildServerPrograms);

/** A made-up system, one function of it by lines: ten million events of ten thousand processes take ten seconds to write. */
export const syntheticRecording = (events: number, processes: number): Promise<string> =>
  madeOnce(`synthetic-${String(events)}-${String(processes)}.escope`, (path) => {
    writeSyntheticRecording({ path, events, processes, seed: 1, lines: true });
  });

async function recordShop(path: string, seconds: number, options: readonly string[]): Promise<void> {
  const shop = ['mix', 'shop.load', '--seconds', String(seconds)];
  const run = await elixirscope(['run', '--quiet', '--out', path, ...options, '--', ...shop], {
    cwd: join(CHECKOUT, 'examples', 'shop'),
    env: { MIX_BUILD_PATH: join(inject('runDirectory'), 'shop-build') },
  });
  if (run.code !== 0) throw new Error(`the shop could not be recorded: ${run.stderr}`);
}

/** The example shop as `make demo` records it. */
export const shopOfDemo = (): Promise<string> => madeOnce('shop-demo.escope', (path) => recordShop(path, 5, []));

/** Three seconds of the example shop, recorded by lines. */
export const shopByLines = (): Promise<string> =>
  madeOnce('shop-lines.escope', (path) => recordShop(path, 3, ['--depth', 'Shop.*=lines']));
