import { describe, expect, it } from 'vitest';
import { counted } from './count-tests.mjs';

const none = { passed: 0, failed: 0, skipped: 0 };

describe('counting tests by what their runners say', () => {
  it.each([
    ['EUnit, all well', '  All 12 tests passed.\n', { ...none, passed: 12 }],
    ['EUnit, a single test', '  Test passed.\n', { ...none, passed: 1 }],
    ['EUnit, some failed', '  Failed: 2.  Skipped: 1.  Passed: 9.\n', { passed: 9, failed: 2, skipped: 1 }],
    ['ExUnit', '\u001b[32m6 tests, 0 failures\u001b[0m\n', { ...none, passed: 6 }],
    [
      'ExUnit with all there is',
      '3 doctests, 10 tests, 2 failures, 1 skipped\n',
      { passed: 10, failed: 2, skipped: 1 },
    ],
    ['a plain line', 'ring: 4 passed, 1 failed\n', { ...none, passed: 4, failed: 1 }],
    ['several', '5 passed, 0 failed\n  All 2 tests passed.\n', { ...none, passed: 7 }],
    ['no test at all', 'nothing to do\n', none],
  ])('%s', (_what, output, expected) => {
    expect(counted(output)).toEqual(expected);
  });
});
