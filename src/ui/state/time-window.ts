/** The part of time that the timeline shows: moved, zoomed, and never out of the recording. */
import type { Session } from './session.js';

const MIN_WINDOW_NS = 200;
/** Of the window, at each side: a moment closer to the edge than that is brought to the middle. */
const EDGE = 0.04;

export interface Span {
  fromNs: number;
  toNs: number;
}

export class TimeWindow {
  constructor(private readonly session: Session) {}

  /** The whole recording, with a little room on both sides. */
  whole(endNs = this.session.state.info?.end.ns ?? 0): Span {
    const span = Math.max(endNs, 1_000_000);
    return { fromNs: -span * 0.01, toNs: span * 1.02 };
  }

  /** The width nearest to one that it may have. */
  within(spanNs: number): number {
    const whole = this.whole();
    return Math.min(Math.max(spanNs, MIN_WINDOW_NS), whole.toNs - whole.fromNs);
  }

  set(fromNs: number, toNs: number): void {
    const whole = this.whole();
    const span = this.within(toNs - fromNs);
    const middle = (fromNs + toNs) / 2;
    let from = middle - span / 2;
    from = Math.min(Math.max(from, whole.fromNs), whole.toNs - span);
    this.session.store.set({ window: { fromNs: from, toNs: from + span } });
  }

  /** `factor` < 1: closer. The time at `aroundNs` stays where it is. */
  zoom(factor: number, aroundNs: number): void {
    const { fromNs, toNs } = this.session.state.window;
    const span = this.within((toNs - fromNs) * factor);
    const share = (aroundNs - fromNs) / (toNs - fromNs);
    this.set(aroundNs - span * share, aroundNs + span * (1 - share));
  }

  pan(byNs: number): void {
    const { fromNs, toNs } = this.session.state.window;
    this.set(fromNs + byNs, toNs + byNs);
  }

  fit(): void {
    this.session.store.set({ window: this.whole() });
  }

  /** So that the moment lies in it. */
  reveal(): void {
    const { window, moment } = this.session.state;
    const span = window.toNs - window.fromNs;
    if (moment.ns < window.fromNs + span * EDGE || moment.ns > window.toNs - span * EDGE)
      this.set(moment.ns - span / 2, moment.ns + span / 2);
  }

  /** Of a recording that has grown to `endNs` while one follows it: the whole stays in view, a closer window moves along. */
  grown(endNs: number): Span {
    const { window, info } = this.session.state;
    const span = window.toNs - window.fromNs;
    const fitted = window.fromNs <= 0 && window.toNs >= (info?.end.ns ?? 0);
    return fitted ? this.whole(endNs) : { fromNs: endNs - span * 0.9, toNs: endNs + span * 0.1 };
  }
}
