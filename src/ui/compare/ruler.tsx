/** The whole comparison as a strip: where differences are, on which side, and where one stands. A click goes there. */
import { useEffect, useRef, type ReactNode } from 'react';
import { count, counted } from '../model/time.js';
import type { Comparison } from './compare-session.js';
import { CHANGED, LEFT, RIGHT, SAME } from './rows.js';

const WIDTH = 18;

export function Ruler({
  comparison,
  chosen,
  version,
  onGo,
}: {
  comparison: Comparison;
  chosen: number;
  version: number;
  onGo: (row: number) => void;
}): ReactNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { rows } = comparison;
  useEffect(() => {
    const element = canvas.current!;
    const draw = (): void => {
      paint(element, comparison, chosen);
    };
    draw();
    const observer = new ResizeObserver(draw);
    observer.observe(element);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', draw);
    return () => {
      observer.disconnect();
      scheme.removeEventListener('change', draw);
    };
  }, [comparison, chosen, version]);
  const [, changed, left, right] = rows.totals;
  const label = `Where differences are: ${count(changed + left + right)} in ${counted(rows.length, 'row')}`;
  return (
    <canvas
      ref={canvas}
      className="compare-ruler"
      role="img"
      aria-label={label}
      title={`${label}. Click to go there`}
      data-testid="compare-ruler"
      onClick={(event) => {
        const box = event.currentTarget.getBoundingClientRect();
        const row = Math.floor(((event.clientY - box.top) / box.height) * rows.length);
        // Where a mark is meant, the difference behind it is.
        const near = Math.ceil((rows.length / box.height) * 3);
        const hunk = rows.nextHunk(row - near, 1);
        onGo(hunk !== undefined && hunk <= row + near ? hunk : row);
      }}
    />
  );
}

function paint(element: HTMLCanvasElement, { rows }: Comparison, chosen: number): void {
  const height = element.clientHeight;
  const ratio = devicePixelRatio;
  element.width = WIDTH * ratio;
  element.height = height * ratio;
  const context = element.getContext('2d');
  if (context === null || rows.length === 0) return;
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(name);
  context.scale(ratio, ratio);
  // A bit a kind for each pixel, so that the cost does not grow with what is drawn.
  const bits = new Uint8Array(height);
  const last = Math.max(1, rows.length);
  for (let row = 0; row < rows.length; row++) {
    const kind = rows.kind(row);
    if (kind !== SAME) bits[Math.min(height - 1, Math.floor((row / last) * height))]! |= 1 << kind;
  }
  const marks: readonly (readonly [kind: number, x: number, width: number, colour: string])[] = [
    [CHANGED, 5, 8, colour('--c-state')],
    [LEFT, 0, 5, colour('--c-message')],
    [RIGHT, 13, 5, colour('--c-function')],
  ];
  for (const [kind, x, width, fill] of marks) {
    context.fillStyle = fill;
    for (let y = 0; y < height; y++) if ((bits[y]! & (1 << kind)) !== 0) context.fillRect(x, y, width, 2);
  }
  context.fillStyle = colour('--accent');
  const y = Math.floor((chosen / last) * height);
  context.fillRect(0, Math.max(0, y - 1), WIDTH, 2);
}
