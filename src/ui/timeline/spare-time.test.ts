import { describe, expect, it } from 'vitest';
import { SpareTime } from './spare-time.js';

/** Pictures come every `usual` ms, but for `more` after the one that drew it. */
function learnt(usual: number, more: number, times = 20): SpareTime {
  const spare = new SpareTime(33, 250);
  for (let i = 0; i < times; i++) spare.learn([0, usual + more, 2 * usual + more, 3 * usual + more]);
  return spare;
}

describe('the time to spare for what is drawn beside the lanes', () => {
  it('is there where no picture comes later for it', () => {
    expect(learnt(16.7, 0).pauseMs).toBe(33);
  });

  it('is a small share of all time where pictures do', () => {
    expect(learnt(3, 6).pauseMs).toBeCloseTo(100, 0);
    expect(learnt(3, 12).pauseMs).toBeGreaterThan(learnt(3, 6).pauseMs);
    expect(learnt(3, 500).pauseMs).toBe(250);
  });

  it('is not lost by one late picture, and found again', () => {
    const spare = learnt(16.7, 0);
    spare.learn([0, 36.7, 53.4, 70.1]);
    expect(spare.pauseMs).toBeLessThan(120);
    for (let i = 0; i < 20; i++) spare.learn([0, 16.7, 33.4, 50.1]);
    expect(spare.pauseMs).toBe(33);
  });
});
