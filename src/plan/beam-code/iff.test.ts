import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeEtf } from '../../beam/index.js';
import { atom, int, tuple } from '../../term/index.js';
import { atomsChunk, beamOf, erlangInfo, SMALL_FORMS, smallBeam } from '../testing/make-beam.js';
import { CodeError, readChunks } from './iff.js';
import { beamSource, readBeam } from './read-beam.js';

const ATOMS = atomsChunk('abc');
/** From OTP 28 on: minus one atom, its length in four bits. */
const NEW_ATOMS = Buffer.from([255, 255, 255, 255, 3 << 4, ...Buffer.from('abc')]);
describe('a compiled module', () => {
  it('is read by its chunks, compressed or not', () => {
    const bytes = smallBeam('abc', '/a.erl');
    for (const one of [bytes, gzipSync(bytes)]) {
      expect([...readChunks(one).keys()]).toEqual(['AtU8', 'Dbgi', 'CInf']);
      expect(beamSource(one)).toBe('/a.erl');
      const facts = readBeam(one);
      expect(facts).toMatchObject({ module: 'abc', language: 'erlang', file: '/a.erl', why: undefined });
      expect(facts.functions).toMatchObject([{ name: 'f', arity: 0, line: 2, kind: 'private', constant: true }]);
    }
    expect(readBeam(beamOf({ AtU8: NEW_ATOMS })).module).toBe('abc');
  });

  it.each([
    ['nothing', beamOf({ AtU8: ATOMS }), 'compiled without debug information'],
    ['none', beamOf({ AtU8: ATOMS, Dbgi: erlangInfo(atom('none')) }), 'of a kind that is not known'],
    [
      'an unknown one',
      beamOf({ AtU8: ATOMS, Dbgi: encodeEtf(tuple(atom('x'), int(1))) }),
      'of a kind that is not known',
    ],
    ['broken bytes', beamOf({ AtU8: ATOMS, Dbgi: Buffer.from([131, 104, 3, 1]) }), 'cannot be read'],
    ['encrypted bytes', beamOf({ AtU8: ATOMS, Dbgi: Buffer.from([7, 1, 2, 3]) }), 'cannot be read'],
  ])('with %s for debug information says so', (_, bytes, why) => {
    expect(readBeam(bytes)).toMatchObject({ functions: [], why: expect.stringContaining(why) as string });
  });

  it('that is none is an error, whatever its bytes', () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from('FOR1'), Buffer.from([0x1f, 0x8b, 1]), beamOf({})])
      expect(() => readBeam(bytes)).toThrow(CodeError);
    const whole = beamOf({ AtU8: ATOMS, Dbgi: erlangInfo(SMALL_FORMS) });
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
