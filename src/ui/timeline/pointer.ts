/** Mouse, pen and fingers on the timeline: pan, zoom, scrub, choose. One finger pans, two zoom. */
import type { Session } from '../state/session.js';
import type { AreaGesture } from './area-gesture.js';

export interface PointerTarget<Hit> {
  canvas: HTMLCanvasElement;
  scroller: HTMLElement;
  session: Session;
  /** Height of the ruler, on top. */
  ruler: number;
  width: () => number;
  height: () => number;
  nsPerPx: () => number;
  timeAt: (x: number) => number;
  xOf: (ns: number) => number;
  hit: (x: number, y: number) => Hit | undefined;
  hover: (hit: Hit | undefined, at?: { x: number; y: number }) => void;
  click: (x: number, y: number) => void;
  /** What shift and the edges of the area mean. */
  area: AreaGesture;
  /** Where the pointer is; undefined: not here. */
  pointer: (x: number | undefined) => void;
}

interface Point {
  x: number;
  y: number;
}

/** Fingers closer to each other than this zoom no further. */
const LEAST_PINCH_PX = 24;
/** Turns of the wheel closer to each other than this are one movement. */
const STILL_MS = 150;
/** A press that moves less is a click. A finger trembles more than a mouse. */
const STILL_PX = { mouse: 4, touch: 8 };

/** Gives what to call to let go again. */
export function listenToPointer<Hit>(on: PointerTarget<Hit>): () => void {
  const stop: (() => void)[] = [];
  const { canvas, scroller, session } = on;
  const pointers = new Map<number, Point>();
  /** `playhead`: a press on it in the lanes, which is a click unless it moves. */
  let mode: 'none' | 'press' | 'playhead' | 'pan' | 'scrub' | 'pinch' | 'area' = 'none';
  let start = { x: 0, y: 0, scrollTop: 0, fromNs: 0, toNs: 0 };
  /** How far the two fingers were from each other, and what lay between them. */
  let pinch = { distance: 1, ns: 0, span: 0, y: 0, scrollTop: 0 };
  const place = (event: MouseEvent): Point => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  /** Of the wheel, which turns many times at one place: asking where that is makes the page lay itself out. */
  let turned = { left: 0, at: -Infinity };
  const leftOf = (event: WheelEvent): number => {
    const still = event.timeStamp - turned.at < STILL_MS;
    turned = { left: still ? turned.left : canvas.getBoundingClientRect().left, at: event.timeStamp };
    return turned.left;
  };
  const onPlayhead = (x: number): boolean => Math.abs(x - on.xOf(session.state.moment.ns)) <= 4;
  const listen = <K extends keyof HTMLElementEventMap>(
    type: K,
    listener: (event: HTMLElementEventMap[K]) => void,
    options?: AddEventListenerOptions,
  ): void => {
    canvas.addEventListener(type, listener, options);
    stop.push(() => {
      canvas.removeEventListener(type, listener);
    });
  };
  const scrub = (x: number): void => {
    session.store.set({ playing: false });
    session.setMoment({ ns: on.timeAt(Math.min(Math.max(0, x), on.width())), seq: undefined });
  };
  const begin = (at: Point): void => {
    start = { ...at, scrollTop: scroller.scrollTop, ...session.state.window };
  };
  /** Of the first two fingers. */
  const fingers = (): { middle: Point; distance: number } => {
    const [a, b] = [...pointers.values()] as [Point, Point];
    return {
      middle: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 },
      distance: Math.max(LEAST_PINCH_PX, Math.hypot(a.x - b.x, a.y - b.y)),
    };
  };

  listen('pointerdown', (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    const at = place(event);
    pointers.set(event.pointerId, at);
    on.hover(undefined);
    if (pointers.size === 2) {
      if (mode === 'area') on.area.release(false);
      mode = 'pinch';
      const { middle, distance } = fingers();
      const { fromNs, toNs } = session.state.window;
      pinch = { distance, ns: on.timeAt(middle.x), span: toNs - fromNs, y: middle.y, scrollTop: scroller.scrollTop };
      return;
    }
    if (pointers.size > 2) return;
    begin(at);
    if ((event.shiftKey || !onPlayhead(at.x)) && on.area.press(at, event.shiftKey)) mode = 'area';
    else if (at.y < on.ruler) {
      mode = 'scrub';
      scrub(at.x);
    } else mode = onPlayhead(at.x) ? 'playhead' : 'press';
  });
  listen('pointermove', (event) => {
    const at = place(event);
    if (pointers.has(event.pointerId)) pointers.set(event.pointerId, at);
    if (mode === 'pinch') {
      const { middle, distance } = fingers();
      // What lay between the fingers stays there, whether they move apart or along.
      const span = session.window.within((pinch.span * pinch.distance) / distance);
      const fromNs = pinch.ns - (middle.x / on.width()) * span;
      session.setWindow(fromNs, fromNs + span);
      scroller.scrollTop = pinch.scrollTop + pinch.y - middle.y;
      return;
    }
    const still = event.pointerType === 'mouse' ? STILL_PX.mouse : STILL_PX.touch;
    if ((mode === 'press' || mode === 'playhead') && Math.hypot(at.x - start.x, at.y - start.y) > still) {
      canvas.style.cursor = mode === 'press' ? 'grabbing' : 'ew-resize';
      mode = mode === 'press' ? 'pan' : 'scrub';
    }
    if (mode === 'pan') {
      const by = ((start.x - at.x) * (start.toNs - start.fromNs)) / on.width();
      session.setWindow(start.fromNs + by, start.toNs + by);
      scroller.scrollTop = start.scrollTop + start.y - at.y;
    } else if (mode === 'area') on.area.move(at);
    else if (mode === 'scrub') scrub(at.x);
    else if (mode === 'none') {
      const hit = at.y > on.ruler ? on.hit(at.x, at.y) : undefined;
      canvas.style.cursor =
        (onPlayhead(at.x) ? undefined : on.area.cursor(at)) ??
        (at.y < on.ruler || onPlayhead(at.x) ? 'ew-resize' : hit === undefined ? 'default' : 'pointer');
      on.hover(hit, at);
      on.pointer(at.x);
    }
  });
  const release = (event: PointerEvent): void => {
    pointers.delete(event.pointerId);
    if (mode === 'pinch') {
      // The finger that stays goes on from here.
      const [left] = pointers.values();
      if (pointers.size === 1 && left !== undefined) {
        mode = 'pan';
        begin(left);
      }
    } else if ((mode === 'press' || mode === 'playhead') && event.type === 'pointerup') on.click(start.x, start.y);
    else if (mode === 'area') on.area.release(event.type === 'pointerup');
    if (pointers.size === 0) mode = 'none';
    canvas.style.cursor = 'default';
  };
  listen('pointerup', release);
  listen('pointercancel', release);
  listen('pointerleave', () => {
    on.hover(undefined);
    on.pointer(undefined);
  });
  listen('dblclick', (event) => {
    const at = place(event);
    if (at.y > on.ruler) session.zoom(0.25, on.timeAt(at.x));
  });
  listen(
    'wheel',
    (event) => {
      event.preventDefault();
      const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? on.height() : 1;
      const dx = event.deltaX * unit;
      const dy = event.deltaY * unit;
      if (event.shiftKey) scroller.scrollTop += dy + dx;
      else if (Math.abs(dx) > Math.abs(dy)) session.pan(dx * on.nsPerPx());
      else {
        const strength = event.ctrlKey ? 0.01 : 0.0022;
        session.zoom(Math.exp(Math.max(-240, Math.min(240, dy)) * strength), on.timeAt(event.clientX - leftOf(event)));
      }
    },
    { passive: false },
  );
  return () => {
    for (const each of stop) each();
  };
}
