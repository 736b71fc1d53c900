/** Sources of a project that a command may compile. */
import { readdirSync, statSync, type Dirent } from 'node:fs';
import { basename, join, resolve } from 'node:path';

/** A project with more than that is not read source by source before every run. */
const MOST = 5000;
/** Code of nobody's making. */
const LARGEST = 2 * 1024 * 1024;
const MOST_DEEP = 16;
const SKIPPED = new Set(['deps', '_build', 'node_modules', '_checkouts', 'assets', 'priv']);

/** Absolute paths of `.ex` and `.erl` files, of tests where the command runs tests, and of scripts that it names. */
export function findSources(root: string, directory: string, command: readonly string[]): string[] {
  const scripts = command
    .filter((word) => /\.(exs?|erl)$/.test(word))
    .map((word) => resolve(directory, word))
    .filter(isSource);
  const isMix = command.some((word) => basename(word) === 'mix');
  const tests = isMix && command.some((word) => /^(test|coveralls.*|espec)$/.test(word));
  const applications = [root, ...entries(join(root, 'apps')).map(({ name }) => join(root, 'apps', name))];
  const found = applications.flatMap((app) => [
    ...['lib', 'src', 'web', 'test/support'].flatMap((name) => below(join(app, name), /\.(ex|erl)$/)),
    ...(tests ? below(join(app, 'test'), /_test\.exs$/) : []),
  ]);
  return [...new Set([...scripts, ...found])].slice(0, MOST);
}

/** Links to folders are not followed: they may lead in circles. */
function below(directory: string, wanted: RegExp, depth = 0): string[] {
  if (depth > MOST_DEEP) return [];
  return entries(directory).flatMap((entry) => {
    if (entry.name.startsWith('.') || SKIPPED.has(entry.name)) return [];
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return below(path, wanted, depth + 1);
    return wanted.test(entry.name) && isSource(path) ? [path] : [];
  });
}

function isSource(path: string): boolean {
  try {
    const stat = statSync(path);
    return stat.isFile() && stat.size <= LARGEST;
  } catch {
    return false;
  }
}

function entries(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return [];
  }
}
