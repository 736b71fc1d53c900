import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ColumnCache } from './column-cache.js';

describe('the cache of columns', () => {
  it('gives what was made, makes no more than it must, and holds no more than it may', () => {
    const looks = fc.array(fc.nat(60), { maxLength: 400 });
    fc.assert(
      fc.property(looks, fc.integer({ min: 1, max: 200 }), (list, limit) => {
        const cache = new ColumnCache(limit);
        for (const key of list) {
          const bytes = 1 + ((key * 7) % 30);
          const there = cache.has(key);
          let made = false;
          const value = cache.get(key, () => {
            made = true;
            return { value: key * 2, bytes };
          });
          expect(value).toBe(key * 2);
          expect(made).toBe(!there);
          expect(cache.has(key)).toBe(true);
          // What alone is larger than the bound is kept, and nothing beside it.
          expect(cache.bytes <= limit || cache.bytes === bytes).toBe(true);
        }
        cache.clear();
        expect(cache.bytes).toBe(0);
      }),
    );
  });

  it('keeps what is asked for again and again', () => {
    const cache = new ColumnCache(100);
    let made = 0;
    for (let i = 1; i <= 1_000; i++) {
      cache.get(0, () => ({ value: ++made, bytes: 10 }));
      cache.get(i, () => ({ value: i, bytes: 10 }));
    }
    expect(made).toBe(1);
  });
});
