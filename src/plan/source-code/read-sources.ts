/** Sources → facts of the modules in them. */
import { readFileSync, statSync } from 'node:fs';
import type { ModuleFacts } from '../facts.js';
import { elixirParser } from './parser.js';
import { elixirSourceFacts } from './source-facts.js';

export interface ReadSources {
  modules: ModuleFacts[];
  files: number;
  notes: string[];
}

/** Never rejects: what cannot be read is a note. */
export async function readSources(all: readonly string[], mostBytes = Infinity): Promise<ReadSources> {
  const paths = upTo(all, mostBytes);
  const modules: ModuleFacts[] = [];
  const notes =
    paths.length < all.length ? [`${all.length - paths.length} sources are not compiled yet and were not read`] : [];
  const erlang = paths.filter((path) => path.endsWith('.erl'));
  const elixir = paths.filter((path) => !path.endsWith('.erl'));
  for (const path of erlang) modules.push(...erlangModule(path));
  if (elixir.length === 0) return { modules, files: erlang.length, notes };
  try {
    const parser = await elixirParser();
    try {
      for (const path of elixir) {
        const tree = parser.parse(readFileSync(path, 'utf8'));
        if (tree) modules.push(...elixirSourceFacts(tree.rootNode, path));
        tree?.delete();
      }
    } finally {
      parser.delete();
    }
  } catch (error) {
    notes.push(
      `sources of Elixir cannot be read (${error instanceof Error ? error.message : String(error)}): only what is compiled is planned`,
    );
  }
  return { modules, files: paths.length, notes };
}

function upTo(paths: readonly string[], mostBytes: number): readonly string[] {
  let bytes = 0;
  const end = paths.findIndex((path) => (bytes += statSync(path, { throwIfNoEntry: false })?.size ?? 0) > mostBytes);
  return end < 0 ? paths : paths.slice(0, end);
}

/** Erlang's own sources are known as soon as they are compiled; until then only that they are there. */
function erlangModule(path: string): ModuleFacts[] {
  const name = /^\s*-module\(\s*'?([\w@]+)'?\s*\)/m.exec(safely(path))?.[1];
  if (name === undefined) return [];
  return [
    {
      module: name,
      language: 'erlang',
      file: path,
      behaviours: [],
      callbacks: [],
      functions: [],
      why: 'not compiled yet: its functions are not known before it is',
    },
  ];
}

function safely(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
