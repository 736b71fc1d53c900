/** What mouse and keys do to the camera, and what they hit. */
import { orbit, pan, zoom, type Camera } from './camera.js';

export interface PointerTarget {
  element: HTMLElement;
  size: () => { width: number; height: number };
  flat: () => boolean;
  camera: () => Camera;
  move: (camera: Camera) => void;
  hover: (at: { x: number; y: number } | undefined) => void;
  click: (x: number, y: number, twice: boolean) => void;
}

const TURN = Math.PI;
const CLICK = 4;
const KEY_TURN = 0.12;
const KEY_PAN = 0.08;

/** Drag turns (flat: moves), with shift or another button it moves; the wheel comes closer to what is under the pointer. */
export function listen(target: PointerTarget): () => void {
  const { element } = target;
  let down: { x: number; y: number; startX: number; startY: number; moves: boolean } | undefined;
  const at = (event: MouseEvent): { x: number; y: number } => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const onDown = (event: PointerEvent): void => {
    const { x, y } = at(event);
    down = { x, y, startX: x, startY: y, moves: target.flat() || event.button !== 0 || event.shiftKey };
    element.setPointerCapture(event.pointerId);
    element.focus({ preventScroll: true });
  };
  const onMove = (event: PointerEvent): void => {
    const { x, y } = at(event);
    if (down === undefined) {
      target.hover({ x, y });
      return;
    }
    const { height } = target.size();
    const dx = (x - down.x) / height;
    const dy = (y - down.y) / height;
    down.x = x;
    down.y = y;
    target.hover(undefined);
    target.move(
      down.moves ? pan(target.camera(), target.flat(), dx, dy) : orbit(target.camera(), dx * TURN, dy * TURN),
    );
  };
  const onUp = (event: PointerEvent): void => {
    if (down === undefined) return;
    const { startX, startY } = down;
    down = undefined;
    const { x, y } = at(event);
    if (event.button === 0 && Math.hypot(x - startX, y - startY) < CLICK) target.click(x, y, event.detail > 1);
  };
  const onLeave = (): void => {
    target.hover(undefined);
  };
  const onWheel = (event: WheelEvent): void => {
    event.preventDefault();
    const { x, y } = at(event);
    const { width, height } = target.size();
    const steps = event.deltaMode === 1 ? event.deltaY * 16 : event.deltaY;
    const factor = Math.exp(Math.max(-1, Math.min(1, steps * 0.0012)));
    target.move(
      zoom(target.camera(), target.flat(), factor, (x - width / 2) / (height / 2), (height / 2 - y) / (height / 2)),
    );
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const camera = moved(target.camera(), target.flat(), event.key, event.shiftKey);
    if (camera === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    target.move(camera);
  };
  const onMenu = (event: Event): void => {
    event.preventDefault();
  };
  element.addEventListener('pointerdown', onDown);
  element.addEventListener('pointermove', onMove);
  element.addEventListener('pointerup', onUp);
  element.addEventListener('pointercancel', onUp);
  element.addEventListener('pointerleave', onLeave);
  element.addEventListener('wheel', onWheel, { passive: false });
  element.addEventListener('keydown', onKey);
  element.addEventListener('contextmenu', onMenu);
  return () => {
    element.removeEventListener('pointerdown', onDown);
    element.removeEventListener('pointermove', onMove);
    element.removeEventListener('pointerup', onUp);
    element.removeEventListener('pointercancel', onUp);
    element.removeEventListener('pointerleave', onLeave);
    element.removeEventListener('wheel', onWheel);
    element.removeEventListener('keydown', onKey);
    element.removeEventListener('contextmenu', onMenu);
  };
}

/** While the picture has the focus: arrows turn it (flat: move it), with shift they move it, page up and down come closer and go back. */
export function moved(camera: Camera, flat: boolean, key: string, shift: boolean): Camera | undefined {
  const arrows: Record<string, readonly [number, number]> = {
    ArrowLeft: [1, 0],
    ArrowRight: [-1, 0],
    ArrowUp: [0, 1],
    ArrowDown: [0, -1],
  };
  const arrow = arrows[key];
  if (arrow !== undefined) {
    const [x, y] = arrow;
    if (flat || shift) return pan(camera, flat, x * KEY_PAN, y * KEY_PAN);
    return orbit(camera, x * KEY_TURN, y * KEY_TURN);
  }
  if (key === 'PageUp') return zoom(camera, flat, 0.8);
  if (key === 'PageDown') return zoom(camera, flat, 1.25);
  return undefined;
}
