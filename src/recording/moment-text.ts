/** Moments and times as people write and read them. */
import { RecordingError } from './errors.js';
import type { Moment } from './model.js';
import type { Recording } from './query.js';

const UNITS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  min: 60e9,
  h: 3600e9,
};

/**
 * `start`, `end`, `+1.25s` (also ms, us, ns, m, h) after the start, `#4711` (after that event), or plain nanoseconds. Times after the end are
 * the end. Throws a RecordingError that says what can be written.
 */
export function parseMoment(text: string, recording: Recording): Moment {
  const wanted = text.trim();
  const lower = wanted.toLowerCase();
  const end = recording.end();
  if (lower === 'start') return recording.start();
  if (lower === 'end' || lower === 'now') return end;
  const seq = /^#(\d{1,15})$/.exec(wanted);
  if (seq) {
    const number = Number(seq[1]);
    if (number <= end.seq) return recording.momentOf(number);
    throw new RecordingError(`there is no event ${wanted}: the last one is #${end.seq}`);
  }
  const ns = timeOf(wanted);
  if (ns !== undefined) return recording.momentAt(ns);
  throw new RecordingError(
    `'${text}' is not a moment. Write start, end, +1.25s (or ms, us) after the start, #4711 for an event, or nanoseconds.`,
  );
}

/** As `parseMoment`, but a time itself, also where nothing happened at it: an edge of a part of time. Nanoseconds; after the end: the end. */
export function parseEdge(text: string, recording: Recording): number {
  const ns = timeOf(text.trim());
  return ns === undefined ? parseMoment(text, recording).ns : Math.min(ns, recording.end().ns);
}

/** Nanoseconds; undefined: it is no time. */
function timeOf(text: string): number | undefined {
  const time = /^\+?(\d{1,15}(?:\.\d{1,12})?)\s*([a-zµμ]*)$/.exec(text.toLowerCase());
  const unit = time?.[2] === '' ? (/[+.]/.test(text) ? 's' : 'ns') : time?.[2];
  const factor = unit === undefined ? undefined : UNITS[unit];
  return factor === undefined ? undefined : Math.round(Number(time![1]) * factor);
}

/** `1.250 s`, `3.07 ms`, `12.4 µs`, `850 ns`, `2 m 03.5 s`: four digits where they are worth something. */
export function formatNs(ns: number): string {
  const sign = ns < 0 ? '-' : '';
  const size = Math.abs(ns);
  if (size < 1e3) return `${sign}${Math.round(size)} ns`;
  if (size < 999_950) return `${sign}${digits(size / 1e3)} µs`;
  if (size < 999_950_000) return `${sign}${digits(size / 1e6)} ms`;
  if (size < 59.995e9) return `${sign}${digits(size / 1e9)} s`;
  const seconds = Math.round(size / 1e8) / 10;
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = (seconds % 60).toFixed(1).padStart(4, '0');
  return hours > 0
    ? `${sign}${hours} h ${String(minutes).padStart(2, '0')} m ${rest} s`
    : `${sign}${minutes} m ${rest} s`;
}

/** Four digits in all. */
function digits(value: number): string {
  return value < 9.9995 ? value.toFixed(3) : value < 99.995 ? value.toFixed(2) : value.toFixed(1);
}
