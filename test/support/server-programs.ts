/** The programs that the server starts beside itself, built from the sources under test: Node runs no TypeScript. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { build } from 'vite';
import { CHECKOUT } from './elixirscope.js';

/** Leaves them in a directory, which is made, under the names that they have in the package. */
export async function buildServerPrograms(directory: string): Promise<void> {
  mkdirSync(directory);
  writeFileSync(join(directory, 'package.json'), '{"type": "module"}');
  symlinkSync(join(CHECKOUT, 'node_modules'), join(directory, 'node_modules'));
  const program = (name: string): [string, string] => [name, join(CHECKOUT, 'src', 'server', `${name}.ts`)];
  await build({
    root: CHECKOUT,
    configFile: false,
    logLevel: 'error',
    build: {
      outDir: directory,
      emptyOutDir: false,
      ssr: true,
      target: 'node20',
      rollupOptions: {
        input: Object.fromEntries(['sql-process', 'area-thread', 'background-thread'].map(program)),
        external: [...builtinModules, /^node:/, /^@duckdb\//, 'zstd-napi'],
        output: { entryFileNames: '[name].js' },
      },
    },
  });
}
