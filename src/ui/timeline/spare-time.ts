/**
 * How often something beside the lanes may be drawn while they move. Where the screen waits for its next picture anyway that costs nothing;
 * where the processor draws, what lies between the two is put together anew as well, and the lanes come later for it. So the time from
 * picture to picture is looked at: as much longer as it takes, as much rarer it is.
 */
const SHARE = 0.06;
/** Of what was seen last in what is believed. */
const WEIGHT = 0.3;

export class SpareTime {
  private costMs = 0;

  constructor(
    private readonly leastMs: number,
    private readonly mostMs: number,
  ) {}

  /** Between two drawings, so that they take no more than a small share of the time. */
  get pauseMs(): number {
    return Math.min(this.mostMs, Math.max(this.leastMs, this.costMs / SHARE));
  }

  /** Times of four pictures in a row, of which only the first drew it. What is put together on the way to the screen may delay the second. */
  learn([first, , third, fourth]: readonly [number, number, number, number]): void {
    const cost = Math.max(0, third - first - 2 * (fourth - third));
    this.costMs += (cost - this.costMs) * WEIGHT;
  }
}
