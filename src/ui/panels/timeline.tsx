/** The timeline as a component: names on the left, canvases on the right, both scrolled by one native scrollbar. */
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { FAMILIES, FAMILY_LABEL, kindLabel, kindsOf, type Family } from '../model/families.js';
import { functionTitle } from '../model/names.js';
import { count, duration, momentText } from '../model/time.js';
import { Minimap } from '../timeline/minimap.js';
import { RULER, TimelineView, type Hover } from '../timeline/timeline-view.js';
import { useSession, useView } from './context.js';

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
    </div>
  );
}

export function Timeline(): ReactNode {
  const session = useSession();
  const scroller = useRef<HTMLDivElement>(null);
  const base = useRef<HTMLCanvasElement>(null);
  const over = useRef<HTMLCanvasElement>(null);
  const [hover, setHover] = useState<Hover | undefined>(undefined);
  useView((state) => state.processesVersion);
  useView((state) => state.toggled);
  useView((state) => state.tall);
  const filter = useView((state) => state.filter);
  const loaded = useView((state) => state.info !== undefined);
  const events = useView((state) => state.info?.events ?? 0);
  const live = useView((state) => state.info?.live === true);
  const { rows } = session.lanes();

  useEffect(() => {
    const view = new TimelineView(session, scroller.current!, base.current!, over.current!);
    view.onHover = setHover;
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
            <canvas ref={base} className="canvas-base" />
            <canvas ref={over} className="canvas-over" data-testid="canvas" />
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
                    'Nothing was recorded.'
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

function Corner(): ReactNode {
  const session = useSession();
  useView((state) => state.processesVersion);
  useView((state) => state.toggled);
  const filter = useView((state) => state.filter);
  const { shown } = session.lanes();
  const total = session.processes.length;
  return (
    <div className="corner">
      <span>Processes</span>
      <span className="faint num">
        {filter !== '' || shown < total ? `${count(shown)} of ${count(total)}` : count(total)}
      </span>
    </div>
  );
}

function Labels(): ReactNode {
  const session = useSession();
  const scrollTop = useView((state) => state.scrollTop);
  const selected = useView((state) => state.selected);
  const endNs = useView((state) => state.info?.end.ns ?? 0);
  const crashesVersion = useView((state) => state.crashesVersion);
  useView((state) => state.processesVersion);
  useView((state) => state.toggled);
  useView((state) => state.filter);
  const box = useRef<HTMLDivElement>(null);
  const [height, setHeight] = useState(800);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      setHeight(entry!.contentRect.height);
    });
    observer.observe(box.current!);
    return () => {
      observer.disconnect();
    };
  }, []);
  const crashed = useCrashed(crashesVersion);
  const { rows } = session.lanes();
  const tall = useView((state) => state.tall);
  const layout = session.layout();
  const { first, last } = layout.visible(scrollTop, height);
  const visible: ReactNode[] = [];
  for (let i = first; i <= last; i++) {
    const row = rows[i]!;
    const process = row.process === 0 ? undefined : session.process(row.process);
    const dead = process !== undefined && process.exitNs >= 0 && process.exitNs <= endNs;
    const bad = crashed.has(row.process);
    visible.push(
      <div
        key={row.key}
        className={`label is-${row.kind}${row.process > 0 && row.process === selected ? ' is-selected' : ''}${dead ? ' is-dead' : ''}${i % 2 === 1 ? ' is-alt' : ''}${layout.isTall(i) ? ' is-tall' : ''}`}
        style={{
          top: `${String(layout.top(i) - scrollTop)}px`,
          height: `${String(layout.heightOf(i))}px`,
          paddingLeft: `${String(8 + Math.min(row.depth, 7) * 11)}px`,
        }}
        data-testid="lane"
        data-process={row.process}
        title={
          process === undefined
            ? row.label
            : `${row.label}  ${process.pid}${process.runs === undefined ? '' : `\nruns ${process.runs}`}${process.behaviour === undefined ? '' : `\n${process.behaviour}`}${dead ? `\nended ${momentText(process.exitNs)}` : ''}`
        }
        onClick={() => {
          if (row.process > 0) session.select(row.process);
          else session.toggle(row.key);
        }}
      >
        {row.below > 0 ? (
          <button
            type="button"
            className="fold"
            aria-label={row.open ? `Fold ${row.label}` : `Unfold ${row.label}`}
            onClick={(event) => {
              event.stopPropagation();
              session.toggle(row.key);
            }}
          >
            {row.open ? '▾' : '▸'}
          </button>
        ) : (
          <span className="fold is-leaf" />
        )}
        <LabelName name={row.label} />
        {row.process > 0 && (
          <button
            type="button"
            className={`tall${tall.has(row.process) ? ' is-on' : ''}`}
            aria-pressed={tall.has(row.process)}
            aria-label={`${tall.has(row.process) ? 'Close' : 'Open'} the lane of ${row.label}`}
            title={`${tall.has(row.process) ? 'A low lane' : 'A tall lane: calls inside calls, mailbox, memory'} ( x )`}
            data-testid="tall"
            onClick={(event) => {
              event.stopPropagation();
              session.toggleTall(row.process);
            }}
          >
            {tall.has(row.process) ? '⤒' : '⤓'}
          </button>
        )}
        {bad && <span className="dot f-crash" />}
        {row.below > 0 && !row.open ? (
          <span className="label-count num">{count(row.below)}</span>
        ) : (
          row.label.length + 2 * row.depth <= ROOM && <span className="label-pid num">{row.detail}</span>
        )}
      </div>,
    );
  }
  return (
    <div className="label-rows" ref={box}>
      {visible}
    </div>
  );
}

/** Characters that leave room for a pid behind the name. */
const ROOM = 22;
/** Names longer than that lose their middle where there is no room: `Shop.Checkout.Wor….N1`. */
const LONG = 18;

function LabelName({ name }: { name: string }): ReactNode {
  const dot = name.lastIndexOf('.');
  if (name.length < LONG || dot <= 0 || name.length - dot > LONG) return <span className="label-name">{name}</span>;
  return (
    <span className="label-name is-long">
      <span className="label-head">{name.slice(0, dot)}</span>
      <span className="label-tail">{name.slice(dot)}</span>
    </span>
  );
}

function useCrashed(version: number): Set<number> {
  const session = useSession();
  const cache = useRef<{ version: number; set: Set<number> }>({ version: -1, set: new Set() });
  if (cache.current.version !== version) {
    cache.current = { version, set: new Set(session.crashes.map((each) => each.process)) };
  }
  return cache.current.set;
}

function Tooltip({ hover }: { hover: Hover }): ReactNode {
  const session = useSession();
  const [text, setText] = useState<{ seq: number; text: string } | undefined>(undefined);
  useEffect(() => {
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
        <strong>{kindLabel(hover.kind)}</strong>{' '}
        <span className="faint num">{`#${String(hover.seq)} ${momentText(hover.ns)}`}</span>
        {hover.lastsNs !== undefined && (
          <span className="num">{hover.lastsNs < 0 ? ' not ended' : ` ${duration(hover.lastsNs)}`}</span>
        )}
        <div className="faint">{session.name(hover.process)}</div>
        {text?.seq === hover.seq && text.text !== '' && <code className="mono">{text.text}</code>}
      </div>
    </div>
  );
}

export function BottomBar(): ReactNode {
  const session = useSession();
  const window = useView((state) => state.window);
  const hidden = useView((state) => state.hidden);
  const gaps = useView((state) => state.info?.gaps);
  const notice = useView((state) => state.notice);
  const kinds = useView((state) => state.info?.kinds);
  const live = useView((state) => state.info?.live !== false);
  // Lines and tables are recorded only when asked for; what cannot be seen needs no switch.
  const rare: readonly Family[] = ['line', 'data'];
  const occurring = FAMILIES.filter(
    (family) => live || !rare.includes(family) || kindsOf([family]).some((kind) => kinds?.[kind] !== undefined),
  );
  const toggle = (family: Family): void => {
    const next = new Set(hidden);
    if (!next.delete(family)) next.add(family);
    session.store.set({ hidden: next });
  };
  return (
    <footer className="bottom">
      <div className="legend" role="group" aria-label="What is shown">
        {occurring.map((family) => (
          <button
            type="button"
            key={family}
            className={`legend-item${hidden.has(family) ? ' is-off' : ''}`}
            aria-pressed={!hidden.has(family)}
            title={`${hidden.has(family) ? 'Show' : 'Hide'} ${FAMILY_LABEL[family].toLowerCase()}`}
            onClick={() => {
              toggle(family);
            }}
          >
            <span className={`dot f-${family}`} />
            {FAMILY_LABEL[family]}
          </button>
        ))}
        <span className="legend-item is-static">
          <span className="dot f-crash" /> Crash
        </span>
        {gaps !== undefined && gaps.length > 0 && (
          <button
            type="button"
            className="legend-item is-gap"
            title={gaps
              .map((gap) => `${gap.reason}: ${String(gap.count)} events at ${momentText(gap.fromNs)}`)
              .join('\n')}
            onClick={() => {
              const gap = gaps[0]!;
              const margin = Math.max((gap.toNs - gap.fromNs) * 2, 1e6);
              session.setWindow(gap.fromNs - margin, gap.toNs + margin);
            }}
          >
            <span className="hatch" /> {gaps.length === 1 ? '1 gap' : `${count(gaps.length)} gaps`}
          </button>
        )}
        <Plans />
      </div>
      <div className="notice" role="status">
        {notice}
      </div>
      <span className="bottom-end num" title="Width of the window">
        {duration(window.toNs - window.fromNs)}
      </span>
      <button
        type="button"
        className="icon-button"
        title="The whole recording ( f )"
        onClick={() => {
          session.fit();
        }}
      >
        Fit
      </button>
    </footer>
  );
}

/** How often the depth changed; leads from one change to the next. */
function Plans(): ReactNode {
  const session = useSession();
  const version = useView((state) => state.plansVersion);
  const { plans } = session;
  if (version === 0 || plans.length === 0) return undefined;
  return (
    <button
      type="button"
      className="legend-item is-gap"
      data-testid="plans"
      title={`From there on something was recorded deeper, or less deep. Click: the next one\n${plans
        .slice(0, 12)
        .map((each) => `${momentText(each.ns)}  ${each.fn}: ${each.before} → ${each.after}, ${each.why}`)
        .join('\n')}`}
      onClick={() => {
        const next = plans.find((each) => each.ns > session.state.moment.ns) ?? plans[0]!;
        session.jump({ seq: next.seq, ns: next.ns, process: 0 });
        session.notice(`${next.fn}: ${next.before} → ${next.after}, ${next.why}`);
      }}
    >
      <span className="notch" /> {plans.length === 1 ? '1 change of depth' : `${count(plans.length)} changes of depth`}
    </button>
  );
}
