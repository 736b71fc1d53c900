/** The code of a project: compiled modules where mix, rebar3 or a compiler left them, and sources of what is not compiled. */
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { CodeError } from './beam-code/iff.js';
import { beamSource, readBeam } from './beam-code/read-beam.js';
import type { ModuleFacts } from './facts.js';
import { isOwnFile, ownDirectories, type OwnDirectories } from './own-code.js';
import { findSources, readSources } from './source-code/index.js';

export interface Project {
  modules: ModuleFacts[];
  /** What they were read from, in a few words. */
  from: string;
  /** What a person should know of how this was found. */
  notes: string[];
  /** Callbacks of behaviours that the project's dependencies define. */
  callbacks: (behaviour: string) => readonly string[] | undefined;
}

export interface ProjectOptions {
  /** Where the command will run. */
  directory: string;
  command: readonly string[];
  env: NodeJS.ProcessEnv;
  /** Sources beyond so many bytes are left out, so that a program need not wait for its plan. */
  mostSourceBytes?: number;
}

/** Reads the code that is the project's own. Never throws: what cannot be read is a note. */
export async function readProject({ directory, command, env, mostSourceBytes }: ProjectOptions): Promise<Project> {
  const own = ownDirectories(directory);
  if (!own) return { modules: [], from: 'nothing', notes: [`${directory} is no project`], callbacks: () => undefined };
  const [root = directory] = own.below;
  const notes: string[] = [];
  const places = ebins(root, directory, command, env);
  const compiled = places.flatMap((place) => readEbin(place, own, notes));
  const known = new Map(compiled.map((one) => [one.facts.module, one.facts]));
  const { changed, sources } = whatIsNotCompiled(root, directory, own, compiled, command);
  const read = await readSources(sources, mostSourceBytes);
  notes.push(...read.notes);
  for (const facts of read.modules) known.set(facts.module, facts);
  if (changed > 0 && read.modules.length > 0)
    notes.push(
      `${changed} source${changed === 1 ? ' has' : 's have'} changed since the last compilation and ${changed === 1 ? 'was' : 'were'} read instead`,
    );
  const from = [
    ...(compiled.length > 0 ? [`${compiled.length} compiled modules`] : []),
    ...(read.modules.length > 0 ? [`${read.modules.length} modules of ${read.files} sources`] : []),
  ];
  return {
    modules: [...known.values()],
    from: from.length > 0 ? from.join(' and ') : 'nothing: there is no code here yet',
    notes,
    callbacks: foreignCallbacks(places),
  };
}

interface Compiled {
  facts: ModuleFacts;
  /** When it was compiled, in milliseconds. */
  at: number;
  source: string | undefined;
}

/** Directories of compiled modules, without those of dependencies. */
function ebins(root: string, directory: string, command: readonly string[], env: NodeJS.ProcessEnv): string[] {
  const dependencies = new Set([...folders(join(root, 'deps')), ...folders(join(root, '_checkouts'))]);
  const builds = existsSync(join(root, 'mix.exs')) ? mixBuilds(root, command, env) : rebarBuilds(root, command, env);
  const found = builds.flatMap((build) =>
    folders(join(build, 'lib'))
      .filter((app) => !dependencies.has(app))
      .flatMap((app) => ['ebin', 'test'].map((place) => join(build, 'lib', app, place))),
  );
  const plain = [
    join(root, 'ebin'),
    ...folders(join(root, 'apps')).map((app) => join(root, 'apps', app, 'ebin')),
    resolve(directory),
    ...pathsOf(command, directory),
  ];
  return [...new Set([...found, ...plain])].filter((place) => existsSync(place));
}

/** Where mix builds: in the environment that the command will have. */
function mixBuilds(root: string, command: readonly string[], env: NodeJS.ProcessEnv): string[] {
  if (env['MIX_BUILD_PATH']) return [resolve(root, env['MIX_BUILD_PATH'])];
  const tests =
    command.some((word) => /^(test|coveralls.*|espec)$/.test(word)) && command.some((word) => basename(word) === 'mix');
  const name = env['MIX_ENV'] ?? (tests ? 'test' : 'dev');
  const target = env['MIX_TARGET'] && env['MIX_TARGET'] !== 'host' ? `${env['MIX_TARGET']}_` : '';
  const base = env['MIX_BUILD_ROOT'] ?? '_build';
  return [resolve(root, base, `${target}${name}`)];
}

function rebarBuilds(root: string, command: readonly string[], env: NodeJS.ProcessEnv): string[] {
  const base = resolve(root, env['REBAR_BASE_DIR'] ?? '_build');
  const asked = command.flatMap((word, i) => (command[i - 1] === 'as' ? word.split(',') : []));
  const tests = command.some((word) => /^(eunit|ct|proper|cover)$/.test(word)) ? ['test'] : [];
  return ['default', ...(env['REBAR_PROFILE'] ?? '').split(',').filter((one) => one !== ''), ...asked, ...tests].map(
    (name) => join(base, name),
  );
}

/** `-pa ebin` of the command. */
const pathsOf = (command: readonly string[], directory: string): string[] =>
  command.flatMap((word, i) => (/^-p[az]$/.test(command[i - 1] ?? '') ? [resolve(directory, word)] : []));

function readEbin(place: string, own: OwnDirectories, notes: string[]): Compiled[] {
  const compiled: Compiled[] = [];
  for (const name of names(place).filter((one) => one.endsWith('.beam'))) {
    const path = join(place, name);
    try {
      const bytes = readFileSync(path);
      const source = beamSource(bytes);
      // A project that was moved or copied names sources that are not there: then where its modules lie tells.
      if (source !== undefined && existsSync(source) && !isOwnFile(own, real(source))) continue;
      compiled.push({ facts: readBeam(bytes), at: statSync(path).mtimeMs, source });
    } catch (error) {
      if (!(error instanceof CodeError) && (error as NodeJS.ErrnoException).code === undefined) throw error;
      notes.push(`${path}: ${(error as Error).message}`);
    }
  }
  return compiled;
}

/** Sources that are newer than what was compiled of them, and those that a command compiles each time. */
function whatIsNotCompiled(
  root: string,
  directory: string,
  own: OwnDirectories,
  compiled: readonly Compiled[],
  command: readonly string[],
): { changed: number; sources: string[] } {
  const at = new Map<string, number>();
  for (const one of compiled)
    if (one.source !== undefined) at.set(real(one.source), Math.max(at.get(real(one.source)) ?? 0, one.at));
  let changed = 0;
  const sources = findSources(root, directory, command).filter((path) => {
    const before = at.get(real(path));
    if (!isOwnFile(own, path) || (before !== undefined && statSync(path).mtimeMs <= before)) return false;
    if (before !== undefined) changed++;
    return true;
  });
  return { changed, sources };
}

/** Looks for the module that defines a behaviour beside the project's own, once. */
function foreignCallbacks(places: readonly string[]): Project['callbacks'] {
  const known = new Map<string, readonly string[] | undefined>();
  const libraries = [...new Set(places.map((place) => dirname(dirname(place))))];
  return (behaviour) => {
    if (known.has(behaviour)) return known.get(behaviour);
    const path = libraries
      .flatMap((library) => folders(library).map((app) => join(library, app, 'ebin', `${behaviour}.beam`)))
      .find((one) => existsSync(one));
    let callbacks: readonly string[] | undefined;
    try {
      callbacks = path === undefined ? undefined : readBeam(readFileSync(path)).callbacks;
    } catch {
      callbacks = undefined;
    }
    known.set(behaviour, callbacks);
    return callbacks;
  };
}

function names(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}

/** Names of its folders, links to folders among them. */
const folders = (directory: string): string[] =>
  names(directory).filter((name) => {
    try {
      return statSync(join(directory, name)).isDirectory();
    } catch {
      return false;
    }
  });

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
