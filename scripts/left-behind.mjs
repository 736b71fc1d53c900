/**
 * Whether a run leaves anything behind. All that it starts gets a temporary directory of its own in `TMPDIR`, which marks the processes too: whatever
 * is still there when all is over was left by somebody.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Files of other people's tools, which keep them from run to run. */
const OTHERS = /^(mix_lock_|mix_pubsub_|node-compile-cache|v8-compile-cache|hsperfdata_|npm-)/;

/** @returns {{ directory: string, left: () => Promise<string[]>, remove: () => void }} */
export function ownTemporaryDirectory() {
  const directory = mkdtempSync(join(tmpdir(), 'es-'));
  return {
    directory,
    left: async () => {
      // Who was told to end may need a moment.
      for (let tries = 0; tries < 50 && processesIn(directory).length > 0; tries++)
        await new Promise((resolve) => setTimeout(resolve, 100));
      const processes = processesIn(directory);
      const files = readdirSync(directory).filter((name) => !OTHERS.test(name));
      for (const { pid } of processes) end(pid);
      return [
        ...processes.map(({ pid, command }) => `process ${pid}: ${command.slice(0, 200)}`),
        ...files.map((name) => `in the temporary directory: ${name}`),
      ];
    },
    remove: () => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }),
  };
}

function end(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It was faster.
  }
}

/** The processes that have this directory as their temporary one, on Linux; this one is not among them. */
function processesIn(directory) {
  const found = [];
  for (const name of readdirSync('/proc', { encoding: 'utf8' }).filter((each) => /^\d+$/.test(each))) {
    const pid = Number(name);
    if (pid === process.pid) continue;
    try {
      const environment = readFileSync(`/proc/${name}/environ`, 'utf8').split('\0');
      if (!environment.includes(`TMPDIR=${directory}`)) continue;
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      // One that has ended and waits for its parent has none.
      if (command !== '') found.push({ pid, command });
    } catch {
      // Not ours to look at, or gone meanwhile.
    }
  }
  return found;
}
