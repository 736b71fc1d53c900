/** The program that answers SQL for the server, built from the sources under test: Node runs no TypeScript. */
import { mkdtempSync, rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export async function buildSqlProgram(): Promise<{ path: string; remove: () => void }> {
  // Inside of the checkout, so that it finds the packages.
  const outDir = mkdtempSync(join(ROOT, 'node_modules', '.elixirscope-sql-'));
  await build({
    root: ROOT,
    configFile: false,
    logLevel: 'error',
    build: {
      outDir,
      ssr: join(ROOT, 'src', 'server', 'sql-process.ts'),
      target: 'node20',
      rollupOptions: {
        external: [...builtinModules, /^node:/, /^@duckdb\//, 'zstd-napi'],
        output: { entryFileNames: 'sql-process.mjs' },
      },
    },
  });
  return { path: join(outDir, 'sql-process.mjs'), remove: () => rmSync(outDir, { recursive: true, force: true }) };
}
