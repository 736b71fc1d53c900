import { describe, expect, it } from 'vitest';
import { parsePlan, planRules, PlanError, printPlanJson, type Plan } from './plan.js';
import { printPlan } from './print-plan.js';

const PLAN: Plan = {
  version: 1,
  made: { from: '2 compiled modules', command: 'mix test' },
  functions: [
    { module: 'Shop.Stock', function: 'add', arity: 2, file: 'lib/stock.ex', line: 3, depth: 'values', reasons: ['only computes'] },
    { module: 'Shop.Stock', function: 'handle_call', arity: 3, file: 'lib/stock.ex', line: 9, depth: 'lines', reasons: ['answers'] },
    { module: 'Shop.Stock', function: '__struct__', arity: 0, depth: 'off', reasons: ['made by the compiler'] },
    { module: 'lists', function: 'reverse', arity: 1, depth: 'count', reasons: [] },
  ],
  rules: [{ glob: 'Shop.*.handle_call/3', depth: 'expressions', reason: 'by hand' }],
}; // prettier-ignore

const change = (
  edit: (json: { functions: Record<string, unknown>[]; rules: Record<string, unknown>[] }) => void,
): string => {
  const json = JSON.parse(printPlanJson(PLAN)) as Parameters<typeof edit>[0];
  edit(json);
  return JSON.stringify(json);
};

describe('a plan', () => {
  it('is read as it was written, a function a line', () => {
    const text = printPlanJson(PLAN);
    expect(parsePlan(text)).toEqual(PLAN);
    expect(text.split('\n').filter((line) => line.includes('"module"'))).toHaveLength(4);
    const empty = { ...PLAN, functions: [], rules: [] };
    expect(parsePlan(printPlanJson(empty))).toEqual(empty);
  });

  it('tells the probe its functions first, so that its rules win', () => {
    expect(planRules(PLAN)).toEqual([
      { module: 'Shop.Stock', fn: 'add/2', depth: 'values' },
      { module: 'Shop.Stock', fn: 'handle_call/3', depth: 'lines' },
      { module: 'Shop.Stock', fn: '__struct__/0', depth: 'off' },
      { module: 'lists', fn: 'reverse/1', depth: 'count' },
      { module: 'Shop.*', fn: 'handle_call/3', depth: 'expressions' },
    ]);
  });

  it.each([
    ['nonsense', 'not JSON'],
    ['{}', 'version'],
    [change((json) => (json.functions[1]!['depth'] = 'deep')), 'functions[1] (Shop.Stock.handle_call/3).depth: '],
    [change((json) => (json.functions[0]!['deepth'] = 'off')), 'functions[0] (Shop.Stock.add/2): '],
    [change((json) => (json.functions[0]!['arity'] = -1)), 'functions[0] (Shop.Stock.add/-1).arity: '],
    [change((json) => (json.rules[0]!['glob'] = 'Shop Stock')), 'rules[0].glob: "Shop Stock" names no function'],
  ])('that was edited badly says where: %#', (text, error) => {
    expect(() => parsePlan(text)).toThrow(PlanError);
    expect(() => parsePlan(text)).toThrow(error);
  });

  it('reads as a list, the deepest of each module first', () => {
    expect(printPlan(PLAN)).toBe(`Shop.Stock  (lib/stock.ex)
  lines        handle_call/3                     answers
  values       add/2                             only computes
  off          __struct__/0: made by the compiler

lists
  count        reverse/1

  expressions  Shop.*.handle_call/3              by hand

4 functions of 2 modules: 1 lines, 1 values, 1 count, 1 off. From 2 compiled modules.`);
  });
});
