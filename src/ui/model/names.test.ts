import { describe, expect, it } from 'vitest';
import { functionTitle, shortFunction } from './names.js';

describe('names of functions', () => {
  it.each([
    ['Shop.Stock.handle_call/3', 'Shop.Stock.handle_call/3', 'handle_call'],
    ['gen_server:call/2', 'gen_server:call/2', 'call'],
    ['Shop.Stock.-subtract/2-fn-83-/3', 'Shop.Stock.subtract/2 fn:83', 'subtract fn:83'],
    ['Shop.Stats.-count/1-fn-8-2-/2', 'Shop.Stats.count/1 fn:8', 'count fn:8'],
    ['lists:-map/2-lc-3-/1', 'lists:map/2 lc:3', 'map lc:3'],
    ['unknown function', 'unknown function', 'unknown function'],
  ])('%s', (text, title, short) => {
    expect([functionTitle(text), shortFunction(text)]).toEqual([title, short]);
  });
});
