import { describe, expect, it } from 'vitest';
import type { SequenceMessage } from '../../server/index.js';
import { answering, isFree, LABEL, layByTime, moved } from './sequence-layout.js';

const message = (seq: number, ns: number, rest: Partial<SequenceMessage> = {}): SequenceMessage => ({
  seq,
  ns,
  from: 1,
  to: 2,
  kind: 'message',
  text: { text: '' },
  arriveNs: ns + 5,
  handleNs: -1,
  pair: 0,
  pairNs: -1,
  ...rest, // prettier-ignore
});

describe('messages by time', () => {
  it('stand where they were sent and arrived, with text where there is room', () => {
    const list = [message(1, 100), message(2, 101), message(3, 105, { from: 3 }), message(4, 130, { arriveNs: -1 })];
    expect(layByTime(list, { fromNs: 100, toNs: 200 }, 200).map(({ y, arriveY, labelled }) => [y, arriveY, labelled])).toEqual([
      [0, 10, true],
      [2, 12, false],
      [10, 20, true],
      [60, 60, true],
    ]); // prettier-ignore
  });

  it('are left out where they lie outside, and kept where a part is inside', () => {
    const list = [message(1, 80), message(2, 98), message(3, 300)];
    expect(layByTime(list, { fromNs: 100, toNs: 200 }, 100).map((each) => each.message.seq)).toEqual([2]);
  });
});

it('knows who had to answer, from the call to its reply or on', () => {
  const list = [message(1, 10, { kind: 'call', pair: 3 }), message(2, 15, { kind: 'call' }), message(3, 20, { kind: 'reply', from: 2, to: 1, pair: 1 })]; // prettier-ignore
  expect(answering(list, (each) => each.ns, 99)).toEqual([
    { process: 2, call: 1, from: 10, to: 20 },
    { process: 2, call: 2, from: 15, to: 99 },
  ]);
});

it('moves one of a list as far as it goes', () => {
  expect(moved([1, 2, 3], 1, 1)).toEqual([2, 1, 3]);
  expect(moved([1, 2, 3], 3, -9)).toEqual([3, 1, 2]);
  expect(moved([1, 2, 3], 1, 9)).toEqual([2, 3, 1]);
  expect(moved([1, 2, 3], 4, 1)).toEqual([1, 2, 3]);
});

describe('texts on arrows', () => {
  it('have room where no other one lies', () => {
    const placed = [{ left: 10, right: 60, y: 100 }];
    expect(isFree({ left: 50, right: 90, y: 100 + LABEL - 1 }, placed)).toBe(false);
    expect(isFree({ left: 60, right: 90, y: 100 }, placed)).toBe(true);
    expect(isFree({ left: 10, right: 60, y: 100 + LABEL }, placed)).toBe(true);
  });
});
