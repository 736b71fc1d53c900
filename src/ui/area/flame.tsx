/** The flame graph of the area: ways of calls put together, as wide as the time they took. */
import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import type { AreaAnswer, AreaFlame } from '../../server/index.js';
import { functionTitle, shortFunction } from '../model/names.js';
import { count, duration } from '../model/time.js';
import { useSession, useView } from '../panels/context.js';
import { setTotals } from './area-actions.js';
import { useKept } from '../panels/use-kept.js';
import { beside, layFlame, type FlameBox } from './flame-layout.js';

const LEVEL = 20;
/** Narrower frames, in pixels, are not drawn. */
const LEAST = 1.5;

export function FlamePart({ flame, answer }: { flame: AreaFlame | undefined; answer: AreaAnswer }): ReactNode {
  const session = useSession();
  const [search = '', setSearch] = useKept('flame');
  const totals = useView((state) => state.totals);
  const selected = useView((state) => state.selected);
  useView((state) => state.processesVersion);
  const names = useRef(new Map<number, string>());
  for (const [fn, name] of Object.entries(flame?.names ?? {})) names.current.set(Number(fn), name);
  const to = (path: readonly number[]): void => {
    setTotals(session, { path });
  };
  const of = totals.process;
  const offer = of > 0 ? 0 : selected;
  return (
    <div className="flame" data-testid="flame">
      <div className="flame-bar">
        <nav className="flame-path" aria-label="Zoomed into">
          <button
            type="button"
            className="link"
            disabled={totals.path.length === 0}
            onClick={() => {
              to([]);
            }}
          >
            {of > 0 ? session.name(of) : 'all processes'}
          </button>
          {totals.path.map((fn, i) => (
            <span key={i}>
              <span className="faint"> ▸ </span>
              <button
                type="button"
                className="link mono"
                title={names.current.get(fn)}
                disabled={i === totals.path.length - 1}
                onClick={() => {
                  to(totals.path.slice(0, i + 1));
                }}
              >
                {shortFunction(names.current.get(fn) ?? `function ${String(fn)}`)}
              </button>
            </span>
          ))}
        </nav>
        {(of > 0 || offer > 0) && (
          <button
            type="button"
            className="icon-button"
            data-testid="flame-of"
            onClick={() => {
              setTotals(session, { process: offer, path: [] });
            }}
          >
            {of > 0 ? 'of all processes together' : `of ${session.name(offer)} alone`}
          </button>
        )}
        <input
          className="flame-search"
          type="search"
          placeholder="Highlight"
          aria-label="Highlight functions"
          value={search}
          onChange={(event) => {
            setSearch(event.currentTarget.value === '' ? undefined : event.currentTarget.value);
          }}
        />
      </div>
      {flame === undefined ? (
        <p className="hint-text">{answer.done ? 'There is no such way of calls in this area.' : 'Looking…'}</p>
      ) : (
        <Frames flame={flame} search={search.trim().toLowerCase()} path={totals.path} to={to} done={answer.done} />
      )}
    </div>
  );
}

function Frames({
  flame,
  search,
  path,
  to,
  done,
}: {
  flame: AreaFlame;
  search: string;
  path: readonly number[];
  to: (path: readonly number[]) => void;
  done: boolean;
}): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(800);
  const [at, setAt] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      setWidth(entry!.contentRect.width);
    });
    observer.observe(box.current!);
    return () => {
      observer.disconnect();
    };
  }, []);
  const boxes = useMemo(() => layFlame(flame, LEAST / Math.max(1, width)), [flame, width]);
  const nameOf = (node: number): string =>
    node === 0 && path.length === 0 ? 'all' : functionTitle(flame.names[flame.fn[node]!] ?? 'others');
  /** Functions from the outermost in, down to a box. */
  const pathTo = (node: number): number[] => {
    const inside: number[] = [];
    for (let each = node; each > 0; each = flame.parent[each]!) inside.unshift(flame.fn[each]!);
    return [...path, ...inside];
  };
  const matches = (node: number): boolean => nameOf(node).toLowerCase().includes(search);
  const found = search === '' ? 0 : matchedShare(flame, matches);
  const focus = Math.min(at, Math.max(0, boxes.length - 1));
  const zoom = (node: number): void => {
    if (node === 0 || flame.fn[node] === 0) return;
    setAt(0);
    to(pathTo(node));
  };
  const onKey = (event: KeyboardEvent<HTMLElement>): void => {
    const { key } = event;
    if (event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) return;
    if (key.startsWith('Arrow')) {
      const next = beside(boxes, focus, key, flame.parent);
      setAt(next);
      box.current?.querySelector<HTMLElement>(`[data-box="${String(next)}"]`)?.focus();
    } else if (key === 'Backspace') to(path.slice(0, -1));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const depth = boxes.reduce((most, each) => Math.max(most, each.depth), 0);
  const whole = flame.totalNs[0] ?? 0;
  return (
    <div className="flame-frames" ref={box}>
      {boxes.length === 0 ? (
        <p className="hint-text">{done ? 'No time was spent in recorded calls here.' : 'Looking…'}</p>
      ) : (
        <div
          className="flame-tree"
          role="tree"
          aria-label="Flame graph: arrows move, Enter zooms in, Backspace out"
          style={{ height: `${String((depth + 1) * LEVEL)}px` }}
          onKeyDown={onKey}
        >
          {boxes.map((each, i) => (
            <Frame
              key={pathTo(each.node).join('.')}
              box={each}
              index={i}
              width={width}
              name={nameOf(each.node)}
              fn={flame.fn[each.node]!}
              ownNs={flame.ownNs[each.node]!}
              totalNs={flame.totalNs[each.node]!}
              calls={flame.calls[each.node]!}
              whole={whole}
              focusable={i === focus}
              match={search === '' ? undefined : matches(each.node)}
              focused={() => {
                setAt(i);
              }}
              zoom={() => {
                zoom(each.node);
              }}
            />
          ))}
        </div>
      )}
      <p className="area-foot">
        {search !== '' && (
          <span data-testid="flame-found">{`“${search}” takes ${(100 * found).toFixed(1)} % of the time. `}</span>
        )}
        {flame.left > 0 && `${count(flame.left)} ways of calls are too short to be seen: zoom in. `}
        {path.length > 0 && (
          <button
            type="button"
            className="link"
            onClick={() => {
              to(path.slice(0, -1));
            }}
          >
            zoom out
          </button>
        )}
      </p>
    </div>
  );
}

function Frame({
  box,
  index,
  width,
  name,
  fn,
  ownNs,
  totalNs,
  calls,
  whole,
  focusable,
  match,
  focused,
  zoom,
}: {
  box: FlameBox;
  index: number;
  width: number;
  name: string;
  fn: number;
  ownNs: number;
  totalNs: number;
  calls: number;
  whole: number;
  focusable: boolean;
  match: boolean | undefined;
  focused: () => void;
  zoom: () => void;
}): ReactNode {
  const percent = `${((100 * totalNs) / Math.max(1, whole)).toFixed(1)} %`;
  const facts = `${duration(totalNs)} in all (${percent}), ${duration(ownNs)} of its own${calls > 0 ? `, ${count(calls)} ${calls === 1 ? 'call' : 'calls'}` : ''}`;
  const pixels = box.width * width;
  const colour = box.depth === 0 && fn === 0 ? 0 : 1 + (colourOf(name) % 4);
  return (
    <button
      type="button"
      role="treeitem"
      aria-level={box.depth + 1}
      aria-label={`${name}: ${facts}`}
      title={`${name}\n${facts}`}
      tabIndex={focusable ? 0 : -1}
      className={`flame-frame is-colour-${String(colour)}${match === true ? ' is-match' : match === false ? ' is-other' : ''}`}
      style={{
        left: `${String(box.left * 100)}%`,
        width: `calc(${String(box.width * 100)}% - ${pixels > 4 ? '1px' : '0px'})`,
        top: `${String(box.depth * LEVEL)}px`,
      }}
      data-box={index}
      data-testid="flame-frame"
      onFocus={focused}
      onClick={zoom}
    >
      {pixels > 28 && <bdi>{pixels > 220 ? name : shortFunction(name)}</bdi>}
    </button>
  );
}

/** Time in frames that match, each instant once. */
function matchedShare(flame: AreaFlame, matches: (node: number) => boolean): number {
  const inside = new Uint8Array(flame.fn.length);
  let sum = 0;
  for (let node = 0; node < flame.fn.length; node++) {
    const above = node > 0 && inside[flame.parent[node]!] === 1;
    const match = matches(node);
    if (match && !above) sum += flame.totalNs[node]!;
    inside[node] = above || match ? 1 : 0;
  }
  return sum / Math.max(1, flame.totalNs[0] ?? 0);
}

/** Functions of a module have one colour, here as in lanes. */
function colourOf(name: string): number {
  let h = 0;
  for (const each of name.slice(0, Math.max(0, name.lastIndexOf('.'))))
    h = (Math.imul(h, 31) + each.codePointAt(0)!) >>> 0;
  return h;
}
