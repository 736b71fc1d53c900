/** Programs that the server starts, built from the sources under test: Node runs no TypeScript. */
import { mkdtempSync, rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface ServerProgram {
  path: string;
  remove: () => void;
}

/** Answers SQL. */
export const buildSqlProgram = (): Promise<ServerProgram> => buildServerProgram('sql-process');
/** Counts areas. */
export const buildAreaProgram = (): Promise<ServerProgram> => buildServerProgram('area-thread');
/** Answers what may wait. */
export const buildBackgroundProgram = (): Promise<ServerProgram> => buildServerProgram('background-thread');

async function buildServerProgram(name: string): Promise<ServerProgram> {
  // Inside of the checkout, so that it finds the packages.
  const outDir = mkdtempSync(join(ROOT, 'node_modules', '.elixirscope-program-'));
  await build({
    root: ROOT,
    configFile: false,
    logLevel: 'error',
    build: {
      outDir,
      ssr: join(ROOT, 'src', 'server', `${name}.ts`),
      target: 'node20',
      rollupOptions: {
        external: [...builtinModules, /^node:/, /^@duckdb\//, 'zstd-napi'],
        output: { entryFileNames: `${name}.mjs` },
      },
    },
  });
  return { path: join(outDir, `${name}.mjs`), remove: () => rmSync(outDir, { recursive: true, force: true }) };
}
