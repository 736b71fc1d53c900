/** A place that shares nothing with this machine but a network cable: a network namespace with a /tmp and /dev/shm of its own. */
import { execFileSync } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { CHECKOUT } from './elixirscope.js';
import type { Place } from './target.js';

const NOBODY = '02:00:00:00:00:99';

export interface Island extends Place {
  /** Our end of the cable. */
  ownAddress: string;
  /** Pulls the cable out: whatever is under way is lost, and neither end is told. */
  cut(): void;
  mend(): void;
  remove(): void;
}

/** Why islands cannot be made here; `undefined` where they can. Tells by making one. */
export function whyNoIslands(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are Linux';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  try {
    makeIsland().remove();
    return undefined;
  } catch (error) {
    return `no network namespace can be made: ${error instanceof Error ? error.message : String(error)}`;
  }
}

export function makeIsland(): Island {
  const id = randomBytes(4).toString('hex');
  const [space, ours, theirs] = [`es-${id}`, `es${id}a`, `es${id}b`];
  const network = `10.${randomInt(200, 250)}.${randomInt(1, 250)}`;
  const [ownAddress, host] = [`${network}.1`, `${network}.2`];
  const ip = (...args: string[]): void => void execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const remove = (): void => {
    for (const args of [
      ['link', 'del', ours],
      ['netns', 'del', space],
    ]) {
      try {
        ip(...args);
      } catch {
        continue; // was never made
      }
    }
  };
  try {
    ip('netns', 'add', space);
    ip('link', 'add', ours, 'type', 'veth', 'peer', 'name', theirs, 'netns', space);
    ip('addr', 'add', `${ownAddress}/30`, 'dev', ours);
    ip('link', 'set', ours, 'up');
    ip('-n', space, 'addr', 'add', `${host}/30`, 'dev', theirs);
    ip('-n', space, 'link', 'set', theirs, 'up');
    ip('-n', space, 'link', 'set', 'lo', 'up');
  } catch (error) {
    remove();
    throw error;
  }
  // The checkout may lie in /tmp itself: it is put back into the empty one. So are the names of this directory and the temporary one.
  const ownFiles =
    'mount --bind "$0" /mnt; mount -t tmpfs none /tmp; mount -t tmpfs none /dev/shm; mkdir -p "$0" "$PWD" "${TMPDIR:-/tmp}"; mount --bind /mnt "$0"; umount /mnt; exec "$@"';
  return {
    host,
    ownAddress,
    enter: [
      'ip',
      'netns',
      'exec',
      space,
      'unshare',
      '--mount',
      '--propagation',
      'private',
      'sh',
      '-euc',
      ownFiles,
      CHECKOUT,
    ],
    // Each end sends to a hardware address that nobody has: it gets no error, as with a switch that died somewhere between.
    cut: () => {
      ip('neigh', 'replace', host, 'lladdr', NOBODY, 'dev', ours, 'nud', 'permanent');
      ip('-n', space, 'neigh', 'replace', ownAddress, 'lladdr', NOBODY, 'dev', theirs, 'nud', 'permanent');
    },
    mend: () => {
      ip('neigh', 'del', host, 'dev', ours);
      ip('-n', space, 'neigh', 'del', ownAddress, 'dev', theirs);
    },
    remove,
  };
}
