/** Mouse, pen and fingers on the timeline: pan, zoom, scrub, choose. */
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

/** Gives what to call to let go again. */
export function listenToPointer<Hit>(on: PointerTarget<Hit>): () => void {
  const stop: (() => void)[] = [];
  const { canvas, scroller, session } = on;
  const pointers = new Map<number, { x: number; y: number }>();
  let mode: 'none' | 'press' | 'pan' | 'scrub' | 'pinch' | 'area' = 'none';
  let start = { x: 0, y: 0, scrollTop: 0, fromNs: 0, toNs: 0 };
  let pinch = { distance: 1 };
  const place = (event: MouseEvent): { x: number; y: number } => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
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

  listen('pointerdown', (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    const at = place(event);
    pointers.set(event.pointerId, at);
    const { window } = session.state;
    start = { ...at, scrollTop: scroller.scrollTop, ...window };
    if (pointers.size === 2) {
      const [a, b] = [...pointers.values()];
      mode = 'pinch';
      pinch = { distance: Math.max(10, Math.abs(a!.x - b!.x)) };
    } else if ((event.shiftKey || !onPlayhead(at.x)) && on.area.press(at, event.shiftKey)) mode = 'area';
    else if (at.y < on.ruler || onPlayhead(at.x)) {
      mode = 'scrub';
      scrub(at.x);
    } else mode = 'press';
    on.hover(undefined);
  });
  listen('pointermove', (event) => {
    const at = place(event);
    if (pointers.has(event.pointerId)) pointers.set(event.pointerId, at);
    if (mode === 'pinch' && pointers.size === 2) {
      const [a, b] = [...pointers.values()];
      const distance = Math.max(10, Math.abs(a!.x - b!.x));
      session.zoom(pinch.distance / distance, on.timeAt((a!.x + b!.x) / 2));
      pinch = { distance };
      return;
    }
    if (mode === 'press' && Math.hypot(at.x - start.x, at.y - start.y) > 4) {
      mode = 'pan';
      canvas.style.cursor = 'grabbing';
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
    if (mode === 'press' && event.type === 'pointerup') on.click(start.x, start.y);
    if (mode === 'area') on.area.release(event.type === 'pointerup');
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
        session.zoom(Math.exp(Math.max(-240, Math.min(240, dy)) * strength), on.timeAt(place(event).x));
      }
    },
    { passive: false },
  );
  return () => {
    for (const each of stop) each();
  };
}
