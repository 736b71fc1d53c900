/**
 * Builds the probe (`probe/`): its modules, and the shared object of the fast engine where there is a C compiler.
 *
 *     node scripts/build-probe.mjs     exit status 0 when the fast engine is there, 1 when not
 *
 * Where something is missing, one line says what, and the probe's plain Erlang engine is used instead: slower, nothing lost.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const probe = join(dirname(dirname(fileURLToPath(import.meta.url))), 'probe');

const onPath = (name) =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

const filesIn = (folder, ending) =>
  existsSync(join(probe, folder)) ? readdirSync(join(probe, folder)).filter((name) => name.endsWith(ending)) : [];

const hasHeaders = () => {
  const answer = spawnSync(
    'erl',
    ['-noshell', '-eval', 'io:put_chars(filename:join([code:root_dir(), "usr", "include"])), halt().'],
    { encoding: 'utf8', env: { ...process.env, ERL_AFLAGS: '', ERL_FLAGS: '', ERL_ZFLAGS: '' }, timeout: 60_000 },
  );
  return answer.status === 0 && existsSync(join(answer.stdout.trim(), 'erl_nif.h'));
};

/** What stands in the way of the fast engine, or undefined. */
function missing() {
  if (!onPath('erl')) return 'erl is not installed';
  if (!onPath(process.env.CC ?? 'cc')) return 'there is no C compiler (cc)';
  if (!onPath('make')) return 'make is not installed';
  if (!hasHeaders()) return "Erlang's C headers are not installed (erlang-dev)";
  return undefined;
}

/**
 * @param {{quiet?: boolean}} [options] quiet: no compiler's words when it fails
 * @returns {{fast: boolean, why: string | undefined}}
 */
export function buildProbe({ quiet = false } = {}) {
  let why = missing();
  const modules = filesIn('ebin', '.beam').length > 0;
  // A package brings its modules compiled; a checkout compiles them even where the C part cannot be.
  if (why === undefined || (!modules && onPath('make') && onPath('erlc'))) {
    const made = spawnSync('make', ['-s', '-k', '-C', probe, 'all'], {
      encoding: 'utf8',
      env: { ...process.env, MAKEFLAGS: '', ERL_AFLAGS: '', ERL_FLAGS: '', ERL_ZFLAGS: '' },
    });
    if (made.status !== 0) {
      if (!quiet && why === undefined) process.stderr.write(made.stdout + made.stderr);
      why ??= '"make -C probe" failed';
    }
  }
  const fast = why === undefined && filesIn('priv', '.so').length > 0;
  return { fast, why: fast ? undefined : (why ?? 'no shared object was made') };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { fast, why } = buildProbe();
  if (!fast) process.stdout.write(`elixirscope: ${why}; the slower engine in plain Erlang will be used.\n`);
  process.exitCode = fast ? 0 : 1;
}
