/**
 * Messages by their time: y is when they were sent and when they arrived, inside of the window.
 *
 *     A         B
 *     ├──take──▶│ ▒   a call, and in which time B had to answer it
 *     │         │ ▒
 *     │◀──ok────┤ ▒
 */
import type { SequenceMessage } from '../../server/index.js';

/** Labels nearer than this to another would lie on it. */
export const LABEL = 15;

export interface TimedMessage {
  message: SequenceMessage;
  y: number;
  /** Where it arrives; the same where that is not known. */
  arriveY: number;
  /** There is room for its text. */
  labelled: boolean;
}

export function layByTime(
  messages: readonly SequenceMessage[],
  window: { fromNs: number; toNs: number },
  height: number,
): TimedMessage[] {
  const scale = height / Math.max(1, window.toNs - window.fromNs);
  // The text stands at the arrow's beginning: of one process and one place there is one.
  const last = new Map<string, number>();
  const laid: TimedMessage[] = [];
  for (const message of messages) {
    const y = (message.ns - window.fromNs) * scale;
    const arriveY = message.arriveNs < 0 ? y : (message.arriveNs - window.fromNs) * scale;
    if (Math.max(y, arriveY) < 0 || y > height) continue;
    const lane = [message.from, message.to].sort((a, b) => a - b).join('-');
    const before = last.get(lane) ?? -Infinity;
    const labelled = y >= before + LABEL && y >= 0;
    if (labelled) last.set(lane, y);
    laid.push({ message, y, arriveY, labelled });
  }
  return laid;
}

/** A text on one line. */
export interface LabelBox {
  left: number;
  right: number;
  y: number;
}

/** Whether a text lies on none of those that stand already. */
export const isFree = (box: LabelBox, placed: readonly LabelBox[]): boolean =>
  !placed.some((each) => Math.abs(each.y - box.y) < LABEL && box.left < each.right && each.left < box.right);

/** The time, or the rows, between a call and its reply, by who had to answer. */
export interface Answering {
  process: number;
  call: number;
  from: number;
  to: number;
}

/** `place`: where a message stands; `end`: where what has no reply yet ends. */
export function answering(
  messages: readonly SequenceMessage[],
  place: (message: SequenceMessage, at: 'call' | 'reply') => number,
  end: number,
): Answering[] {
  const replies = new Map(messages.filter(({ kind }) => kind === 'reply').map((each) => [each.seq, each]));
  return messages.flatMap((call) => {
    if (call.kind !== 'call') return [];
    const reply = replies.get(call.pair);
    return [
      {
        process: call.to,
        call: call.seq,
        from: place(call, 'call'),
        to: reply === undefined ? end : place(reply, 'reply'),
      },
    ];
  });
}

/** The list with one of it moved by so many places, as far as that goes. */
export function moved<T>(list: readonly T[], what: T, by: number): T[] {
  const from = list.indexOf(what);
  if (from < 0) return [...list];
  const rest = list.filter((_, i) => i !== from);
  rest.splice(Math.min(rest.length, Math.max(0, from + by)), 0, what);
  return rest;
}
