import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sideBySide } from './side-by-side.js';

describe('two texts side by side', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 40 }).map((lines) => lines.join('\n'));

  it('shows every line of both once, in order, or folds it where both have it', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const { lines, differ, more } = sideBySide(before, after);
        expect(more).toBe(0);
        expect(differ === 0).toBe(before === after);
        const left: string[] = [];
        const right: string[] = [];
        const all = { before: before === '' ? [] : before.split('\n'), after: after === '' ? [] : after.split('\n') };
        for (const line of lines) {
          if (line.folded !== undefined) {
            const stretch = all.before.slice(left.length, left.length + line.folded);
            expect(all.after.slice(right.length, right.length + line.folded)).toEqual(stretch);
            left.push(...stretch);
            right.push(...stretch);
          }
          if (line.before !== undefined) left.push(line.before);
          if (line.after !== undefined) right.push(line.after);
        }
        expect(left).toEqual(all.before);
        expect(right).toEqual(all.after);
      }),
    );
  });

  it('keeps lines that both have beside each other', () => {
    expect(sideBySide('a\nb\nc', 'a\nx\nb\nc').lines).toEqual([
      { before: 'a', after: 'a' },
      { before: undefined, after: 'x' },
      { before: 'b', after: 'b' },
      { before: 'c', after: 'c' },
    ]);
  });
});
