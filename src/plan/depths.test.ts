import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEPTHS } from '../recording/index.js';
import { DepthError, parseDepthRule, printDepthRule } from './depths.js';

const read = (text: string): string => {
  const { module, fn, depth } = parseDepthRule(text);
  return `${module} | ${fn} | ${depth}`;
};

describe('a rule of depth', () => {
  it.each([
    ['Shop.Stock=lines', 'Shop.Stock | * | lines'],
    ['Shop.*=values', 'Shop.* | * | values'],
    ['Shop.Stock.*=off', 'Shop.Stock.* | * | off'],
    ['*=off', '* | * | off'],
    ['Elixir.Shop.Stock=call', 'Shop.Stock | * | call'],
    ['Shop.Stock.handle_call/3=lines', 'Shop.Stock | handle_call/3 | lines'],
    ['Shop.Stock.handle_call=lines', 'Shop.Stock | handle_call | lines'],
    ['Shop.Stock.handle_*=lines', 'Shop.Stock | handle_* | lines'],
    ['Shop.*.handle_call/3=lines', 'Shop.* | handle_call/3 | lines'],
    ['*.init/1=count', '* | init/1 | count'],
    ['Shop.Stock.*/3=count', 'Shop.Stock | */3 | count'],
    ['Shop.Stock.valid?/1=count', 'Shop.Stock | valid?/1 | count'],
    ['Shop.Money.==/2=count', 'Shop.Money | ==/2 | count'],
    ['Shop.Money.+/2=expressions', 'Shop.Money | +/2 | expressions'],
    ['Shop.Range...///3=count', 'Shop.Range | ..///3 | count'],
    ['ShopTest.test an order. Twice/1=lines', 'ShopTest | test an order. Twice/1 | lines'],
    ['ShopTest."test Stock. Twice"/1=lines', 'ShopTest | test Stock. Twice/1 | lines'],
    [':lists=values', 'lists | * | values'],
    ['lists=values', 'lists | * | values'],
    [':lists.reverse/1=values', 'lists | reverse/1 | values'],
    ['lists:reverse/1=values', 'lists | reverse/1 | values'],
    ['rabbit_*:init=values', 'rabbit_* | init | values'],
    ['rabbit_*=values', 'rabbit_* | * | values'],
    ['Ärger.größe/1=lines', 'Ärger | größe/1 | lines'],
  ])('%s', (text, meaning) => expect(read(text)).toBe(meaning));

  it.each(['Shop', 'Shop=deep', '=lines', 'Shop.=lines', '.x=lines', 'Shop Stock=lines', ''])('not: "%s"', (text) =>
    expect(() => parseDepthRule(text)).toThrow(DepthError),
  );

  it('is read as it was printed', () => {
    const part = fc.stringMatching(/^[A-Z][a-zA-Z0-9_]{0,6}$/);
    const module = fc.oneof(
      fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('.')),
      fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/),
      fc.constantFrom('*', 'Shop.*', 'rabbit_*'),
    );
    const fn = fc.oneof(
      fc.stringMatching(/^[a-z_][a-z0-9_]{0,6}[?!]?(\/\d)?$/),
      fc.constantFrom('*', '*/2', '==/2', '|>/2'),
    );
    fc.assert(
      fc.property(module, fn, fc.constantFrom(...DEPTHS), (m, f, depth) => {
        // A glob that ends in a part of a name cannot be told from one of modules: `*.*` prints as `*`.
        const rule = { module: m, fn: f, depth };
        expect(parseDepthRule(printDepthRule(rule))).toEqual(rule);
      }),
    );
  });
});
