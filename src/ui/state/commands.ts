/** All that can be done with a key, by name: for the omnibox. */
import { areaOfWindow, setArea } from '../area/area-actions.js';
import { levelIn, levelOut } from '../levels/level-session.js';
import { toggleBase } from '../process/compare-with.js';
import type { Session } from './session.js';
import { GROUPINGS, HEATS, SORTINGS, STEP_UNITS } from './view-state.js';
import { GROUPING_LABEL, SORTING_LABEL } from './arrangement.js';
import { SPEEDS, speedText, UNIT_LABEL } from './player.js';

export interface Command {
  name: string;
  keys?: string;
  run: (session: Session) => void;
}

export const COMMANDS: readonly Command[] = [
  { name: 'Play or pause', keys: 'space', run: (s) => { s.player.toggle(); } },
  { name: 'Next crash', keys: 'n', run: (s) => { s.player.crash(1); } },
  { name: 'Previous crash', keys: 'N', run: (s) => { s.player.crash(-1); } },
  { name: 'Mark this moment', keys: 'k', run: (s) => { s.marks.begin(); } },
  { name: 'Mark the selected process', run: (s) => { s.marks.begin({ process: s.state.selected }); } },
  { name: 'Ask in SQL', keys: '4', run: (s) => { s.store.set({ main: 'query' }); } },
  { name: 'Bookmarks and notes', keys: 'K', run: (s) => { s.toggleMarks(); } },
  { name: 'Next bookmark', keys: 'j', run: (s) => { s.marks.step(1); } },
  { name: 'Previous bookmark', keys: 'J', run: (s) => { s.marks.step(-1); } },
  { name: 'Next match of the last search', keys: 't', run: (s) => void s.player.match(1) },
  { name: 'Previous match of the last search', keys: 'T', run: (s) => void s.player.match(-1) },
  { name: 'Play backwards, or forwards again', keys: 'r', run: (s) => { s.player.turn(); } },
  { name: 'Next line', keys: 'l', run: (s) => void s.player.step(1, 'line') },
  { name: 'Previous line', keys: 'L', run: (s) => void s.player.step(-1, 'line') },
  { name: 'Next message', keys: 'm', run: (s) => void s.player.step(1, 'message') },
  { name: 'Previous message', keys: 'M', run: (s) => void s.player.step(-1, 'message') },
  { name: 'Next callback', keys: 'b', run: (s) => void s.player.step(1, 'callback') },
  { name: 'Previous callback', keys: 'B', run: (s) => void s.player.step(-1, 'callback') },
  { name: 'Next change of the state', keys: ']', run: (s) => void s.player.step(1, 'change') },
  { name: 'Previous change of the state', keys: '[', run: (s) => void s.player.step(-1, 'change') },
  { name: 'First moment', keys: 'Home', run: (s) => void s.goTo('start') },
  { name: 'Last moment', keys: 'End', run: (s) => void s.goTo('end') },
  { name: 'The whole recording', keys: 'f', run: (s) => { s.fit(); } },
  { name: 'System: flat or in space', keys: 'v', run: (s) => { s.store.set({ main: 'system', flat: !s.state.flat }); } },
  { name: 'System: follow the chosen process, or let go', keys: 'F', run: (s) => { s.store.set({ main: 'system', follow: !s.state.follow }); } },
  { name: 'System: everything in view', keys: '0', run: (s) => { s.store.set({ main: 'system', camera: undefined, follow: false }); } },
  { name: 'Totals of what is seen: functions, messages, flame graph', keys: 'v', run: (s) => { areaOfWindow(s); } },
  { name: 'Give the area up', keys: 'V', run: (s) => { setArea(s, undefined); } },
  { name: 'Compare the chosen process with its counterpart', run: (s) => void s.compare.begin(s.state.selected) },
  { name: 'Compare the chosen process from the moment on', run: (s) => void s.compare.chooseSide('left', { recording: 0, process: s.state.selected, fromSeq: s.state.moment.seq ?? s.state.events?.at.seq ?? 0 }) },
  { name: 'Comparison: first difference', keys: 'J', run: (s) => { s.store.set({ main: 'compare' }); s.compare.firstDifference(); } },
  { name: 'Comparison: next difference', keys: 'j', run: (s) => { s.compare.stepDifference(1); } },
  { name: 'Comparison: previous difference', keys: 'k', run: (s) => { s.compare.stepDifference(-1); } },
  { name: 'Print afterwards: an expression at every execution of the line', keys: 'p', run: (s) => { s.code.prints.start(); } },
  { name: 'Go to a line or function of the source', keys: 'g', run: () => { dispatchEvent(new Event('elixirscope-go')); } },
  { name: 'Open or close the source', keys: 'c', run: (s) => { s.code.toggle(); } },
  { name: 'Open or close the tall lane', keys: 'x', run: (s) => { s.toggleTall(s.state.selected); } },
  { name: 'Messages by their time', keys: 'Q', run: (s) => { s.store.set({ sequence: s.state.sequence ?? [], sequenceScale: 'time', source: undefined }); } },
  { name: 'Open or close the sequence of messages', keys: 'q', run: (s) => { s.toggleSequence(); } },
  { name: 'Pin the lane, or unpin it', keys: 'P', run: (s) => { s.arrangement.togglePin(s.state.selected); } },
  { name: 'Unpin all lanes', run: (s) => { s.arrangement.unpinAll(); } },
  ...GROUPINGS.map((grouping) => ({
    name: `Lanes by ${GROUPING_LABEL[grouping].toLowerCase()}`,
    run: (s: Session) => { s.arrangement.group(grouping); },
  })),
  ...SORTINGS.map((sorting) => ({
    name: `Sort lanes by ${SORTING_LABEL[sorting].toLowerCase()}`,
    run: (s: Session) => { s.arrangement.sort(sorting); },
  })),
  { name: 'Filter processes', run: () => { dispatchEvent(new Event('elixirscope-search')); } },
  { name: 'Choose no process', keys: 'Esc', run: (s) => { s.select(0); } },
  { name: 'Colours: light', run: (s) => { s.store.set({ theme: 'light' }); } },
  { name: 'Colours: dark', run: (s) => { s.store.set({ theme: 'dark' }); } },
  { name: 'Colours: as the system has them', run: (s) => { s.store.set({ theme: 'auto' }); } },
  { name: 'A level in', keys: 'PageDown', run: (s) => void levelIn(s).catch((error: unknown) => { s.fail(error); }) },
  { name: 'A level out', keys: 'PageUp', run: (s) => { levelOut(s); } },
  { name: 'Compare the state with this moment, or no more', keys: 'i', run: (s) => { toggleBase(s); } },
  { name: 'Compare the state with the start', run: (s) => { s.setBase({ ns: 0, seq: 0 }); } },
  { name: 'Both states side by side', keys: 'I', run: (s) => { s.store.set({ sides: true }); } },
  { name: 'Keys and marks', keys: '?', run: (s) => { s.store.set({ help: true }); } },
  ...STEP_UNITS.map((unit) => ({
    name: `Step by ${UNIT_LABEL[unit]}`,
    run: (s: Session) => { s.store.set({ unit }); },
  })),
  ...HEATS.map((heat) => ({
    name: `System: colour tells ${heat === 'cpu' ? 'running time' : heat === 'none' ? 'the kind' : heat}`,
    run: (s: Session) => { s.store.set({ main: 'system', colour: heat }); },
  })),
  ...SPEEDS.map((speed) => ({
    name: `Speed ${speedText(speed)}`,
    run: (s: Session) => { s.store.set({ speed }); },
  })),
]; // prettier-ignore

/** Every word of the text begins or lies in the name. */
export function matches(name: string, text: string): boolean {
  const lower = name.toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => lower.includes(word));
}
