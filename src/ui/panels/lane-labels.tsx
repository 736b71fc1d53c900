/** The names beside the lanes: the tree of processes, folded and unfolded. */
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { count, momentText } from '../model/time.js';
import { useSession, useView } from './context.js';
import { LaneMenu } from './lane-menu.js';

export function Corner(): ReactNode {
  const session = useSession();
  useView((state) => state.processesVersion);
  useView((state) => state.toggled);
  useView((state) => state.grouping);
  useView((state) => state.pinned);
  const filter = useView((state) => state.filter);
  const { shown } = session.lanes();
  const total = session.processes.length;
  return (
    <div className="corner">
      <span>Processes</span>
      <span className="faint num">
        {filter !== '' || shown < total ? `${count(shown)} of ${count(total)}` : count(total)}
      </span>
      <LaneMenu />
    </div>
  );
}

export function Labels(): ReactNode {
  const session = useSession();
  const scrollTop = useView((state) => state.scrollTop);
  const selected = useView((state) => state.selected);
  const endNs = useView((state) => state.info?.end.ns ?? 0);
  useView((state) => state.crashesVersion);
  useView((state) => state.processesVersion);
  useView((state) => state.toggled);
  useView((state) => state.filter);
  useView((state) => state.grouping);
  useView((state) => state.sorting);
  useView((state) => state.pinned);
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
  const { rows, pinned } = session.lanes();
  const { arrangement } = session;
  const crashed = arrangement.crashed();
  const tall = useView((state) => state.tall);
  const layout = session.layout();
  const { first, last } = layout.visible(scrollTop, height);
  const visible: ReactNode[] = [];
  for (let i = first; i <= last; i++) {
    const row = rows[i]!;
    const process = row.process === 0 ? undefined : session.process(row.process);
    const dead = process !== undefined && process.exitNs >= 0 && process.exitNs <= endNs;
    const bad = crashed.has(row.process);
    const isPinned = i < pinned;
    const folded = row.below > 0 && !row.open;
    const figure = row.process === 0 ? undefined : arrangement.figureText(row.process, folded);
    visible.push(
      <div
        key={row.key}
        className={`label is-${row.kind}${row.process > 0 && row.process === selected ? ' is-selected' : ''}${dead ? ' is-dead' : ''}${i % 2 === 1 ? ' is-alt' : ''}${layout.isTall(i) ? ' is-tall' : ''}${isPinned ? ' has-pin' : ''}${i === pinned - 1 ? ' is-last-pinned' : ''}`}
        style={{
          top: `${String(layout.top(i) - scrollTop)}px`,
          height: `${String(layout.heightOf(i))}px`,
          paddingLeft: `${String(8 + Math.min(row.depth, 7) * 11)}px`,
        }}
        data-testid="lane"
        data-process={row.process}
        data-depth={row.depth}
        data-pinned={isPinned ? true : undefined}
        title={
          process === undefined
            ? row.kind === 'node'
              ? `${row.label}\nmemory of the whole node, and its run queue`
              : row.label
            : `${row.label}  ${process.pid}${process.runs === undefined ? '' : `\nruns ${process.runs}`}${process.behaviour === undefined ? '' : `\n${process.behaviour}`}${process.application === undefined || process.application === '' ? '' : `\napplication ${process.application}`}${dead ? `\nended ${momentText(process.exitNs)}` : ''}`
        }
        onClick={() => {
          if (row.process > 0) session.select(row.process);
          else if (row.below > 0) session.toggle(row.key);
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
        {bad && <span className="dot f-crash" />}
        {figure !== undefined ? (
          <span className="lane-figure num">{figure}</span>
        ) : folded ? (
          <span className="label-count num">{count(row.below)}</span>
        ) : (
          row.label.length + 2 * row.depth <= ROOM && <span className="label-pid num">{row.detail}</span>
        )}
        {row.process > 0 && (
          <span className="label-tools">
            <button
              type="button"
              className={tall.has(row.process) ? 'is-on' : ''}
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
            <button
              type="button"
              className={isPinned ? 'is-on' : ''}
              aria-pressed={isPinned}
              aria-label={`${isPinned ? 'Unpin' : 'Pin'} the lane of ${row.label}`}
              title={isPinned ? 'Back to its place ( P )' : 'Pin: stands first ( P )'}
              data-testid="pin"
              onClick={(event) => {
                event.stopPropagation();
                arrangement.togglePin(row.process);
              }}
            >
              {isPinned ? '◆' : '◇'}
            </button>
          </span>
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

export function LabelName({ name }: { name: string }): ReactNode {
  const dot = name.lastIndexOf('.');
  if (name.length < LONG || dot <= 0 || name.length - dot > LONG) return <span className="label-name">{name}</span>;
  return (
    <span className="label-name is-long">
      <span className="label-head">{name.slice(0, dot)}</span>
      <span className="label-tail">{name.slice(dot)}</span>
    </span>
  );
}
