/** After `npm install`: build the probe's fast engine if this machine can. Never fails the install. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

if (existsSync(join(dirname(dirname(fileURLToPath(import.meta.url))), 'probe', 'Makefile'))) {
  const { buildProbe } = await import('./build-probe.mjs');
  const { fast, why } = buildProbe({ quiet: true });
  if (!fast) process.stdout.write(`elixirscope: ${why}; the slower engine in plain Erlang will be used.\n`);
}
