/** Times as people read them. All in nanoseconds since the recording's start. */

/** A length of time with about three digits: `1.25 s`, `340 µs`. */
export function duration(ns: number): string {
  const abs = Math.abs(ns);
  if (abs < 1e3) return `${String(Math.round(ns))} ns`;
  if (abs < 1e6) return `${digits(ns / 1e3)} µs`;
  if (abs < 1e9) return `${digits(ns / 1e6)} ms`;
  if (abs < 60e9) return `${digits(ns / 1e9)} s`;
  const minutes = Math.floor(abs / 60e9);
  return `${String(minutes)} min ${String(Math.round((abs % 60e9) / 1e9))} s`;
}
const digits = (value: number): string => String(Number(value.toPrecision(3)));

/** A moment, exact to the microsecond: `+1.250000s`; what the moment field takes back. */
export function momentText(ns: number): string {
  return `+${(Math.max(0, ns) / 1e9).toFixed(6)}s`;
}

/** A moment as precise as the window makes sense of, for the ruler. */
export function tickText(ns: number, stepNs: number): string {
  const decimals = Math.max(0, Math.min(9, -Math.floor(Math.log10(stepNs / 1e9) + 1e-9)));
  if (stepNs >= 60e9) {
    const minutes = ns / 60e9;
    return `${String(Math.round(minutes))}m`;
  }
  return `${(ns / 1e9).toFixed(decimals)}s`;
}

/** The step of 1, 2 or 5 times a power of ten that puts ticks at least `minPx` apart. */
export function tickStep(nsPerPx: number, minPx: number): number {
  const wanted = Math.max(1, nsPerPx * minPx);
  const power = 10 ** Math.floor(Math.log10(wanted));
  for (const factor of [1, 2, 5, 10]) if (power * factor >= wanted * 0.999999) return power * factor;
  return power * 10;
}

export function count(n: number): string {
  if (n < 10_000) return n.toLocaleString('en');
  if (n < 1e6) return `${digits(n / 1e3)}k`;
  return `${digits(n / 1e6)}M`;
}

/** `1 event`, `3 processes`; `many` where the noun's plural is its own. */
export const counted = (n: number, noun: string, many = noun.endsWith('s') ? `${noun}es` : `${noun}s`): string =>
  `${count(n)} ${n === 1 ? noun : many}`;

/** In the units of the command line. */
export function bytes(n: number): string {
  if (n < 1024) return `${String(n)} B`;
  if (n < 1024 ** 2) return `${digits(n / 1024)} KiB`;
  if (n < 1024 ** 3) return `${digits(n / 1024 ** 2)} MiB`;
  return `${digits(n / 1024 ** 3)} GiB`;
}
