/** Messages between a few processes: who said what to whom, how long it took, which reply belongs to which call. */
import { useEffect, useRef, useState, type ReactNode } from 'react';
import type { SequenceResult } from '../../server/index.js';
import { isRecorded } from '../state/view-state.js';
import { useSession, useView } from './context.js';
import { AddParticipant } from './sequence-heads.js';
import { SequenceRows } from './sequence-rows.js';
import { SequenceTime } from './sequence-time.js';
import { useKept } from './use-kept.js';

/** Messages on each side of the moment: at first, and at most. */
const FIRST = 80;
const MOST = 640;
/** In the window. */
const TIMED = 400;

export function SequencePanel(): ReactNode {
  const session = useSession();
  const chosen = useView((state) => state.sequence);
  const selected = useView((state) => state.selected);
  const scale = useView((state) => state.sequenceScale);
  const [each, setEach] = useState(FIRST);
  useView((state) => state.processesVersion);
  const [payload, setPayload] = useKept('payload');
  const open = /^\d{1,16}$/.test(payload ?? '') ? Number(payload) : 0;
  const result = useSequence(chosen, selected, scale, each);
  if (chosen === undefined) return undefined;
  const participants = result?.participants ?? chosen;
  const between =
    chosen.length > 0
      ? 'between the chosen processes'
      : selected > 0
        ? `of ${session.name(selected)} and those it speaks with`
        : 'between those that speak most';
  const about = `${between}${scale === 'time' ? ', in the window' : ', around the moment'}`;
  const short = scale === 'time' && result !== undefined && (result.moreBefore || result.moreAfter);
  return (
    <section className="source sequence" aria-label="Messages" data-testid="sequence" data-scale={scale}>
      <header className="source-head">
        <strong>Messages</strong>
        <span className="faint clip" title={about}>
          {about}
        </span>
        {short && (
          <span
            className="pill is-warning"
            title="Only the nearest to the moment: there are more messages in the window than can be drawn. Zoom in."
            data-testid="sequence-short"
          >
            the nearest to the moment
          </span>
        )}
        <span className="source-end">
          {selected > 0 && participants.length > 0 && !participants.includes(selected) && (
            <button
              type="button"
              className="icon-button sequence-add-selected clip"
              title={`add ${session.name(selected)}`}
              onClick={() => {
                session.store.set({ sequence: [...participants, selected] });
              }}
            >
              {`add ${session.name(selected)}`}
            </button>
          )}
          <AddParticipant participants={participants} />
          <Scale />
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
      ) : result.messages.length === 0 && (scale === 'rows' || participants.length === 0) ? (
        <div className="hint-text" data-testid="sequence-empty">
          <p>
            {scale === 'time'
              ? 'No messages between recorded processes in this window.'
              : 'No messages between recorded processes around this moment.'}
          </p>
          <p className="faint">Choose another process, add one above, or move the moment.</p>
        </div>
      ) : (
        <Chart
          result={result}
          time={scale === 'time'}
          open={open}
          setOpen={(seq) => {
            setPayload(seq === 0 ? undefined : String(seq));
          }}
          more={
            each < MOST
              ? () => {
                  setEach(each * 2);
                }
              : undefined
          }
        />
      )}
    </section>
  );
}

function Scale(): ReactNode {
  const session = useSession();
  const scale = useView((state) => state.sequenceScale);
  return (
    <span className="sequence-scale" role="group" aria-label="Scale">
      {(['rows', 'time'] as const).map((each) => (
        <button
          key={each}
          type="button"
          className={`icon-button${each === scale ? ' is-on' : ''}`}
          aria-pressed={each === scale}
          title={
            each === 'rows'
              ? 'One message a row ( Q )'
              : 'Where their time is in the window: zoom and pan as the timeline ( Q )'
          }
          data-testid={`sequence-by-${each}`}
          onClick={() => {
            session.store.set({ sequenceScale: each });
          }}
        >
          {each}
        </button>
      ))}
    </span>
  );
}

function Chart({
  result,
  time,
  open,
  setOpen,
  more,
}: {
  result: SequenceResult;
  time: boolean;
  open: number;
  setOpen: (seq: number) => void;
  more: (() => void) | undefined;
}): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 800, height: 240 });
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      const { width, height } = entry!.contentRect;
      setSize({ width, height });
    });
    observer.observe(box.current!);
    return () => {
      observer.disconnect();
    };
  }, []);
  const Content = time ? SequenceTime : SequenceRows;
  return (
    <div className="sequence-place" ref={box}>
      <Content result={result} {...size} open={open} setOpen={setOpen} more={more} />
    </div>
  );
}

function useSequence(
  chosen: readonly number[] | undefined,
  selected: number,
  scale: 'rows' | 'time',
  each: number,
): SequenceResult | undefined {
  const session = useSession();
  const events = useView((state) => state.events);
  const window = useView((state) => (state.sequenceScale === 'time' ? state.window : undefined));
  const [result, setResult] = useState<SequenceResult | undefined>(undefined);
  const seq = events?.at.seq;
  useEffect(() => {
    if (chosen === undefined || seq === undefined) return;
    let gone = false;
    const about = chosen.length === 0 && selected > 0 ? { about: selected } : {};
    const reach =
      scale === 'time' && window !== undefined
        ? {
            window: { fromNs: Math.max(0, Math.floor(window.fromNs)), toNs: Math.max(0, Math.ceil(window.toNs)) },
            each: TIMED,
          }
        : { each };
    // Of a large recording not all have come yet.
    const known = chosen.filter((process) => isRecorded(session.state, process));
    // While one zooms, only where one comes to rest.
    const timer = setTimeout(
      () => {
        session.client.ask('sequence', { processes: known, at: { seq }, ...about, ...reach }, 'sequence').then(
          (answer) => {
            if (!gone) setResult(answer);
          },
          (error: unknown) => {
            session.fail(error);
          },
        );
      },
      scale === 'time' ? 40 : 0,
    );
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [session, chosen, selected, seq, scale, window, each]);
  return result;
}
