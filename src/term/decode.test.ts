import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryRecordedTerm } from '../../test/support/arbitrary-term.js';
import {
  AtomList,
  TermError,
  atom,
  binary,
  decodeTerm,
  decodeTerms,
  element,
  encodeTerm,
  encodeTerms,
  firstOfList,
  int,
  list,
  localPid,
  localPid64,
  skipTerm,
  tuple,
  tupleSize,
  type Term,
} from './index.js';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const decode = (text: string): Term => decodeTerm(hex(text), 0, { name: (index) => ['ok', 'shop@host'][index] }).term;

describe('decodeTerm', () => {
  it('reads every kind as docs/formats/term.md writes it', () => {
    expect(decode('7f')).toEqual(int(127));
    expect(decode('80')).toEqual(list([]));
    expect(decode('81 01')).toEqual(int(-1));
    expect(decode('81 8002')).toEqual(int(128));
    expect(decode('81 ffffffffffffffffff01')).toEqual(int(-(1n << 63n)));
    expect(decode('82 01 09 000000000000000001')).toEqual(int(-(1n << 64n)));
    expect(decode('83 000000000000f83f')).toEqual({ kind: 'float', value: 1.5 });
    expect(decode('84 00')).toEqual(atom('ok'));
    expect(decode('84 07')).toEqual(atom('atom#7'));
    expect(decode('85 8101 02')).toEqual(localPid(129, 2));
    expect(decode('86 01 05 06 07')).toEqual({ kind: 'pid', node: 'shop@host', number: 5, serial: 6, creation: 7 });
    expect(decode('89 02 01000000 02000000')).toEqual({ kind: 'reference', words: [1, 2] });
    expect(decode('8b 05 03 616263')).toEqual({ kind: 'binary', size: 5, bytes: hex('616263') });
    expect(decode('8c 03 01 a0')).toEqual({ kind: 'bitstring', bits: 3, bytes: hex('a0') });
    expect(decode('8d 03 01 01')).toEqual({ kind: 'tuple', size: 3, elements: [int(1)] });
    expect(decode('8e 01 90 02')).toEqual(list([int(1)], int(2)));
    expect(decode('8e 01 91')).toEqual({ kind: 'list', elements: [int(1)], more: true });
    expect(decode('92 02 01 01 02')).toEqual({ kind: 'map', size: 2, entries: [[int(1), int(2)]] });
    expect(decode('93 02 c3a4')).toEqual({ kind: 'function', text: 'ä' });
    expect(decode('94 00 01 02')).toEqual({ kind: 'export', module: 'ok', name: 'shop@host', arity: 2 });
    expect(decode('96 92 8001')).toEqual({ kind: 'cut', why: 'depth', of: 'map', size: 128 });
  });

  it.each([
    ['nothing', ''],
    ['an unknown first byte', '9a'],
    ['a list mark outside a list', '8f'],
    ['a list without an end', '8e 01'],
    ['more kept than there is', '8d ff7f ff7f 01'],
    ['a binary that claims more than the bytes there', '8b ffffffff0f ffffffff0f 00'],
    ['kept above the size', '8b 01 02 6161'],
    ['a varint of eleven bytes', '81 ffffffffffffffffffff01'],
    ['a float that is infinite', '83 000000000000f07f'],
    ['a reference of no words', '89 00'],
    ['an integer too long to print', '82 00 ffffff7f'],
  ])('refuses %s', (_, text) => {
    expect(() => decode(text)).toThrow(TermError);
  });

  it('refuses nesting deeper than 256 and takes 256', () => {
    const nested = (depth: number): Uint8Array => hex(`${'8d0101'.repeat(depth)}01`);
    expect(skipTerm(nested(256), 0)).toBe(256 * 3 + 1);
    expect(decodeTerm(nested(256), 0, new AtomList()).end).toBe(256 * 3 + 1);
    expect(() => decodeTerm(nested(257), 0, new AtomList())).toThrow('nested deeper than 256');
    expect(() => skipTerm(nested(257), 0)).toThrow('nested deeper than 256');
  });

  it('does not keep the buffer it read from', () => {
    const bytes = Buffer.from('8b010161', 'hex');
    const { term } = decodeTerm(bytes, 0, new AtomList());
    bytes.fill(0);
    expect(term).toEqual(binary('a'));
  });

  it('gives back what was encoded, and skipping ends where decoding ends', () => {
    fc.assert(
      fc.property(fc.array(arbitraryRecordedTerm, { maxLength: 3 }), (terms) => {
        const atoms = new AtomList();
        const bytes = encodeTerms(terms, atoms);
        expect(decodeTerms(bytes, atoms)).toEqual(terms);
        let at = 0;
        for (const term of terms) {
          const { end } = decodeTerm(bytes, at, atoms);
          expect(skipTerm(bytes, at)).toBe(end);
          expect(end - at).toBe(encodeTerm(term, atoms).length);
          at = end;
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('answers 10,000 hostile inputs with a term or a TermError, and skipping agrees wherever decoding succeeds', () => {
    const hostile = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc.array(fc.integer({ min: 0x7e, max: 0x9b }), { maxLength: 60 }).map((tags) => Uint8Array.from(tags)),
      fc.tuple(arbitraryRecordedTerm, fc.nat(), fc.nat(255)).map(([term, at, byte]) => {
        const bytes = encodeTerm(term, new AtomList());
        bytes[at % bytes.length] = byte;
        return bytes;
      }),
    );
    fc.assert(
      fc.property(hostile, (bytes) => {
        try {
          const { end } = decodeTerm(bytes, 0, new AtomList());
          expect(skipTerm(bytes, 0)).toBe(end);
        } catch (error) {
          expect(error).toBeInstanceOf(TermError);
        }
        try {
          expect(skipTerm(bytes, 0)).toBeLessThanOrEqual(bytes.length);
        } catch (error) {
          expect(error).toBeInstanceOf(TermError);
        }
      }),
      { numRuns: 10_000 },
    );
  });
});

describe('looking into a tuple without decoding', () => {
  const atoms = new AtomList();
  const bytes = encodeTerm(tuple(atom('$gen_call'), tuple(localPid(7, 1), list([atom('alias')])), int(5)), atoms);

  it('finds elements as byte ranges', () => {
    expect(tupleSize(bytes, 0)).toBe(3);
    const from = element(bytes, 0, 1);
    expect(from && decodeTerm(bytes, from.start, atoms)).toMatchObject({ end: from?.end, term: { kind: 'tuple' } });
    const pid = element(bytes, from?.start ?? 0, 0);
    expect(localPid64(bytes, pid?.start ?? 0)).toBe(7 + 2 ** 28);
    const tag = element(bytes, from?.start ?? 0, 1);
    expect(firstOfList(bytes, tag?.start ?? 0)).toEqual({ start: (tag?.start ?? 0) + 1, end: (tag?.start ?? 0) + 3 });
  });

  it('says undefined where there is none', () => {
    expect(element(bytes, 0, 3)).toBeUndefined();
    expect(element(encodeTerm(int(1), atoms), 0, 0)).toBeUndefined();
    expect(tupleSize(encodeTerm(list([]), atoms), 0)).toBeUndefined();
  });
});
