/** Where something occurs, for people and for programs. */
import type { Occurrence } from '../recording/index.js';
import { printPath } from '../term/index.js';
import { eventJson, eventLine } from './event-line.js';
import type { Show } from './show.js';
import { fit, terminalWidth } from './table.js';

const WIDTH = 160;
/** Values are shown to this length: they are a place to look at, not the whole. */
const VALUE = 120;

export function occurrenceJson({ event, places }: Occurrence, show: Show): Record<string, unknown> {
  return {
    ...eventJson(event, show),
    places: places.map(({ term, path, value }) => ({ term, path: printPath(path), value: show.term(value) })),
  };
}

/** The event on one line, below it each place with its value. */
export function occurrenceText({ event, places }: Occurrence, show: Show): string {
  const width = terminalWidth() || WIDTH;
  const lines = places.map(
    ({ path, value }) => `          ${printPath(path) || '(whole)'}: ${fit(show.term(value), VALUE)}`,
  );
  return [eventLine(event, show), ...lines].map((line) => fit(line, width)).join('\n');
}
