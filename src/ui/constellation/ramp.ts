/** Colours on the way from little to much, through the steps that the style sheet names. */

/** r, g, b for 256 steps. */
export type Ramp = Uint8Array;
const STEPS = 256;

export function rampOf(colours: readonly string[]): Ramp {
  const stops = colours.map(channels);
  const out = new Uint8Array(STEPS * 3);
  for (let i = 0; i < STEPS; i++) {
    const at = (i / (STEPS - 1)) * (stops.length - 1);
    const k = Math.min(stops.length - 2, Math.floor(at));
    for (let c = 0; c < 3; c++)
      out[3 * i + c] = Math.round(stops[k]![c]! + (stops[k + 1]![c]! - stops[k]![c]!) * (at - k));
  }
  return out;
}

/** Style sheets are minified: `#fff` is as good as `#ffffff`. */
export function channels(colour: string): [number, number, number] {
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(colour);
  const hex = short === null ? colour.replace('#', '') : short.slice(1).map((each) => each + each).join(''); // prettier-ignore
  const value = /^[0-9a-f]{6}$/i.test(hex) ? parseInt(hex, 16) : 0x808080;
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** Writes a colour that is `share` of the way from `under` to it. */
export function mix(
  out: Uint8Array,
  at: number,
  under: ArrayLike<number>,
  r: number,
  g: number,
  b: number,
  share: number,
): void {
  // prettier-ignore
  out[at] = under[0]! + (r - under[0]!) * share;
  out[at + 1] = under[1]! + (g - under[1]!) * share;
  out[at + 2] = under[2]! + (b - under[2]!) * share;
  out[at + 3] = 255;
}
