/** Without colours. */
const plain = (text) => text.replaceAll(/\u001b\[[0-9;]*m/g, '');

/**
 * Adds up what EUnit, ExUnit and runners that end with `N passed, N failed` say at their ends.
 *
 * @param {string} output
 * @returns {{passed: number, failed: number, skipped: number}}
 */
export function counted(output) {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  const add = (passed, failed, skipped = 0) => {
    sum.passed += Number(passed);
    sum.failed += Number(failed);
    sum.skipped += Number(skipped);
  };
  for (const line of plain(output).split('\n')) {
    let found;
    if ((found = /^\s*(?:\w+: )?(\d+) passed, (\d+) failed(?:, (\d+) skipped)?/.exec(line)))
      add(found[1], found[2], found[3] ?? 0);
    else if ((found = /^\s*All (\d+) tests passed\./.exec(line))) add(found[1], 0);
    else if (/^\s*Test passed\./.test(line)) add(1, 0);
    else if ((found = /Failed: (\d+)\.\s+Skipped: (\d+)\.\s+Passed: (\d+)\./.exec(line)))
      add(found[3], found[1], found[2]);
    else if (/\d+ tests?, \d+ failures?/.test(line)) {
      const number = (what) => Number(new RegExp(`(\\d+) ${what}`).exec(line)?.[1] ?? 0);
      const all = number('doctest') + number('propert') + number('test');
      add(all - number('failure') - number('skipped') - number('excluded'), number('failure'), number('skipped'));
    }
  }
  return sum;
}

/**
 * Adds up the `testResults` of vitest's JSON report, with the failed tests by name and the first line of why. A file that failed without a failed test
 * (it did not load, or its set-up failed) is one failure.
 *
 * @param {{name: string, status: string, message?: string, assertionResults: {status: string, fullName: string, failureMessages?: string[]}[]}[]} files
 * @param {string} root the folder that file names are shortened by
 * @returns {{passed: number, failed: number, skipped: number, failures: {file: string, name: string, why: string}[]}}
 */
export function countedFiles(files, root) {
  const sum = { passed: 0, failed: 0, skipped: 0, failures: [] };
  const firstLine = (text = '') => plain(text).trim().split('\n')[0].slice(0, 300);
  for (const { name, status, message, assertionResults } of files) {
    const file = name.startsWith(`${root}/`) ? name.slice(root.length + 1) : name;
    const failed = assertionResults.filter((test) => test.status === 'failed');
    const passed = assertionResults.filter((test) => test.status === 'passed').length;
    sum.passed += passed;
    sum.skipped += assertionResults.length - passed - failed.length;
    for (const test of failed)
      sum.failures.push({ file, name: `${file} > ${test.fullName}`, why: firstLine(test.failureMessages?.[0]) });
    if (failed.length === 0 && status === 'failed') sum.failures.push({ file, name: file, why: firstLine(message) });
  }
  return { ...sum, failed: sum.failures.length };
}

/**
 * The lines of the output of EUnit, ExUnit and plain runners that name failures, or its last lines where none does.
 *
 * @param {string} output
 * @returns {string[]}
 */
export function failedLines(output) {
  const lines = plain(output).trim().split('\n');
  const named = lines.filter((line) =>
    /\*failed\*|\bFAILED\b|^not ok|^\s+\d+\) (test|property) |^make.*Error/.test(line),
  );
  return (named.length > 0 ? named : lines).slice(-12);
}
