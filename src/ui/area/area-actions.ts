/** What a person can do with an area: make it, move its ends, give it up. */
import type { Session } from '../state/session.js';
import type { Totals } from '../state/totals.js';
import type { Area } from '../state/view-state.js';

const LEAST_NS = 1;

/** Undefined: gives it up. An area lies within the recording; its totals take the place of source and messages. */
export function setArea(session: Session, area: Area | undefined): void {
  if (area === undefined) {
    session.store.set({ area: undefined });
    return;
  }
  const end = Math.max(LEAST_NS, Math.ceil(session.state.info?.end.ns ?? 0));
  const fromNs = Math.min(Math.max(0, Math.round(Math.min(area.fromNs, area.toNs))), end - LEAST_NS);
  const toNs = Math.min(Math.max(fromNs + LEAST_NS, Math.round(Math.max(area.fromNs, area.toNs))), end);
  session.store.set({
    area: { fromNs, toNs, processes: area.processes },
    source: undefined,
    sequence: undefined,
    marks: false,
  });
}

/** The area is what is seen: the window, and where lanes are filtered, those. */
export function areaOfWindow(session: Session): void {
  const { window, filter } = session.state;
  const rows = session.lanes().rows;
  const processes = filter === '' ? undefined : processesOfRows(session, 0, rows.length - 1);
  setArea(session, { ...window, processes });
}

/** Those whose lanes are these rows, also when a folded row stands for them. Undefined: all. */
export function processesOfRows(session: Session, first: number, last: number): number[] | undefined {
  const { rowOf } = session.lanes();
  const processes: number[] = [];
  for (let id = 1; id <= session.processes.length; id++) {
    const row = rowOf[id] ?? -1;
    if (row >= first && row <= last) processes.push(id);
  }
  return processes.length === session.processes.length ? undefined : processes;
}

/** Shift and an arrow: left and right move the end, up and down take lanes in or leave them out. False: it means nothing. */
export function moveArea(session: Session, key: string): boolean {
  const { area, window, moment, selected } = session.state;
  const step = (window.toNs - window.fromNs) / 25;
  const { rowOf, rows } = session.lanes();
  if (key === 'ArrowLeft' || key === 'ArrowRight') {
    const by = key === 'ArrowRight' ? step : -step;
    if (area === undefined) {
      const processes = selected > 0 ? [selected] : undefined;
      setArea(session, { fromNs: moment.ns, toNs: moment.ns + by, processes });
    } else setArea(session, { ...area, toNs: Math.max(area.fromNs + LEAST_NS, area.toNs + by) });
    return true;
  }
  if ((key !== 'ArrowUp' && key !== 'ArrowDown') || area === undefined) return false;
  // From the lane that is selected, or the first, on.
  const covered = (area.processes ?? []).map((each) => rowOf[each] ?? -1).filter((row) => row >= 0);
  const anchor = Math.max(0, selected > 0 ? (rowOf[selected] ?? 0) : 0);
  const first = covered.length === 0 ? anchor : Math.min(...covered);
  const last = covered.length === 0 ? anchor - (key === 'ArrowDown' ? 1 : 0) : Math.max(...covered);
  const to = Math.min(rows.length - 1, Math.max(first, last + (key === 'ArrowDown' ? 1 : -1)));
  setArea(session, { ...area, processes: processesOfRows(session, first, to) });
  return true;
}

export function setTotals(session: Session, change: Partial<Totals>): void {
  session.store.set({ totals: { ...session.state.totals, ...change } });
}
