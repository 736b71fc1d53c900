import { expect, it } from 'vitest';
import { csv } from './csv.js';

it('quotes what has to be, and shows formulas rather than working them out', () => {
  expect(
    csv(
      ['name', 'n'],
      [
        ['a,b', 1],
        ['say "hi"\n', -2],
        ['=1+1', 3],
        ['@SUM', 4],
      ],
    ),
  ).toBe(
    // prettier-ignore
    'name,n\r\n"a,b",1\r\n"say ""hi""\n",-2\r\n\'=1+1,3\r\n\'@SUM,4\r\n',
  );
});
