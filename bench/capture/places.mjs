/** Where the probe and what is run inside a VM lie. */
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
export const ebin = join(root, 'probe', 'ebin');
export const benchEbin = join(root, 'probe', 'bench', 'ebin');
export const command = join(root, 'bin', 'elixirscope');

/** Builds the probe, and what this benchmark runs inside a VM. */
export function build() {
  execFileSync('make', ['-C', join(root, 'probe'), 'bench'], { stdio: ['ignore', 'ignore', 'inherit'] });
}
