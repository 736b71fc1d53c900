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
  for (const line of output.replaceAll(/\u001b\[[0-9;]*m/g, '').split('\n')) {
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
