import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldsFrom, foldsText } from './use-kept.js';

describe('what is unfolded in a tree', () => {
  it('comes back from its text, for the same tree only', () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(fc.tuple(fc.string(), fc.boolean())), (of, all) => {
        const chosen = new Map(all);
        expect([...foldsFrom(foldsText(of, chosen), of)]).toEqual([...chosen]);
        expect(foldsFrom(foldsText(of, chosen), of + 1).size).toBe(0);
      }),
    );
  });

  it('is nothing where the text makes no sense', () => {
    for (const text of [undefined, '', '7', '7[', '7{}', '7["a",1,null]', 'x["+a"]'])
      expect(foldsFrom(text, 7).size).toBe(0);
  });
});
