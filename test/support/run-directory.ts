/** Global set-up of the browser tests: a directory for what is made once and used by several files, gone when all have run. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    runDirectory: string;
  }
}

export default function setup(project: TestProject): () => void {
  const directory = mkdtempSync(join(tmpdir(), 'elixirscope-run-'));
  project.provide('runDirectory', directory);
  return () => {
    rmSync(directory, { recursive: true, force: true });
  };
}
