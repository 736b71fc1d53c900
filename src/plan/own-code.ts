/** Where the code of a project lies that is somebody's own, and not what it depends on. */
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** Directories of any project that hold the code of others, or what was built. */
const FOREIGN = ['deps', '_build', 'node_modules', 'assets/node_modules', '_checkouts'];

export interface OwnDirectories {
  below: string[];
  notBelow: string[];
}

/**
 * Of the project in `directory`, or of the umbrella that it is an application of. Undefined where there can be none: in the root and in a
 * home directory, below which everything lies, there must at least be a project file.
 */
export function ownDirectories(directory: string, home = homedir()): OwnDirectories | undefined {
  const asked = resolve(directory);
  const root = umbrella(real(asked)) ?? real(asked);
  if ([dirname(root), real(home)].includes(root) && !isProject(root)) return undefined;
  const roots = [root, ...subfolders(root, 'apps'), ...subfolders(root, 'lib').filter(isProject)];
  const notBelow = roots.flatMap((one) => [...FOREIGN.map((name) => join(one, name)), ...hidden(one)]);
  // A source is named by the path that the compiler was started in, which may go through a link.
  const linked = asked === real(asked) ? [] : [asked];
  return {
    below: [root, ...linked],
    notBelow: [...notBelow, ...linked.flatMap((one) => FOREIGN.map((name) => join(one, name)))],
  };
}

/** Whether a file is one's own code. */
export function isOwnFile(own: OwnDirectories, file: string): boolean {
  const lies = (directories: readonly string[]): boolean => directories.some((one) => file.startsWith(`${one}/`));
  return lies(own.below) && !lies(own.notBelow);
}

const isProject = (directory: string): boolean =>
  ['mix.exs', 'rebar.config', 'rebar.config.script', 'erlang.mk', 'gleam.toml'].some((name) =>
    existsSync(join(directory, name)),
  );

/** `shop` for `shop/apps/stock`: its applications are each other's own code. */
function umbrella(directory: string): string | undefined {
  const apps = dirname(directory);
  const above = dirname(apps);
  return apps.endsWith('/apps') && isProject(directory) && isProject(above) ? above : undefined;
}

const subfolders = (root: string, name: string): string[] =>
  entries(join(root, name)).map((one) => join(root, name, one));

/** `.elixir_ls`, `.git`, `.cache`, `.asdf`: tools' places. */
const hidden = (root: string): string[] =>
  entries(root)
    .filter((name) => name.startsWith('.'))
    .map((name) => join(root, name));

function entries(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort();
  } catch {
    return [];
  }
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
