import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeEtf } from '../../beam/index.js';
import { atom, charlist, int, list, tuple, type Term } from '../../term/index.js';
import { CodeError, readChunks } from './iff.js';
import { beamSource, readBeam } from './read-beam.js';

/** A module of these chunks. */
function beam(chunks: Record<string, Uint8Array>): Buffer {
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

const ATOMS = Buffer.from([0, 0, 0, 1, 3, ...Buffer.from('abc')]);
/** From OTP 28 on: minus one atom, its length in four bits. */
const NEW_ATOMS = Buffer.from([255, 255, 255, 255, 3 << 4, ...Buffer.from('abc')]);
const info = (term: Term): Uint8Array =>
  encodeEtf(tuple(atom('debug_info_v1'), atom('erl_abstract_code'), tuple(term, list([]))));
const clause = tuple(atom('clause'), int(2), list([]), list([]), list([tuple(atom('atom'), int(2), atom('ok'))]));
const FORMS = list([tuple(atom('function'), int(2), atom('f'), int(0), list([clause]))]);

describe('a compiled module', () => {
  it('is read by its chunks, compressed or not', () => {
    const bytes = beam({
      AtU8: ATOMS,
      Dbgi: info(FORMS),
      CInf: encodeEtf(list([tuple(atom('source'), charlist('/a.erl'))])),
    });
    for (const one of [bytes, gzipSync(bytes)]) {
      expect([...readChunks(one).keys()]).toEqual(['AtU8', 'Dbgi', 'CInf']);
      expect(beamSource(one)).toBe('/a.erl');
      const facts = readBeam(one);
      expect(facts).toMatchObject({ module: 'abc', language: 'erlang', file: '/a.erl', why: undefined });
      expect(facts.functions).toMatchObject([{ name: 'f', arity: 0, line: 2, kind: 'private', constant: true }]);
    }
    expect(readBeam(beam({ AtU8: NEW_ATOMS })).module).toBe('abc');
  });

  it.each([
    ['nothing', beam({ AtU8: ATOMS }), 'compiled without debug information'],
    ['none', beam({ AtU8: ATOMS, Dbgi: info(atom('none')) }), 'of a kind that is not known'],
    ['an unknown one', beam({ AtU8: ATOMS, Dbgi: encodeEtf(tuple(atom('x'), int(1))) }), 'of a kind that is not known'],
    ['broken bytes', beam({ AtU8: ATOMS, Dbgi: Buffer.from([131, 104, 3, 1]) }), 'cannot be read'],
    ['encrypted bytes', beam({ AtU8: ATOMS, Dbgi: Buffer.from([7, 1, 2, 3]) }), 'cannot be read'],
  ])('with %s for debug information says so', (_, bytes, why) => {
    expect(readBeam(bytes)).toMatchObject({ functions: [], why: expect.stringContaining(why) as string });
  });

  it('that is none is an error, whatever its bytes', () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from('FOR1'), Buffer.from([0x1f, 0x8b, 1]), beam({})])
      expect(() => readBeam(bytes)).toThrow(CodeError);
    const whole = beam({ AtU8: ATOMS, Dbgi: info(FORMS) });
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), (at, byte, end) => {
        const bytes = Buffer.from(whole);
        bytes[at] = byte;
        try {
          readBeam(bytes.subarray(0, end));
        } catch (error) {
          expect(error).toBeInstanceOf(CodeError);
        }
      }),
    );
  });
});
