import { describe, expect, it } from 'vitest';
import { bytes, counted, duration, momentText, tickStep, tickText } from './time.js';

describe('times', () => {
  it('have about three digits', () => {
    expect([850, 12_400, 3_070_000, 1.25e9, 123e9].map(duration)).toEqual([
      '850 ns',
      '12.4 µs',
      '3.07 ms',
      '1.25 s',
      '2 min 3 s',
    ]);
    expect(momentText(1_250_000_000)).toBe('+1.250000s');
  });

  it('come with amounts that read well', () => {
    expect([0, 1, 2, 12_345].map((n) => counted(n, 'process'))).toEqual([
      '0 processes',
      '1 process',
      '2 processes',
      '12.3k processes',
    ]);
    expect([1, 2].map((n) => counted(n, 'child', 'children'))).toEqual(['1 child', '2 children']);
    expect([999, 1024, 994_000, 1024 ** 3].map(bytes)).toEqual(['999 B', '1 KiB', '971 KiB', '1 GiB']);
  });

  it('stand on the ruler in steps of 1, 2 or 5, never closer than asked', () => {
    for (const nsPerPx of [0.01, 1, 37, 1e3, 2.2e6, 9e9]) {
      const step = tickStep(nsPerPx, 100);
      expect(step / nsPerPx).toBeGreaterThanOrEqual(99.9);
      expect(step / 10 ** Math.floor(Math.log10(step) + 1e-9)).toSatisfy((lead: number) =>
        [1, 2, 5].some((each) => Math.abs(lead - each) < 1e-6),
      );
    }
    expect(tickText(1_250_000_000, 50_000_000)).toBe('1.25s');
  });
});
