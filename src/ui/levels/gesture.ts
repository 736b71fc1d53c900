/** Alt and the wheel go a level in or out, from what is under the pointer. */
import { useEffect } from 'react';
import { RULER } from '../model/lane-layout.js';
import type { Session } from '../state/session.js';
import { levelIn, levelOut, type Under } from './level-session.js';

/** So far a wheel has to turn, and so long until it turns another level: a touchpad sends dozens of small turns. */
const TURN = 50;
const REST_MS = 300;

export function useLevelGesture(session: Session): void {
  useEffect(() => {
    let turned = 0;
    let last = 0;
    const onWheel = (event: WheelEvent): void => {
      if (!event.altKey || event.ctrlKey || document.querySelector('dialog[open]') !== null) return;
      event.preventDefault();
      event.stopPropagation();
      // Where alt makes browsers scroll sideways, the turn stands there.
      turned += Math.abs(event.deltaY) >= Math.abs(event.deltaX) ? event.deltaY : event.deltaX;
      if (Math.abs(turned) < TURN || event.timeStamp - last < REST_MS) return;
      last = event.timeStamp;
      const direction = turned;
      turned = 0;
      if (direction > 0) levelOut(session);
      else void levelIn(session, under(session, event.target, event.clientY)).catch((error: unknown) => { session.fail(error); }); // prettier-ignore
    };
    addEventListener('wheel', onWheel, { passive: false, capture: true });
    return () => {
      removeEventListener('wheel', onWheel, { capture: true });
    };
  }, [session]);
}

function under(session: Session, target: EventTarget | null, clientY: number): Under {
  if (!(target instanceof Element)) return {};
  const line = target.closest<HTMLElement>('.source-row[data-line]')?.dataset['line'];
  if (line !== undefined) return { line: Number(line) };
  const named = target.closest<HTMLElement>('.left [data-process]')?.dataset['process'];
  if (named !== undefined && Number(named) > 0) return { process: Number(named) };
  const lanes = target.closest('.canvases');
  if (lanes === null) return {};
  const { top, height } = lanes.getBoundingClientRect();
  const layout = session.layout();
  const row = layout.view(session.state.scrollTop, height - RULER).rowAt(clientY - top - RULER);
  const process = layout.rows[row]?.process ?? 0;
  return process > 0 ? { process } : {};
}
