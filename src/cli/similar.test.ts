import { describe, expect, it } from 'vitest';
import { similar } from './similar.js';

const NAMES = ['Shop.Stock', 'Shop.Checkout', 'Shop.Checkout.Worker.N1', 'code_server', 'rex'];

describe('a name that is not there', () => {
  it('brings to mind the one that is spelled almost like it, whatever the case', () => {
    expect(similar('Shop.Stok', NAMES)).toBe('Shop.Stock');
    expect(similar('shop.chekout', NAMES)).toBe('Shop.Checkout');
    expect(similar('codeserver', NAMES)).toBe('code_server');
  });

  it('brings to mind the one that it is the end or the beginning of', () => {
    expect(similar('Stock', NAMES)).toBe('Shop.Stock');
    expect(similar('Shop.Checkout.W', NAMES)).toBe('Shop.Checkout.Worker.N1');
  });

  it('brings nothing to mind when nothing is near', () => {
    expect(similar('Payments', NAMES)).toBeUndefined();
    expect(similar('x', NAMES)).toBeUndefined();
    expect(similar('a', [])).toBeUndefined();
  });
});
