/** A compiled module → what the rules need to know of it. */
import { decodeEtf, type EtfLimits } from '../../beam/index.js';
import { TermError, type Term } from '../../term/index.js';
import type { ModuleFacts } from '../facts.js';
import { elixirFacts } from './elixir-facts.js';
import { erlangFacts } from './erlang-facts.js';
import { CodeError, readChunks } from './iff.js';
import { atomOf, textOf, tupleOf, keyOf } from './parts.js';

/** A module's code is nested deeper than a message, and generated ones are large. */
const LIMITS: EtfLimits = { depth: 2500, terms: 20_000_000, unpacked: 256 * 1024 * 1024 };

/**
 * @throws CodeError where the bytes are no compiled module. One whose debug information is missing, encrypted or unknown gives a module
 *   without functions that says so.
 */
export function readBeam(bytes: Uint8Array): ModuleFacts {
  const chunks = readChunks(bytes);
  const module = moduleOf(chunks);
  const bare = (why: string): ModuleFacts => ({
    module,
    language: module.startsWith('Elixir.') ? 'elixir' : 'erlang',
    file: sourceOf(chunks),
    behaviours: [],
    callbacks: [],
    functions: [],
    why,
  });
  const info = chunks.get('Dbgi') ?? chunks.get('Abst');
  if (info === undefined || info.length === 0) return bare('compiled without debug information');
  try {
    return (
      fromInfo(decodeEtf(info, LIMITS), module, sourceOf(chunks)) ??
      bare('its debug information is of a kind that is not known')
    );
  } catch (error) {
    if (!(error instanceof TermError) && !(error instanceof RangeError)) throw error;
    return bare(`its debug information cannot be read (${error.message})`);
  }
}

/** The source that a module says it was compiled from. @throws CodeError */
export const beamSource = (bytes: Uint8Array): string | undefined => sourceOf(readChunks(bytes));

function fromInfo(info: Term, module: string, source: string | undefined): ModuleFacts | undefined {
  // {debug_info_v1, Backend, Data}; before OTP 20 {raw_abstract_v1, Forms}
  const old = tupleOf(info, 2);
  if (old && atomOf(old[0]) === 'raw_abstract_v1' && old[1]) return erlangFacts(old[1], module, source);
  const [version, backend, data] = tupleOf(info, 3) ?? [];
  if (atomOf(version) !== 'debug_info_v1') return undefined;
  if (atomOf(backend) === 'elixir_erl') {
    const [format, map, specs] = tupleOf(data, 3) ?? [];
    return atomOf(format) === 'elixir_v1' && map && specs ? elixirFacts(map, specs, module) : undefined;
  }
  if (atomOf(backend) === 'erl_abstract_code') {
    const forms = tupleOf(data, 2)?.[0];
    return forms?.kind === 'list' && forms.elements.length > 0 ? erlangFacts(forms, module, source) : undefined;
  }
  return undefined;
}

/** The first atom of a module is its name. */
function moduleOf(chunks: ReadonlyMap<string, Uint8Array>): string {
  const atoms = chunks.get('AtU8') ?? chunks.get('Atom');
  if (atoms === undefined || atoms.length < 5) throw new CodeError('a compiled module without a name');
  const view = new DataView(atoms.buffer, atoms.byteOffset, atoms.length);
  // From OTP 28 on the count is negative, and lengths are written as in code: four bits, or eleven.
  const long = view.getInt32(0) < 0;
  const first = atoms[4] ?? 0;
  const [size, at] = !long
    ? [first, 5]
    : (first & 0x08) === 0
      ? [first >> 4, 5]
      : [((first & 0xe0) << 3) | (atoms[5] ?? 0), 6];
  return Buffer.from(atoms.subarray(at, at + size)).toString('utf8');
}

function sourceOf(chunks: ReadonlyMap<string, Uint8Array>): string | undefined {
  const info = chunks.get('CInf');
  if (info === undefined) return undefined;
  try {
    return textOf(keyOf(decodeEtf(info, LIMITS), 'source'));
  } catch (error) {
    if (error instanceof TermError) return undefined;
    throw error;
  }
}
