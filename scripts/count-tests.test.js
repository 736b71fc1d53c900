import { describe, expect, it } from 'vitest';
import { counted, countedFiles, failedLines } from './count-tests.mjs';

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

describe('counting the files of a report', () => {
  const test = (status, fullName, ...failureMessages) => ({ status, fullName, failureMessages });

  it('names failed tests with why, and files that failed as a whole', () => {
    const files = [
      {
        name: '/p/a.test.ts',
        status: 'failed',
        assertionResults: [
          test('passed', 'adds'),
          test('failed', 'divides', '\u001b[31mby zero\u001b[39m\nat line 1'),
          test('pending', 'later'),
        ],
      },
      { name: '/p/b.test.ts', status: 'failed', message: 'no such module\nat x', assertionResults: [] },
      { name: '/q/c.test.ts', status: 'passed', assertionResults: [test('passed', 'multiplies')] },
    ];
    expect(countedFiles(files, '/p')).toEqual({
      passed: 2,
      failed: 2,
      skipped: 1,
      failures: [
        { file: 'a.test.ts', name: 'a.test.ts > divides', why: 'by zero' },
        { file: 'b.test.ts', name: 'b.test.ts', why: 'no such module' },
      ],
    });
  });
});

describe('the lines that name failures', () => {
  it.each([
    ['EUnit', 'ok\nx_tests: y_test...*failed*\nin z\n  Failed: 1.', ['x_tests: y_test...*failed*']],
    ['ExUnit', 'Running\n\n  1) test sells (ShopTest)\n     boom', ['  1) test sells (ShopTest)']],
    ['nothing named: the end', 'one\ntwo\n', ['one', 'two']],
  ])('%s', (_what, output, expected) => {
    expect(failedLines(output)).toEqual(expected);
  });
});
