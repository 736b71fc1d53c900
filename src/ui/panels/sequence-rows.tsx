/** Messages one a row: what matters is the order; the time stands beside it. */
import { useLayoutEffect, useRef, type ReactNode } from 'react';
import type { SequenceMessage, SequenceResult } from '../../server/index.js';
import { answering } from '../model/sequence-layout.js';
import { duration, momentText } from '../model/time.js';
import { useSession, useView } from './context.js';
import { SequenceHeads } from './sequence-heads.js';
import { Payload } from './sequence-payload.js';

const ROW = 30;
const HEAD = 30;
const EDGE = 28;
export const TIME = 96;
/** Of an unfolded value, which scrolls inside of it. */
const PAYLOAD = 132;

export interface ChartProps {
  result: SequenceResult;
  width: number;
  height: number;
  /** The message whose value is unfolded; 0: none. */
  open: number;
  setOpen: (seq: number) => void;
  /** Asks for more on both sides; undefined: that is all one gets. */
  more: (() => void) | undefined;
}

export function SequenceRows({ result, width, height, open, setOpen, more }: ChartProps): ReactNode {
  const session = useSession();
  const event = useView((state) => state.event);
  const body = useRef<HTMLDivElement>(null);
  const { participants, messages, at } = result;
  const past = messages.findIndex((each) => each.seq > at.seq);
  const now = past < 0 ? messages.length : past;
  const unfolded = messages.findIndex((each) => each.seq === open);
  const topOf = (row: number): number => EDGE + row * ROW + (unfolded >= 0 && row > unfolded ? PAYLOAD : 0);
  const rowOf = new Map(messages.map((each, i) => [each.seq, i]));
  // The moment stays two thirds down: the past is what explains.
  useLayoutEffect(() => {
    const box = body.current;
    if (box !== null) box.scrollTop = HEAD + EDGE + now * ROW - box.clientHeight * 0.6;
  }, [now, messages]);
  const step = Math.max(110, (width - TIME - 24) / participants.length);
  const x = (process: number): number => TIME + step * (participants.indexOf(process) + 0.5);
  const total = TIME + step * participants.length;
  const bottom = topOf(messages.length) + EDGE;
  return (
    <div className="sequence-body" ref={body} tabIndex={0} style={{ height: `${String(height)}px` }}>
      <SequenceHeads participants={participants} x={x} step={step} width={total} />
      <div className="sequence-rows" style={{ width: `${String(total)}px`, height: `${String(bottom)}px` }}>
        {participants.map((process) => (
          <span key={process} className="sequence-life" style={{ left: `${String(x(process))}px` }} />
        ))}
        {answering(messages, (each) => topOf(rowOf.get(each.seq)!) + 24, bottom).map((each) => (
          <span
            key={each.call}
            className="sequence-answering"
            style={{
              left: `${String(x(each.process) - 3)}px`,
              top: `${String(each.from)}px`,
              height: `${String(Math.max(3, each.to - each.from))}px`,
            }}
          />
        ))}
        <Edge top={0} more={result.moreBefore ? more : undefined} there={result.moreBefore} what="earlier" />
        <span className="sequence-now" style={{ top: `${String(topOf(now))}px` }} title="The moment" />
        {messages.map((message, i) => (
          <Message
            key={message.seq}
            message={message}
            top={topOf(i)}
            from={x(message.from)}
            to={x(message.to)}
            step={step}
            later={i >= now}
            chosen={message.seq === event}
            paired={message.pair > 0 && message.pair === event}
            open={message.seq === open}
            setOpen={setOpen}
          />
        ))}
        {unfolded >= 0 && (
          <div
            className="sequence-unfolded"
            style={{ top: `${String(topOf(unfolded) + ROW)}px`, height: `${String(PAYLOAD - 6)}px`, width: `${String(Math.min(total, width) - TIME - 16)}px` }} // prettier-ignore
          >
            <p className="faint">
              {`${NAMES[messages[unfolded]!.kind]} from ${session.name(messages[unfolded]!.from)} to ${session.name(messages[unfolded]!.to)}, ${tookText(messages[unfolded]!)}`}
            </p>
            <Payload seq={open} />
          </div>
        )}
        <Edge top={bottom - EDGE} more={result.moreAfter ? more : undefined} there={result.moreAfter} what="later" />
      </div>
    </div>
  );
}

function Edge({
  top,
  more,
  there,
  what,
}: {
  top: number;
  more: (() => void) | undefined;
  there: boolean;
  what: string;
}): ReactNode {
  return (
    <p className="sequence-edge" style={{ top: `${String(top)}px` }}>
      {more !== undefined ? (
        <button type="button" className="link" onClick={more}>{`more ${what} messages`}</button>
      ) : there ? (
        `there are more ${what} messages: move the moment`
      ) : (
        `no ${what} messages`
      )}
    </p>
  );
}

export const NAMES: Record<SequenceMessage['kind'], string> = {
  call: 'call',
  reply: 'reply',
  cast: 'cast',
  message: 'message',
};

export function tookText({ kind, ns, arriveNs, handleNs, pairNs }: SequenceMessage): string {
  if (kind === 'reply' && pairNs >= 0) return `${duration(pairNs)} for the call`;
  if (handleNs >= 0) return `handled after ${duration(handleNs - ns)}`;
  return arriveNs >= 0 ? `there after ${duration(arriveNs - ns)}` : 'not seen to arrive';
}

/** What stands on the arrow. */
export function latency({ kind, ns, arriveNs, handleNs, pairNs }: SequenceMessage): string {
  if (kind === 'reply' && pairNs >= 0) return duration(pairNs);
  return handleNs >= 0 ? duration(handleNs - ns) : arriveNs >= 0 ? duration(arriveNs - ns) : '';
}

function Message({
  message,
  top,
  from,
  to,
  step,
  later,
  chosen,
  paired,
  open,
  setOpen,
}: {
  message: SequenceMessage;
  top: number;
  from: number;
  to: number;
  step: number;
  later: boolean;
  chosen: boolean;
  paired: boolean;
  open: boolean;
  setOpen: (seq: number) => void;
}): ReactNode {
  const session = useSession();
  const { kind, text, arriveNs, ns } = message;
  const self = from === to;
  const left = self ? from : Math.min(from, to);
  const width = self ? step * 0.4 : Math.abs(to - from);
  const title = `${NAMES[kind]} from ${session.name(message.from)} to ${session.name(message.to)}\n${text.text}\n${momentText(ns)}, ${tookText(message)}`;
  return (
    <>
      <button
        type="button"
        className={`sequence-message is-${kind}${later ? ' is-later' : ''}${chosen ? ' is-chosen' : ''}${paired ? ' is-paired' : ''}${arriveNs < 0 ? ' is-lost' : ''}`}
        style={{ top: `${String(top)}px` }}
        title={title}
        data-testid="sequence-message"
        data-seq={message.seq}
        data-kind={kind}
        data-pair={message.pair}
        onClick={() => {
          session.jump({ seq: message.seq, ns, process: message.from }, { keepProcess: true });
        }}
      >
        <span className="sequence-time num">{momentText(ns)}</span>
        <span
          className={`sequence-arrow${self ? ' is-self' : to < from ? ' is-left' : ''}`}
          style={{ left: `${String(left)}px`, width: `${String(width)}px` }}
        >
          <span className="sequence-text">
            <bdi>{text.text}</bdi>
          </span>
          <span className="sequence-took num">{latency(message)}</span>
        </span>
      </button>
      <button
        type="button"
        className={`sequence-fold${open ? ' is-open' : ''}`}
        style={{ top: `${String(top + 2)}px` }}
        aria-expanded={open}
        aria-label={`${open ? 'Fold' : 'Unfold'} ${NAMES[kind]} #${String(message.seq)}`}
        title={open ? 'Fold its value' : 'Unfold its value'}
        data-testid="sequence-fold"
        onClick={() => {
          setOpen(open ? 0 : message.seq);
        }}
      >
        {open ? '▾' : '▸'}
      </button>
    </>
  );
}
