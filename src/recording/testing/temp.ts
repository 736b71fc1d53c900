/** Folders for tests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Runs with a new folder and removes it. */
export function withTempDir<T>(run: (path: string) => T): T {
  const path = mkdtempSync(join(tmpdir(), 'escope-test-'));
  try {
    return run(path);
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}
