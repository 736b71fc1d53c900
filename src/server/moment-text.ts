/** Moments as people write them: `start`, `end`, `+1.25s`, `#4711`, nanoseconds. */
import type { Moment, Recording } from '../recording/index.js';

const UNITS: Record<string, number> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 60e9, min: 60e9, h: 3600e9 };

/** Undefined: not a moment. Moments outside of the recording become its start or end. */
export function parseMoment(recording: Recording, text: string): Moment | undefined {
  const trimmed = text.trim().toLowerCase();
  const end = recording.end();
  if (trimmed === 'start') return recording.start();
  if (trimmed === 'end' || trimmed === 'now') return end;
  const seq = /^#(\d{1,15})$/.exec(trimmed);
  if (seq) {
    const wanted = Number(seq[1]);
    return wanted >= end.seq ? end : recording.momentOf(wanted);
  }
  const time = /^\+?(\d{1,15}(?:\.\d{1,12})?)\s*(ns|us|µs|ms|s|min|m|h)?$/.exec(trimmed);
  if (!time) return undefined;
  const unit = time[2] ?? (trimmed.startsWith('+') || trimmed.includes('.') ? 's' : 'ns');
  const ns = Math.round(Number(time[1]) * UNITS[unit]!);
  return ns >= end.ns ? end : recording.momentAt(ns);
}
