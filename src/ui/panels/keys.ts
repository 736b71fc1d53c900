/** The keyboard. */
import { useEffect } from 'react';
import { levelIn, levelOut } from '../levels/level-session.js';
import { toggleBase } from '../process/compare-with.js';
import type { Session } from '../state/session.js';
import { HEATS } from '../state/view-state.js';
import { areaOfWindow, moveArea, setArea } from '../area/area-actions.js';
import { VIEWS } from './view-switch.js';

export function useKeys(session: Session): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const { target } = event;
      if ((event.ctrlKey || event.metaKey) && event.key === 'k') {
        event.preventDefault();
        session.store.set({ omnibox: !session.state.omnibox });
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (
        target instanceof HTMLInputElement ||
        target instanceof HTMLSelectElement ||
        target instanceof HTMLTextAreaElement ||
        document.querySelector('dialog[open]') !== null
      )
        return;
      const meant =
        event.shiftKey && event.key.startsWith('Arrow') ? moveArea(session, event.key) : handle(session, event.key);
      if (meant) event.preventDefault();
    };
    addEventListener('keydown', onKey);
    return () => {
      removeEventListener('keydown', onKey);
    };
  }, [session]);
}

/** True when the key meant something. */
function handle(session: Session, key: string): boolean {
  const { state } = session;
  const { window, moment, info } = state;
  const span = window.toNs - window.fromNs;
  const centre = moment.ns >= window.fromNs && moment.ns <= window.toNs ? moment.ns : (window.fromNs + window.toNs) / 2;
  const view = VIEWS.find((each) => each.keys === key);
  if (view !== undefined) {
    session.store.set({ main: view.main });
    return true;
  }
  if (state.main === 'compare' && session.compare.key(key)) return true;
  const change = (to: { seq: number; ns: number } | undefined): void => {
    if (to === undefined) session.notice('No such change of the state');
    else {
      session.setMoment(to);
      session.revealMoment();
    }
  };
  switch (key) {
    case 'w':
    case 'W':
      session.zoom(0.7, centre);
      return true;
    case 's':
    case 'S':
      session.zoom(1 / 0.7, centre);
      return true;
    case 'a':
    case 'A':
    case 'ArrowLeft':
      session.pan(-span * 0.12);
      return true;
    case 'd':
    case 'D':
    case 'ArrowRight':
      session.pan(span * 0.12);
      return true;
    case '.':
      void session.player.step(1);
      return true;
    case ',':
      void session.player.step(-1);
      return true;
    case 'l':
      void session.player.step(1, 'line');
      return true;
    case 'L':
      void session.player.step(-1, 'line');
      return true;
    case 'm':
      void session.player.step(1, 'message');
      return true;
    case 'M':
      void session.player.step(-1, 'message');
      return true;
    case 'b':
      void session.player.step(1, 'callback');
      return true;
    case 'B':
      void session.player.step(-1, 'callback');
      return true;
    case 'n':
      session.player.crash(1);
      return true;
    case 'N':
      session.player.crash(-1);
      return true;
    case 'u':
      session.player.nextUnit();
      return true;
    case '+':
    case '=':
    case '>':
      session.player.faster(1);
      return true;
    case '-':
    case '<':
      session.player.faster(-1);
      return true;
    case '[':
      change(state.panel?.previousChange);
      return true;
    case ']':
      change(state.panel?.nextChange);
      return true;
    case 'ArrowUp':
    case 'ArrowDown': {
      const rows = session.lanes().rows.filter((row) => row.process > 0);
      const at = rows.findIndex((row) => row.process === state.selected);
      const next = rows[at < 0 ? 0 : at + (key === 'ArrowUp' ? -1 : 1)];
      if (next !== undefined) session.select(next.process);
      return true;
    }
    case 'Home':
      void session.goTo('start');
      return true;
    case 'End':
      if (info?.live === true) session.follow();
      else void session.goTo('end');
      return true;
    case 'f':
      session.fit();
      return true;
    case 'z':
      session.setWindow(moment.ns - span / 20, moment.ns + span / 20);
      return true;
    case 'v':
      // Of the system, flat or in space; of the timeline, what is seen becomes the area.
      if (state.main === 'system') session.store.set({ flat: !state.flat });
      else areaOfWindow(session);
      return true;
    case 'V':
      setArea(session, undefined);
      return true;
    case '/':
      session.store.set({ omnibox: true });
      return true;
    case 'h':
    case 'H': {
      if (state.main !== 'system') return false;
      const what = key === 'h' ? 'colour' : 'size';
      session.store.set({ [what]: HEATS[(HEATS.indexOf(state[what]) + 1) % HEATS.length]! });
      return true;
    }
    case 'F':
      if (state.selected > 0) session.store.set({ follow: !state.follow });
      return true;
    case '0':
      session.store.set({ camera: undefined, follow: false });
      return true;
    case 'x':
      session.toggleTall(state.selected);
      return true;
    case 'P':
      session.arrangement.togglePin(state.selected);
      return true;
    case 'o':
      session.arrangement.nextSorting();
      return true;
    case 'O':
      session.arrangement.nextGrouping();
      return true;
    case 'q':
      session.toggleSequence();
      return true;
    case 'p':
      session.code.prints.start();
      return true;
    case 'g':
      if (state.source === undefined) return false;
      dispatchEvent(new Event('elixirscope-go'));
      return true;
    case 'Q':
      session.store.set({
        sequenceScale: state.sequence !== undefined && state.sequenceScale === 'rows' ? 'time' : 'rows',
        sequence: state.sequence ?? [],
        source: undefined,
      });
      return true;
    case 'c':
      session.code.toggle();
      return true;
    case 'k':
      session.marks.begin();
      return true;
    case 'K':
      session.toggleMarks();
      return true;
    case 'j':
      session.marks.step(1);
      return true;
    case 'J':
      session.marks.step(-1);
      return true;
    case 't':
      void session.player.match(1);
      return true;
    case 'T':
      void session.player.match(-1);
      return true;
    case 'r':
      session.player.turn();
      return true;
    case 'i':
      toggleBase(session);
      return true;
    case 'I':
      if (state.panel?.state !== undefined) session.store.set({ sides: true });
      return true;
    case 'PageDown':
      void levelIn(session).catch((error: unknown) => {
        session.fail(error);
      });
      return true;
    case 'PageUp':
      levelOut(session);
      return true;
    case '?':
      session.store.set({ help: true });
      return true;
    case ' ':
      session.player.toggle();
      return true;
    case 'Escape':
      if (state.event > 0) session.closeDetail();
      else if (state.area !== undefined) setArea(session, undefined);
      else if (state.selected > 0) session.select(0);
      return true;
    default:
      return false;
  }
}
