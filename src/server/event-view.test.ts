import { describe, expect, it } from 'vitest';
import type { EventKind, PointInfo } from '../recording/index.js';
import { binary, int, list, type Term } from '../term/index.js';
import { viewEvent } from './event-view.js';

const point: PointInfo = {
  what: 'line',
  line: 3,
  column: 1,
  label: 'send/2',
  names: [
    { name: 'left', line: 3 },
    { name: 'rest', line: 3 },
  ],
};
const text = (kind: EventKind, terms: Term[], at: PointInfo | undefined = point): string =>
  viewEvent(
    { seq: 1, ns: 0, kind, flags: 0, process: 1, peer: 0, fn: 7, cause: 0, terms },
    { syntax: 'elixir', functionName: () => 'M.f/1', point: () => at },
  ).text.text;

describe('an event as a row of text', () => {
  it('has the arguments of a call one by one, also where together they look like a charlist', () => {
    expect(text('call', [list([int(42)])])).toBe('(42)');
    expect(text('call', [list([int(1), binary('<b>')])])).toBe('(1, "<b>")');
    expect(text('call', [list([])])).toBe('()');
    expect(text('call', [])).toBe('');
  });

  it('has the variables that a line bound, by name, or what stands there', () => {
    expect(text('line', [list([int(42), int(7)])])).toBe('left = 42, rest = 7');
    expect(text('line', [list([])])).toBe('send/2');
    expect(text('line', [])).toBe('send/2');
    expect(text('line', [list([int(1)])], { ...point, names: [{ name: 'a\u001b', line: 1 }] })).toBe('a␛ = 1');
  });
});
