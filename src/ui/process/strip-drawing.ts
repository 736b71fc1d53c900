/** The strip of a process's history on a canvas: calls above, changes of state as bars below, crashes over the whole height. */
import type { StripResult } from '../../server/index.js';
import type { Palette } from '../timeline/palette.js';

export const STRIP_HEIGHT = 40;
const CALLS_TOP = 3;
const CALLS_HEIGHT = 7;
const BARS_TOP = 13;
const BARS_BOTTOM = STRIP_HEIGHT - 3;

export interface StripPlace {
  width: number;
  fromNs: number;
  toNs: number;
  /** Where the moment and the change in force lie; undefined: outside or none. */
  momentNs: number;
  changeNs: number | undefined;
  hoverNs: number | undefined;
}

export function drawStrip(
  context: CanvasRenderingContext2D,
  strip: StripResult | undefined,
  place: StripPlace,
  palette: Palette,
): void {
  const { width } = place;
  context.clearRect(0, 0, width, STRIP_HEIGHT);
  context.fillStyle = palette.laneAlt;
  context.fillRect(0, 0, width, STRIP_HEIGHT);
  const span = Math.max(1, place.toNs - place.fromNs);
  const x = (ns: number): number => ((ns - place.fromNs) / span) * width;
  if (strip !== undefined) {
    const cell = Math.max(1, (strip.binNs / span) * width);
    let most = 1;
    for (const n of strip.changes) if (n > most) most = n;
    for (let i = 0; i < strip.changes.length; i++) {
      const left = x(strip.fromNs + i * strip.binNs);
      if (left > width || left + cell < 0) continue;
      if ((strip.kinds[i]! & 1) !== 0) {
        context.fillStyle = palette.family.function;
        context.fillRect(left, CALLS_TOP, cell, CALLS_HEIGHT);
      }
      const exact = strip.fromNs + (i + 1) * strip.binNs > strip.exactFromNs;
      const n = exact ? strip.changes[i]! : (strip.kinds[i]! & 2) >> 1;
      if (n === 0) continue;
      // A single change is to be seen beside a thousand.
      const share = 0.35 + 0.65 * (Math.log(n + 1) / Math.log(most + 1));
      const height = (BARS_BOTTOM - BARS_TOP) * share;
      context.fillStyle = palette.family.state;
      context.fillRect(left, BARS_BOTTOM - height, cell, height);
    }
    context.fillStyle = palette.crash;
    for (const { ns } of strip.crashes) {
      const at = x(ns);
      context.fillRect(at - 1, 0, 2, STRIP_HEIGHT);
      context.beginPath();
      context.moveTo(at - 4, 0);
      context.lineTo(at + 4, 0);
      context.lineTo(at, 6);
      context.fill();
    }
  }
  if (place.changeNs !== undefined) {
    const at = x(place.changeNs);
    context.strokeStyle = palette.text;
    context.lineWidth = 1;
    context.strokeRect(Math.round(at) - 2.5, BARS_TOP - 1.5, 5, BARS_BOTTOM - BARS_TOP + 3);
  }
  if (place.hoverNs !== undefined) {
    context.fillStyle = palette.textFaint;
    context.fillRect(Math.round(x(place.hoverNs)), 0, 1, STRIP_HEIGHT);
  }
  context.fillStyle = palette.accent;
  context.fillRect(Math.round(x(place.momentNs)) - 1, 0, 2, STRIP_HEIGHT);
}
