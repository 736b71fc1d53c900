/** The names beside the lanes: the tree of processes, folded and unfolded. */
import { useEffect, useRef, useState, type ReactNode } from 'react';
import type { ProcessView } from '../../server/index.js';
import type { Lane } from '../model/lanes.js';
import { count, counted, momentText } from '../model/time.js';
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

/** Only the rows in view: pinned ones at the top, the others scroll beneath them. */
export function Labels(): ReactNode {
  const session = useSession();
  const scrollTop = useView((state) => state.scrollTop);
  useView((state) => state.crashesVersion);
  useView((state) => state.processesVersion);
  useView((state) => state.toggled);
  const selected = useView((state) => state.selected);
  const tall = useView((state) => state.tall);
  const endNs = useView((state) => state.info?.end.ns ?? 0);
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
  const { rows } = session.lanes();
  const seen = session.layout().view(scrollTop, height);
  const label = (row: number): ReactNode => (
    <Label
      key={rows[row]!.key}
      row={row}
      top={seen.top(row) - (row < seen.stuck ? 0 : seen.under)}
      selected={rows[row]!.process > 0 && rows[row]!.process === selected}
      tall={tall.has(rows[row]!.process)}
      endNs={endNs}
    />
  );
  return (
    <div className="label-rows" ref={box}>
      {seen.stuck > 0 && (
        <div className="label-stuck" style={{ height: `${String(seen.under)}px` }} data-testid="stuck">
          {seen.rows.slice(0, seen.stuck).map(label)}
        </div>
      )}
      <div className="label-scrolled" style={{ top: `${String(seen.under)}px` }}>
        {seen.rows.slice(seen.stuck).map(label)}
      </div>
    </div>
  );
}

interface LabelProps {
  row: number;
  top: number;
  selected: boolean;
  tall: boolean;
  endNs: number;
}

/** Subscribes to nothing: there are dozens, and each would be asked about every change of the state. */
function Label({ row: index, top, selected, tall, endNs }: LabelProps): ReactNode {
  const session = useSession();
  const { rows, pinned } = session.lanes();
  const { arrangement } = session;
  const layout = session.layout();
  const row = rows[index]!;
  const process = row.process === 0 ? undefined : session.process(row.process);
  const dead = process !== undefined && process.exitNs >= 0 && process.exitNs <= endNs;
  const bad = arrangement.crashed().has(row.process);
  const isPinned = index < pinned;
  const folded = row.below > 0 && !row.open;
  const figure = row.process === 0 ? undefined : arrangement.figureText(row.process, folded);
  const classes = [
    'label',
    `is-${row.kind}`,
    selected && 'is-selected',
    dead && 'is-dead',
    index % 2 === 1 && 'is-alt',
    layout.isTall(index) && 'is-tall',
    isPinned && 'has-pin',
    index === pinned - 1 && 'is-last-pinned',
  ].filter((each) => each !== false);
  return (
    <div
      className={classes.join(' ')}
      style={{
        top: `${String(top)}px`,
        height: `${String(layout.heightOf(index))}px`,
        paddingLeft: `${String(8 + Math.min(row.depth, 7) * 11)}px`,
      }}
      data-testid="lane"
      data-process={row.process}
      data-depth={row.depth}
      data-pinned={isPinned ? true : undefined}
      title={titleOf(row, process, dead)}
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
            className={tall ? 'is-on' : ''}
            aria-pressed={tall}
            aria-label={`${tall ? 'Close' : 'Open'} the lane of ${row.label}`}
            title={`${tall ? 'A low lane' : 'A tall lane: calls inside calls, mailbox, memory'} ( x )`}
            data-testid="tall"
            onClick={(event) => {
              event.stopPropagation();
              session.toggleTall(row.process);
            }}
          >
            {tall ? '⤒' : '⤓'}
          </button>
          <button
            type="button"
            className={isPinned ? 'is-on' : ''}
            aria-pressed={isPinned}
            aria-label={`${isPinned ? 'Unpin' : 'Pin'} the lane of ${row.label}`}
            title={isPinned ? 'Back to its place ( P )' : 'Pin: stays in view, at the top ( P )'}
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
    </div>
  );
}

/** All that a label may have cut, and what there is no room for. */
function titleOf(row: Lane, process: ProcessView | undefined, dead: boolean): string {
  if (process === undefined) {
    if (row.kind === 'node') return `${row.label}\nmemory of the whole node, and its run queue`;
    return row.below > 0 ? `${row.label}\n${counted(row.below, 'process')}` : row.label;
  }
  const { pid, runs, behaviour, application } = process;
  return [
    `${row.label}  ${pid}`,
    runs === undefined ? '' : `runs ${runs}`,
    behaviour ?? '',
    application === undefined || application === '' ? '' : `application ${application}`,
    dead ? `ended ${momentText(process.exitNs)}` : '',
    row.below > 0 ? `${count(row.below)} ${row.below === 1 ? 'process' : 'processes'} below` : '',
  ]
    .filter((line) => line !== '')
    .join('\n');
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
