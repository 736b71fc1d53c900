/** The colours of marks. Each has a sign of its own, so that colour is never the only difference. */
import type { MarkColourName } from '../../server/index.js';

export const COLOURS: readonly { colour: MarkColourName; sign: string }[] = [
  { colour: 'blue', sign: '●' },
  { colour: 'orange', sign: '▲' },
  { colour: 'green', sign: '■' },
  { colour: 'purple', sign: '◆' },
  { colour: 'yellow', sign: '★' },
  { colour: 'red', sign: '✚' },
  { colour: 'grey', sign: '○' },
];

export const signOf = (colour: MarkColourName): string => COLOURS.find((each) => each.colour === colour)?.sign ?? '○';
