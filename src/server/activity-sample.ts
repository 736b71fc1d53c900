/**
 * When processes ran and waited, roughly: of a window over more events than anybody waits for, a few blocks are looked at, spread evenly over its
 * time, and what lies between them is taken to be as in the nearest.
 *
 *     window   ├────────────────────────────────────┤
 *     looked      ██        ██        ██        ██
 *     taken    ├───────┼─────────┼─────────┼────────┤
 */
import type { Recording } from '../recording/index.js';
import { ActivityScan, type ActivityWindow } from './activity.js';
import { spansOf } from './system-blocks.js';

const SAMPLES = 96;

interface Sample {
  fromNs: number;
  toNs: number;
}

export class ActivitySample {
  /** Nanoseconds, processes × bins; there once it is complete. */
  readonly runningNs: Float64Array;
  readonly waitingNs: Float64Array;
  readonly binNs: number;
  readonly rough = true;
  complete = false;

  private readonly samples: Sample[];
  /** Of each sample that was looked at, and each process: shares. */
  private readonly shares: { running: Float64Array; waiting: Float64Array }[] = [];
  private scan: ActivityScan | undefined;

  constructor(
    private readonly recording: Recording,
    readonly window: ActivityWindow,
    most = SAMPLES,
  ) {
    const { fromNs, toNs, bins, processes } = window;
    this.binNs = (toNs - fromNs) / bins;
    this.runningNs = new Float64Array(processes.length * bins);
    this.waitingNs = new Float64Array(processes.length * bins);
    this.samples = samplesOf(recording, window, most);
  }

  /** Everything before it is in the sums. */
  get doneNs(): number {
    const { fromNs, toNs } = this.window;
    return this.complete ? toNs : (this.samples[this.shares.length]?.fromNs ?? fromNs);
  }

  advance(until: number): void {
    const { recording, samples, shares } = this;
    while (shares.length < samples.length) {
      const { fromNs, toNs } = samples[shares.length]!;
      this.scan ??= new ActivityScan(recording, { ...this.window, fromNs, toNs, bins: 1 });
      this.scan.advance(until);
      if (!this.scan.complete) return;
      const part = (ns: number): number => ns / (toNs - fromNs);
      shares.push({ running: this.scan.runningNs.map(part), waiting: this.scan.waitingNs.map(part) });
      this.scan = undefined;
      if (performance.now() > until) return;
    }
    this.spread();
    this.complete = true;
  }

  private spread(): void {
    const { samples, shares, binNs } = this;
    const { fromNs, bins, processes } = this.window;
    if (samples.length === 0) return;
    const end = this.recording.end().ns;
    for (let bin = 0, nearest = 0; bin < bins; bin++) {
      const ns = fromNs + (bin + 0.5) * binNs;
      if (ns > end) return;
      const away = (i: number): number => Math.abs((samples[i]!.fromNs + samples[i]!.toNs) / 2 - ns);
      while (nearest + 1 < samples.length && away(nearest + 1) <= away(nearest)) nearest++;
      for (let lane = 0; lane < processes.length; lane++) {
        this.runningNs[lane * bins + bin] = shares[nearest]!.running[lane]! * binNs;
        this.waitingNs[lane * bins + bin] = shares[nearest]!.waiting[lane]! * binNs;
      }
    }
  }
}

/** Blocks about evenly spread times, each once. */
function samplesOf(recording: Recording, { fromNs, toNs }: ActivityWindow, most: number): Sample[] {
  const spans = spansOf(recording).filter((each) => each.lastNs >= fromNs && each.firstNs < toNs);
  const samples: Sample[] = [];
  let last = -1;
  for (let i = 0; i < most; i++) {
    const ns = fromNs + ((i + 0.5) * (toNs - fromNs)) / most;
    let at = Math.max(0, last);
    while (at + 1 < spans.length && spans[at + 1]!.firstNs <= ns) at++;
    const span = spans[at];
    if (span === undefined || at === last) continue;
    last = at;
    const from = Math.max(fromNs, span.firstNs);
    samples.push({ fromNs: from, toNs: Math.max(from + 1, Math.min(toNs, span.lastNs)) });
  }
  return samples;
}
