/**
 * Some installs skip the scripts of packages (`--ignore-scripts`, and npm where it asks for approval first). Then two compiled parts are
 * missing: the one that packs recordings (`zstd-napi`), without which nothing works, and the probe's fast engine, which has a slower
 * stand-in. Both are built here on first use instead. Costs two looks at the file system when all is there.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const say = (text) => process.stderr.write(`elixirscope: ${text}\n`);

/** Where the package lies whose compiled part is missing, or undefined. */
function unbuilt(root) {
  let folder;
  try {
    folder = dirname(createRequire(join(root, 'package.json')).resolve('zstd-napi/package.json'));
  } catch {
    return undefined;
  }
  return existsSync(join(folder, 'build', 'Release', 'binding.node')) ? undefined : folder;
}

/**
 * @param {string} root The folder of this package.
 * @param {boolean} recording Whether the probe will be wanted.
 */
export async function ensureNative(root, recording) {
  const folder = unbuilt(root);
  if (folder !== undefined) {
    say('building a part that the install left out (once, up to a minute) …');
    // Asked for by name: approval is for what runs unasked.
    const built = spawnSync('npm', ['run', 'install', '--silent'], { cwd: folder, encoding: 'utf8' });
    if (built.status !== 0 || unbuilt(root) !== undefined) {
      say(`could not build zstd-napi (it needs npm, python3, make, a C++ compiler, and leave to write ${folder}):`);
      process.stderr.write(`${built.stdout ?? ''}${built.stderr ?? ''}`.split('\n').slice(-15).join('\n') + '\n');
      process.exit(70);
    }
  }
  if (recording && !existsSync(join(root, 'probe', 'priv', 'elixirscope_nif.so'))) {
    const { buildProbe } = await import('./build-probe.mjs');
    buildProbe({ quiet: true });
  }
}
