/**
 * Messages between a few processes around the moment, one a line: who said what to whom, how long it took, which reply belongs to which call.
 * Lines stand equally far apart: what matters is the order; the time stands beside it.
 */
import { useEffect, useLayoutEffect, useRef, useState, type ReactNode } from 'react';
import type { SequenceMessage, SequenceResult } from '../../server/index.js';
import { duration, momentText } from '../model/time.js';
import { useSession, useView } from './context.js';
import { LabelName } from './lane-labels.js';

const ROW = 30;
const HEAD = 30;
const TIME = 96;

export function SequencePanel(): ReactNode {
  const session = useSession();
  const chosen = useView((state) => state.sequence);
  const selected = useView((state) => state.selected);
  const result = useSequence(chosen, selected);
  if (chosen === undefined) return undefined;
  const participants = result?.participants ?? [];
  return (
    <section className="source sequence" aria-label="Messages" data-testid="sequence">
      <header className="source-head">
        <strong>Messages</strong>
        <span className="faint clip">
          {chosen.length > 0
            ? 'between the chosen processes'
            : selected > 0
              ? `of ${session.name(selected)} and those it speaks with`
              : 'between those that speak most'}
          {', around the moment'}
        </span>
        <span className="source-end">
          {selected > 0 && participants.length > 0 && !participants.includes(selected) && (
            <button
              type="button"
              className="icon-button"
              onClick={() => {
                session.store.set({ sequence: [...participants, selected] });
              }}
            >
              {`add ${session.name(selected)}`}
            </button>
          )}
          {chosen.length > 0 ? (
            <button
              type="button"
              className="icon-button"
              title="Choose by themselves again"
              onClick={() => {
                session.store.set({ sequence: [] });
              }}
            >
              choose anew
            </button>
          ) : (
            <button
              type="button"
              className="icon-button"
              title="Stay with these processes, whichever is selected"
              disabled={participants.length === 0}
              onClick={() => {
                session.store.set({ sequence: participants });
              }}
            >
              keep these
            </button>
          )}
          <button
            type="button"
            className="icon-button"
            title="Close ( q )"
            aria-label="Close the messages"
            onClick={() => {
              session.store.set({ sequence: undefined });
            }}
          >
            ✕
          </button>
        </span>
      </header>
      {result === undefined ? (
        <p className="hint-text">Looking…</p>
      ) : result.messages.length === 0 ? (
        <div className="hint-text" data-testid="sequence-empty">
          <p>No messages between recorded processes around this moment.</p>
          <p className="faint">Choose another process, or move the moment.</p>
        </div>
      ) : (
        <Chart result={result} />
      )}
    </section>
  );
}

function Chart({ result }: { result: SequenceResult }): ReactNode {
  const session = useSession();
  const selected = useView((state) => state.selected);
  const event = useView((state) => state.event);
  const chosen = useView((state) => state.sequence);
  const body = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(800);
  const { participants, messages, at } = result;
  const past = messages.findIndex((each) => each.seq > at.seq);
  const now = past < 0 ? messages.length : past;
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      setWidth(entry!.contentRect.width);
    });
    observer.observe(body.current!);
    return () => {
      observer.disconnect();
    };
  }, []);
  // The moment stays two thirds down: the past is what explains.
  useLayoutEffect(() => {
    const box = body.current;
    if (box !== null) box.scrollTop = HEAD + now * ROW - box.clientHeight * 0.6;
  }, [now, messages]);
  const step = Math.max(110, (width - TIME - 24) / participants.length);
  const x = (process: number): number => TIME + step * (participants.indexOf(process) + 0.5);
  const total = TIME + step * participants.length;
  return (
    <div className="sequence-body" ref={body} tabIndex={0}>
      <div className="sequence-heads" style={{ width: `${String(total)}px` }}>
        {participants.map((process) => (
          <span
            key={process}
            className={`sequence-head${process === selected ? ' is-selected' : ''}`}
            style={{ left: `${String(x(process) - step / 2)}px`, width: `${String(step)}px` }}
          >
            <button
              type="button"
              className="link"
              title={session.name(process)}
              onClick={() => {
                session.select(process);
              }}
            >
              <LabelName name={session.name(process)} />
            </button>
            {participants.length > 2 && (
              <button
                type="button"
                className="sequence-drop"
                title={`Without ${session.name(process)}`}
                aria-label={`Without ${session.name(process)}`}
                onClick={() => {
                  session.store.set({ sequence: participants.filter((each) => each !== process) });
                }}
              >
                ✕
              </button>
            )}
          </span>
        ))}
      </div>
      <div
        className="sequence-rows"
        style={{ width: `${String(total)}px`, height: `${String(messages.length * ROW + 12)}px` }}
        data-kept={chosen !== undefined && chosen.length > 0}
      >
        {participants.map((process) => (
          <span key={process} className="sequence-life" style={{ left: `${String(x(process))}px` }} />
        ))}
        <span className="sequence-now" style={{ top: `${String(now * ROW)}px` }} title="The moment" />
        {messages.map((message, i) => (
          <Message
            key={message.seq}
            message={message}
            top={i * ROW}
            from={x(message.from)}
            to={x(message.to)}
            step={step}
            later={i >= now}
            chosen={message.seq === event}
          />
        ))}
      </div>
    </div>
  );
}

const NAMES: Record<SequenceMessage['kind'], string> = {
  call: 'call',
  reply: 'reply',
  cast: 'cast',
  message: 'message',
};

function Message({
  message,
  top,
  from,
  to,
  step,
  later,
  chosen,
}: {
  message: SequenceMessage;
  top: number;
  from: number;
  to: number;
  step: number;
  later: boolean;
  chosen: boolean;
}): ReactNode {
  const session = useSession();
  const { kind, text, handleNs, arriveNs, ns, pairNs } = message;
  const took =
    kind === 'reply' && pairNs >= 0
      ? `${duration(pairNs)} for the call`
      : handleNs >= 0
        ? `handled after ${duration(handleNs - ns)}`
        : arriveNs >= 0
          ? `there after ${duration(arriveNs - ns)}`
          : 'not seen to arrive';
  const self = from === to;
  const left = self ? from : Math.min(from, to);
  const width = self ? step * 0.4 : Math.abs(to - from);
  const title = `${NAMES[kind]} from ${session.name(message.from)} to ${session.name(message.to)}\n${text.text}\n${momentText(ns)}, ${took}`;
  return (
    <button
      type="button"
      className={`sequence-message is-${kind}${later ? ' is-later' : ''}${chosen ? ' is-chosen' : ''}${arriveNs < 0 ? ' is-lost' : ''}`}
      style={{ top: `${String(top)}px` }}
      title={title}
      data-testid="sequence-message"
      data-seq={message.seq}
      data-kind={kind}
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
        <span className="sequence-took num">
          {kind === 'reply' && pairNs >= 0 ? duration(pairNs) : handleNs >= 0 ? duration(handleNs - ns) : ''}
        </span>
      </span>
    </button>
  );
}

function useSequence(chosen: readonly number[] | undefined, selected: number): SequenceResult | undefined {
  const session = useSession();
  const events = useView((state) => state.events);
  const [result, setResult] = useState<SequenceResult | undefined>(undefined);
  const seq = events?.at.seq;
  useEffect(() => {
    if (chosen === undefined || seq === undefined) return;
    let gone = false;
    const about = chosen.length === 0 && selected > 0 ? { about: selected } : {};
    session.client.ask('sequence', { processes: [...chosen], at: { seq }, ...about }, 'sequence').then(
      (answer) => {
        if (!gone) setResult(answer);
      },
      (error: unknown) => {
        session.fail(error);
      },
    );
    return () => {
      gone = true;
    };
  }, [session, chosen, selected, seq]);
  return result;
}
