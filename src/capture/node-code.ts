/** The code of a node that runs, for a plan: fetched over the distribution connection, read here. Nothing is loaded or changed there. */
import { connectNode, type NodeConnection } from '../beam/index.js';
import { beamSource, CodeError, matchesModule, readBeam, type ModuleFacts } from '../plan/index.js';
import { atom, type Term } from '../term/index.js';
import { OTP_APPLICATIONS } from './otp-applications.js';

const CALL_MS = 15_000;
/** A node whose answer has more is not asked for more. */
const MOST_MODULES = 50_000;
/** Where mix and rebar3 put the sources of what a project depends on. */
const DEPENDENCY = /\/(deps|_build\/[^/]+\/lib|\.cache|\.mix|\.hex)\//;

export interface NodeCodeOptions {
  node: string;
  cookie: string;
  /** Globs of modules to look at instead of the node's own. */
  modules?: readonly string[];
}

export interface NodeCode {
  modules: ModuleFacts[];
  from: string;
  notes: string[];
}

/** Rejects when the node cannot be reached. */
export async function readNodeCode({ node, cookie, modules: globs = [] }: NodeCodeOptions): Promise<NodeCode> {
  const connection = await connectNode({ name: node, cookie, timeoutMs: CALL_MS });
  try {
    const asked = globs.length > 0;
    const applications = (await applicationsOf(connection)).filter(({ name }) => asked || !OTP_APPLICATIONS.has(name));
    const notes: string[] = [];
    const found: ModuleFacts[] = [];
    const foreign: { name: string; modules: readonly string[] }[] = [];
    const read = async (names: readonly string[]): Promise<void> => {
      for (const name of names) found.push(...(await moduleOf(connection, name, notes)));
    };
    for (const application of applications) {
      const wanted = application.modules.filter((name) => !asked || globs.some((glob) => matchesModule(glob, name)));
      if (!asked && (await isDependency(connection, wanted))) foreign.push(application);
      else await read(wanted);
    }
    const names = foreign.map(({ name }) => name);
    // Where everything was built as a dependency (a release of a large system), all of it is the system.
    if (found.length === 0) for (const { modules } of foreign) await read(modules);
    else if (names.length > 0)
      notes.push(`not looked at, since they are dependencies: ${names.join(', ')} (--modules GLOB asks for some)`);
    return { modules: found, from: `the code of ${node}`, notes };
  } finally {
    connection.close();
  }
}

/** Applications of the node with their modules, and under the name `` the modules that belong to none. */
async function applicationsOf(connection: NodeConnection): Promise<{ name: string; modules: string[] }[]> {
  const loaded = listOf(await ask(connection, 'application', 'loaded_applications', []));
  const applications: { name: string; modules: string[] }[] = [];
  const known = new Set<string>();
  for (const entry of loaded) {
    const name = atomOf(entry.kind === 'tuple' ? entry.elements[0] : undefined);
    if (name === undefined) continue;
    const answer = await ask(connection, 'application', 'get_key', [atom(name), atom('modules')]);
    const modules = listOf(answer.kind === 'tuple' ? answer.elements[1] : undefined).flatMap(
      (one) => atomOf(one) ?? [],
    );
    for (const module of modules) known.add(module);
    applications.push({ name, modules: modules.slice(0, MOST_MODULES).sort() });
  }
  const others = listOf(await ask(connection, 'code', 'all_loaded', [])).flatMap((entry) => {
    const [module, file] = entry.kind === 'tuple' ? entry.elements : [];
    const name = atomOf(module);
    const path = file && charlistText(file);
    const isOwn = name !== undefined && path !== undefined && !known.has(name) && !isOfOtp(path);
    return isOwn && !/^(elixirscope_|Elixir\.Hex)/.test(name) ? [name] : [];
  });
  return [
    ...applications.sort((a, b) => (a.name < b.name ? -1 : 1)),
    { name: '', modules: others.slice(0, MOST_MODULES).sort() },
  ];
}

/** `/usr/lib/elixir/lib/mix/ebin/Elixir.Mix.beam`, `…/stdlib-4.2/ebin/lists.beam`. */
const isOfOtp = (path: string): boolean =>
  OTP_APPLICATIONS.has(/\/([a-z0-9_]+)(?:-[\d.]+)?\/ebin\/[^/]+$/.exec(path)?.[1] ?? '');

async function isDependency(connection: NodeConnection, modules: readonly string[]): Promise<boolean> {
  const [first] = modules;
  const bytes = first === undefined ? undefined : await codeOf(connection, first);
  if (bytes === undefined) return false;
  try {
    return DEPENDENCY.test(beamSource(bytes) ?? '');
  } catch (error) {
    if (error instanceof CodeError) return false;
    throw error;
  }
}

async function moduleOf(connection: NodeConnection, name: string, notes: string[]): Promise<ModuleFacts[]> {
  const bytes = await codeOf(connection, name);
  if (bytes === undefined) return [];
  try {
    return [readBeam(bytes)];
  } catch (error) {
    if (!(error instanceof CodeError)) throw error;
    notes.push(`${name}: ${error.message}`);
    return [];
  }
}

/** `{Module, Bytes, File}`; undefined: there is no file of it. */
async function codeOf(connection: NodeConnection, module: string): Promise<Uint8Array | undefined> {
  const answer = await ask(connection, 'code', 'get_object_code', [atom(module)]);
  const bytes = answer.kind === 'tuple' ? answer.elements[1] : undefined;
  return bytes?.kind === 'binary' ? bytes.bytes : undefined;
}

const ask = (connection: NodeConnection, module: string, name: string, args: Term[]): Promise<Term> =>
  connection.call(module, name, args, { timeoutMs: CALL_MS });

/** A file's name; undefined: it has none (`non_existing`, `preloaded`, an empty one). */
function charlistText(term: Term): string | undefined {
  if (term.kind !== 'list' || term.elements.length === 0) return undefined;
  return term.elements.map((one) => (one.kind === 'integer' ? String.fromCharCode(Number(one.value)) : '')).join('');
}

const listOf = (term: Term | undefined): readonly Term[] => (term?.kind === 'list' ? term.elements : []);
const atomOf = (term: Term | undefined): string | undefined => (term?.kind === 'atom' ? term.name : undefined);
