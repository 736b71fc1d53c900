import { describe, expect, it } from 'vitest';
import { Texts } from './texts.js';

/** Every character is 5 wide. */
function context(): { context: CanvasRenderingContext2D; asked: () => number; font: (font: string) => void } {
  let asked = 0;
  const fake = {
    font: '10px a',
    measureText: (text: string) => {
      asked++;
      return { width: text.length * 5 };
    },
  };
  return {
    context: fake as unknown as CanvasRenderingContext2D,
    asked: () => asked,
    font: (font) => {
      fake.font = font;
    },
  };
}

describe('texts in a given room', () => {
  it('are whole, cut or left out', () => {
    const texts = new Texts(context().context);
    expect(texts.fit('Shop.Stock', 50)).toBe('Shop.Stock');
    expect(texts.fit('Shop.Stock', 49)).toBe('Shop.Sto…');
    expect(texts.fit('Shop.Stock', 20)).toBe('Sho…');
    expect(texts.fit('Shop.Stock', 19)).toBe('');
    expect(texts.fit('', 10)).toBe('');
    expect(texts.fit('x'.repeat(500), 100)).toBe(`${'x'.repeat(19)}…`);
  });

  it('are measured once for each font', () => {
    const on = context();
    const texts = new Texts(on.context);
    texts.fit('Shop.Stock', 50);
    const once = on.asked();
    for (let width = 0; width < 60; width++) texts.fit('Shop.Stock', width);
    expect(on.asked()).toBe(once);
    on.font('12px a');
    texts.fit('Shop.Stock', 50);
    expect(on.asked()).toBeGreaterThan(once);
  });
});
