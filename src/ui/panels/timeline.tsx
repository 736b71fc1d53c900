/** The timeline as a component: names on the left, canvases on the right, both scrolled by one native scrollbar. */
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { kindLabel } from '../model/families.js';
import { functionTitle } from '../model/names.js';
import { MarkFlags } from '../marks/flags.js';
import { RULER } from '../model/lane-layout.js';
import { duration, momentText } from '../model/time.js';
import { Minimap } from '../timeline/minimap.js';
import type { Hover } from '../timeline/hits.js';
import { TimelineView } from '../timeline/timeline-view.js';
import { useSession, useView } from './context.js';
import { Corner, Labels } from './lane-labels.js';
import { LaneStates } from './lane-states.js';

export function MinimapStrip(): ReactNode {
  const session = useSession();
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const minimap = new Minimap(session, canvas.current!);
    return () => {
      minimap.destroy();
    };
  }, [session]);
  return (
    <div className="minimap" title="The whole recording: drag the window, click to go there">
      <canvas ref={canvas} data-testid="minimap" />
      <MarkFlags whole />
    </div>
  );
}

export function Timeline(): ReactNode {
  const session = useSession();
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [hover, setHover] = useState<Hover | undefined>(undefined);
  useView((state) => state.processesVersion);
  useView((state) => state.toggled);
  useView((state) => state.tall);
  useView((state) => state.grouping);
  useView((state) => state.sorting);
  useView((state) => state.pinned);
  const [drawn, setDrawn] = useState<TimelineView | undefined>(undefined);
  const filter = useView((state) => state.filter);
  const loaded = useView((state) => state.info !== undefined);
  const events = useView((state) => state.info?.events ?? 0);
  const live = useView((state) => state.info?.live === true);
  const { rows } = session.lanes();

  useEffect(() => {
    const view = new TimelineView(session, scroller.current!, canvas.current!);
    view.onHover = setHover;
    setDrawn(view);
    return () => {
      view.destroy();
    };
  }, [session]);

  return (
    <div className="timeline" data-testid="timeline">
      <div
        className="scroller"
        ref={scroller}
        onScroll={(event) => {
          session.store.set({ scrollTop: event.currentTarget.scrollTop });
        }}
      >
        <div className="stage">
          <div className="labels" data-testid="lanes">
            <Corner />
            <Labels />
          </div>
          <div className="canvases">
            <canvas ref={canvas} data-testid="canvas" />
            <MarkFlags whole={false} />
            <LaneStates view={drawn} />
            {hover !== undefined && <Tooltip hover={hover} />}
            {loaded && rows.length === 0 && (
              <div className="hint" data-testid="no-lanes">
                {filter !== '' ? (
                  <>
                    No process matches “{filter}”.{' '}
                    <button
                      type="button"
                      className="link"
                      onClick={() => {
                        session.store.set({ filter: '' });
                      }}
                    >
                      Show all
                    </button>
                  </>
                ) : events === 0 ? (
                  live ? (
                    'Nothing has been recorded yet.'
                  ) : (
                    'Nothing was recorded: the program may have ended at once. Record again with “elixirscope run -- mix test”.'
                  )
                ) : (
                  'No processes in this recording.'
                )}
              </div>
            )}
          </div>
        </div>
        <Spacer height={session.layout().height + RULER} />
      </div>
    </div>
  );
}

function Spacer({ height }: { height: number }): ReactNode {
  return <div className="spacer" style={{ height: `${String(height)}px` }} />;
}

const DOING = { running: 'running', waiting: 'waiting for an answer', idle: 'idle' } as const;

function Tooltip({ hover }: { hover: Hover }): ReactNode {
  const session = useSession();
  const [text, setText] = useState<{ seq: number; text: string } | undefined>(undefined);
  useEffect(() => {
    if (hover.seq === 0) return;
    let gone = false;
    const timer = setTimeout(() => {
      session.client.ask('event', { seq: hover.seq }, 'hover').then(
        ({ event }) => {
          if (!gone)
            setText({
              seq: hover.seq,
              text: `${event.fn === undefined ? '' : `${functionTitle(event.fn)} `}${event.text.text}`,
            });
        },
        () => undefined,
      );
    }, 60);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [session, hover.seq]);
  const left = hover.x > (innerWidth - 240 - 400) / 2;
  return (
    <div
      className={`tooltip${left ? ' is-left' : ''}`}
      style={{ transform: `translate(${String(Math.round(hover.x))}px, ${String(Math.round(hover.y))}px)` }}
    >
      <div className="tooltip-box">
        <strong>{hover.seq === 0 ? DOING[hover.doing ?? 'idle'] : kindLabel(hover.kind)}</strong>{' '}
        <span className="faint num">
          {hover.seq === 0 ? momentText(hover.ns) : `#${String(hover.seq)} ${momentText(hover.ns)}`}
        </span>
        {hover.lastsNs !== undefined && (
          <span className="num">{hover.lastsNs < 0 ? ' not ended' : ` ${duration(hover.lastsNs)}`}</span>
        )}
        <div className="faint">
          {session.name(hover.process)}
          {hover.seq > 0 && hover.doing === 'waiting' && `: ${DOING.waiting}`}
          {hover.rough === true && ', roughly: of so many events only some were looked at'}
        </div>
        {text?.seq === hover.seq && text.text !== '' && <code className="mono">{text.text}</code>}
      </div>
    </div>
  );
}
