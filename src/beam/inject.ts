/** Putting the probe onto a node that runs already, and taking it away again. */
import { atom, binary, charlist, list, printTerm, type Term } from '../term/index.js';
import { BeamError } from './beam-error.js';
import type { NodeConnection } from './distribution/connection.js';

export interface Probe {
  /** Modules by name, as compiled. They are loaded in this order. */
  readonly modules: ReadonlyMap<string, Uint8Array>;
  /** The shared object of the NIF. */
  readonly so?: Uint8Array;
  /** A folder that does not exist yet, on the node's own disk, for the shared object. */
  readonly dir: string;
}

/** What `putProbe` did, for `removeProbe`. */
export interface PlacedProbe {
  readonly modules: readonly string[];
  readonly dir: string;
  /** The shared object's path without `.so`, as `erlang:load_nif/2` wants it; `undefined` when there is none. */
  readonly nif: string | undefined;
}

const CHUNK = 1024 * 1024;
const PATIENCE_MS = 1500;
const POLL_MS = 25;
const NIF_NAME = 'elixirscope_nif';

/**
 * Writes the shared object into a fresh folder that only the node's user can read, then loads the modules. When something fails, all
 * that was done is taken back. A module of that name that the node has already, and that is not ours to replace, is an error.
 */
export async function putProbe(connection: NodeConnection, probe: Probe): Promise<PlacedProbe> {
  const loaded: string[] = [];
  const placed = {
    modules: loaded,
    dir: probe.dir,
    nif: probe.so === undefined ? undefined : `${probe.dir}/${NIF_NAME}`,
  };
  for (const module of probe.modules.keys()) {
    if (isAtom(await connection.call('erlang', 'module_loaded', [atom(module)]), 'true')) {
      throw new BeamError(
        'refused',
        `${connection.name} has the module ${module} loaded already: another recording of it is under way`,
      );
    }
  }
  if (probe.so !== undefined) await makeFolder(connection, probe.dir);
  try {
    if (probe.so !== undefined && placed.nif !== undefined) await writeFile(connection, `${placed.nif}.so`, probe.so);
    for (const [module, code] of probe.modules) {
      loaded.push(module);
      const file = charlist(`${module}.beam`);
      const answer = await connection.call('code', 'load_binary', [atom(module), file, binary(code)]);
      if (answer.kind !== 'tuple' || !isAtom(answer.elements[0], 'module'))
        throw notDone(connection, `load ${module}`, answer);
    }
    return placed;
  } catch (error) {
    await removeProbe(connection, placed, 0).catch(() => undefined);
    throw error;
  }
}

/**
 * Takes the modules and the folder away. Processes that still run the code are left alone: their modules stay, and their names are
 * the answer. What is gone already is no error.
 * @param patienceMs How long to leave it to the probe, which takes its modules away itself when a recording ends. Two that do it at once
 *   are in each other's way, and the node would log that as an error.
 */
export async function removeProbe(
  connection: NodeConnection,
  placed: PlacedProbe,
  patienceMs = PATIENCE_MS,
): Promise<string[]> {
  const kept: string[] = [];
  for (const module of await stillLoaded(connection, placed.modules, patienceMs)) {
    if (!isAtom(await connection.call('code', 'soft_purge', [atom(module)]), 'true')) {
      kept.push(module);
      continue;
    }
    await connection.call('code', 'delete', [atom(module)]);
    // Only purging can kill, and only a soft purge never does.
    if (!isAtom(await connection.call('code', 'soft_purge', [atom(module)]), 'true')) kept.push(module);
  }
  if (placed.nif !== undefined) {
    await connection.call('file', 'delete', [charlist(`${placed.nif}.so`)]);
    await connection.call('file', 'del_dir', [charlist(placed.dir)]);
  }
  return kept;
}

/** Those of the modules that are loaded after the time given, or none as soon as none is; the last one loaded comes first. */
async function stillLoaded(
  connection: NodeConnection,
  modules: readonly string[],
  patienceMs: number,
): Promise<string[]> {
  const end = Date.now() + patienceMs;
  for (;;) {
    const loaded: string[] = [];
    for (const module of [...modules].reverse())
      if (isAtom(await connection.call('erlang', 'module_loaded', [atom(module)]), 'true')) loaded.push(module);
    if (loaded.length === 0 || Date.now() >= end) return loaded;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function makeFolder(connection: NodeConnection, dir: string): Promise<void> {
  const path = charlist(dir);
  const made = await connection.call('file', 'make_dir', [path]);
  if (!isAtom(made, 'ok')) throw notDone(connection, `make the folder ${dir}`, made);
  const closed = await connection.call('file', 'change_mode', [path, { kind: 'integer', value: 0o700 }]);
  if (!isAtom(closed, 'ok')) throw notDone(connection, `close the folder ${dir} to others`, closed);
}

/** In pieces, so that no single message is large. Each is appended by a call of its own: nothing stays open in between. */
async function writeFile(connection: NodeConnection, path: string, content: Uint8Array): Promise<void> {
  for (let at = 0; at === 0 || at < content.length; at += CHUNK) {
    const mode = list([atom(at === 0 ? 'exclusive' : 'append'), ...(at === 0 ? [atom('write')] : [])]);
    const answer = await connection.call('file', 'write_file', [
      charlist(path),
      binary(content.subarray(at, at + CHUNK)),
      mode,
    ]);
    if (!isAtom(answer, 'ok')) throw notDone(connection, `write ${path}`, answer);
  }
}

const isAtom = (term: Term | undefined, name: string): boolean => term?.kind === 'atom' && term.name === name;

function notDone(connection: NodeConnection, what: string, answer: Term): BeamError {
  return new BeamError(
    'refused',
    `${connection.name} could not ${what}: ${printTerm(answer, { syntax: 'erlang', maxLength: 500 })}`,
  );
}
