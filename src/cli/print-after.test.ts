import { describe, expect, it } from 'vitest';
import { codeRecording } from '../../test/support/code-recording.js';
import { printAfter, type PrintOptions } from './print-after.js';
import { Show } from './show.js';

const { recording, takes } = codeRecording(12);
const ask = (expression: string, more: Partial<PrintOptions> = {}): string => {
  const where = { module: 'Elixir.Depot', line: 10, from: undefined, to: recording.end(), process: undefined };
  return printAfter(recording, new Show(recording), { ...where, expression, onlyTrue: false, limit: 200, json: false, ...more });
}; // prettier-ignore

describe('lines --print', () => {
  it('lists moment, event, process and value', () => {
    const lines = ask('left - count').trimEnd().split('\n');
    expect(lines).toHaveLength(12);
    const [first] = takes;
    expect(lines[0]).toMatch(new RegExp(`^\\+.*s {2}#${String(first!.lines[10])} {2}Depot.* {2}${String(first!.left - first!.count)}$`)); // prettier-ignore
  });

  it('keeps to executions at which it holds, to a window, and to a number', () => {
    expect(ask('left < 499', { onlyTrue: true }).trimEnd().split('\n')).toHaveLength(takes.filter(({ left }) => left < 499).length); // prettier-ignore
    expect(ask('left < 0', { onlyTrue: true })).toBe('never, in 12 executions\n');
    expect(ask('left', { limit: 2 })).toContain('… more: --limit 20');
    expect(
      ask('left', { to: recording.momentOf(takes[1]!.handle) })
        .trimEnd()
        .split('\n'),
    ).toHaveLength(1);
    expect(ask('left', { line: 13 })).toBe('no execution of line 13 of Depot is recorded here\n');
  });

  it('points at what is wrong', () => {
    expect(() => ask('left - cuont')).toThrow(
      'no variable cuont at this line: there are item, count, depot, left, rest\n  left - cuont\n         ^^^^^',
    );
    expect(ask('left.boxes').split('\n')[0]).toMatch(/ {2}raises BadMapError: 500 has no field boxes$/);
  });

  it('answers programs in JSON', () => {
    const json: unknown = JSON.parse(ask('{item, left}', { json: true, limit: 1 }));
    expect(json).toMatchObject({
      module: 'Depot',
      line: 10,
      expression: '{item, left}',
      executions: 1,
      more: true,
      values: [{ seq: takes[0]!.lines[10], kind: 'value', value: '{"mug", 500}', why: null }],
    });
  });
});
