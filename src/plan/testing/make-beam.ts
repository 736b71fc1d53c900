/** Compiled modules for tests, without a compiler. */
import { encodeEtf } from '../../beam/index.js';
import { atom, charlist, int, list, tuple, type Term } from '../../term/index.js';

/** A module of these chunks. */
export function beamOf(chunks: Readonly<Record<string, Uint8Array>>): Buffer {
  const body = Object.entries(chunks).map(([name, bytes]) => {
    const head = Buffer.alloc(8);
    head.write(name, 'latin1');
    head.writeUInt32BE(bytes.length, 4);
    return Buffer.concat([head, bytes, Buffer.alloc((4 - (bytes.length & 3)) & 3)]);
  });
  const all = Buffer.concat([Buffer.from('BEAM'), ...body]);
  const head = Buffer.alloc(8);
  head.write('FOR1', 'latin1');
  head.writeUInt32BE(all.length, 4);
  return Buffer.concat([head, all]);
}

export const atomsChunk = (name: string): Buffer => Buffer.from([0, 0, 0, 1, name.length, ...Buffer.from(name)]);

export const erlangInfo = (forms: Term): Uint8Array =>
  encodeEtf(tuple(atom('debug_info_v1'), atom('erl_abstract_code'), tuple(forms, list([]))));

const clause = tuple(atom('clause'), int(2), list([]), list([]), list([tuple(atom('atom'), int(2), atom('ok'))]));
/** `f() -> ok.` on line 2. */
export const SMALL_FORMS = list([tuple(atom('function'), int(2), atom('f'), int(0), list([clause]))]);

/** An Erlang module with one function, `f/0`, that says it was compiled from `source`. */
export const smallBeam = (name: string, source: string): Buffer =>
  beamOf({
    AtU8: atomsChunk(name),
    Dbgi: erlangInfo(SMALL_FORMS),
    CInf: encodeEtf(list([tuple(atom('source'), charlist(source))])),
  });
