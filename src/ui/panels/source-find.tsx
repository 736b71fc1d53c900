/** Finding inside of the file that is open: a text with all its places, a line, a function. */
import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { count } from '../model/time.js';
import type { OpenFile } from '../state/source-book.js';
import { useSession, useView } from './context.js';
import { useKept } from './use-kept.js';

const MAX_PLACES = 20_000;
const SHOWN = 60;

export interface Found {
  text: string;
  /** Columns by line, from 0 on. */
  places: ReadonlyMap<number, readonly number[]>;
  /** Lines with their column, in order. */
  list: readonly { line: number; column: number }[];
  /** Which of them is looked at. */
  at: number;
  more: boolean;
}

/** Whatever the case, as far as so many places. */
export function placesOf(lines: readonly string[], text: string): Omit<Found, 'at'> {
  const wanted = text.toLowerCase();
  const places = new Map<number, number[]>();
  const list: { line: number; column: number }[] = [];
  if (wanted === '') return { text, places, list, more: false };
  for (const [i, line] of lines.entries()) {
    const lower = line.toLowerCase();
    // Some letters have a longer lower case: then columns would be wrong.
    const inside = lower.length === line.length ? lower : line;
    for (let column = inside.indexOf(wanted); column >= 0; column = inside.indexOf(wanted, column + wanted.length)) {
      const number = i + 1;
      if (list.length >= MAX_PLACES) return { text, places, list, more: true };
      list.push({ line: number, column });
      const known = places.get(number);
      if (known === undefined) places.set(number, [column]);
      else known.push(column);
    }
  }
  return { text, places, list, more: false };
}

interface FindProps {
  file: OpenFile;
  mode: 'find' | 'go';
  /** Undefined: nothing is marked. */
  mark: (found: Found | undefined) => void;
  close: () => void;
}

export function SourceFind({ file, mode, mark, close }: FindProps): ReactNode {
  return mode === 'find' ? <FindText file={file} mark={mark} close={close} /> : <GoTo file={file} close={close} />;
}

function FindText({ file, mark, close }: Omit<FindProps, 'mode'>): ReactNode {
  const session = useSession();
  const from = useView((state) => state.source?.line ?? 0);
  const [text = '', setText] = useKept('find');
  const near = (list: Found['list']): number =>
    list.length === 0
      ? -1
      : Math.max(
          0,
          list.findIndex((place) => place.line >= from),
        );
  const [at, setAt] = useState(() => near(placesOf(file.lines, text).list));
  const input = useRef<HTMLInputElement>(null);
  const found = useMemo(() => placesOf(file.lines, text), [file.lines, text]);
  useEffect(() => {
    // A link that brings a text along leaves the focus where it is.
    if (text === '') input.current?.focus();
  }, []);
  useEffect(() => {
    mark(text === '' ? undefined : { ...found, at });
  }, [mark, found, text, at]);
  useEffect(
    () => () => {
      mark(undefined);
    },
    [mark],
  );
  const show = (index: number, list = found.list): void => {
    setAt(index);
    const place = list[index];
    if (place !== undefined) session.code.open(file.source.module, place.line, true);
  };
  const step = (direction: 1 | -1): void => {
    const { length } = found.list;
    if (length > 0) show((Math.max(at, direction === 1 ? -1 : 0) + direction + length) % length);
  };
  const type = (next: string): void => {
    setText(next);
    const { list } = placesOf(file.lines, next);
    show(near(list), list);
  };
  const said =
    text === ''
      ? ''
      : found.list.length === 0
        ? 'none'
        : `${count(at + 1)} of ${count(found.list.length)}${found.more ? '+' : ''}`;
  return (
    <div className="find-bar" role="search" data-testid="find-bar">
      <div className="find-line">
        <input
          ref={input}
          className="mono"
          aria-label="Find in this file"
          placeholder="Find in this file"
          spellCheck={false}
          autoComplete="off"
          maxLength={200}
          data-testid="find-input"
          value={text}
          onChange={(event) => {
            type(event.target.value);
          }}
          onKeyDown={(event) => {
            event.stopPropagation();
            if (event.key === 'Enter' || event.key === 'F3') step(event.shiftKey ? -1 : 1);
            else if (event.key === 'ArrowDown') step(1);
            else if (event.key === 'ArrowUp') step(-1);
            else if (event.key === 'Escape') close();
            else return;
            event.preventDefault();
          }}
        />
        <span className="find-count num" role="status" data-testid="find-count">
          {said}
        </span>
        <button type="button" className="icon-button" title="Previous ( shift-Enter )" aria-label="Previous place" onClick={() => { step(-1); }}>▴</button>
        <button type="button" className="icon-button" title="Next ( Enter )" aria-label="Next place" onClick={() => { step(1); }}>▾</button>
        <button type="button" className="icon-button" title="Close ( Esc )" aria-label="Close finding" onClick={close}>✕</button>
      </div>
    </div>
  ); // prettier-ignore
}

/** To a line by its number, or to a function by its name: also the outline of the file. */
function GoTo({ file, close }: { file: OpenFile; close: () => void }): ReactNode {
  const session = useSession();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    input.current?.focus();
  }, []);
  const functions = useMemo(
    () => [...file.functions].sort(([a], [b]) => a - b).map(([line, { name }]) => ({ line, name })),
    [file.functions],
  );
  const number = /^:?(\d{1,8})$/.exec(text.trim())?.[1];
  const last = file.source.lines;
  const lower = text.trim().toLowerCase();
  const matching = functions.filter(({ name }) => name.toLowerCase().includes(lower));
  const list = number === undefined ? matching : [{ line: Math.min(Math.max(1, Number(number)), last), name: '' }];
  const go = (one: { line: number } | undefined): void => {
    close();
    if (one !== undefined) session.code.open(file.source.module, one.line, true);
  };
  return (
    <div className="find-bar" role="search" data-testid="go-bar">
      <div className="find-line">
        <input
          ref={input}
          className="mono"
          role="combobox"
          aria-label="Go to a line or function"
          aria-expanded={true}
          aria-controls="go-list"
          aria-activedescendant={list.length > 0 ? `go-${String(at)}` : undefined}
          placeholder={`A line (1 to ${count(last)}) or a function`}
          spellCheck={false}
          autoComplete="off"
          maxLength={200}
          data-testid="go-input"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onBlur={close}
          onKeyDown={(event) => {
            event.stopPropagation();
            if (event.key === 'Enter') go(list[at]);
            else if (event.key === 'ArrowDown') setAt(Math.min(at + 1, Math.min(list.length, SHOWN) - 1));
            else if (event.key === 'ArrowUp') setAt(Math.max(at - 1, 0));
            else if (event.key === 'Escape') close();
            else return;
            event.preventDefault();
          }}
        />
      </div>
      <ul className="find-list" id="go-list" role="listbox" aria-label="Functions" data-testid="go-list">
        {list.slice(0, SHOWN).map((one, i) => (
          <li
            key={`${String(one.line)} ${one.name}`}
            id={`go-${String(i)}`}
            role="option"
            aria-selected={i === at}
            className={i === at ? 'is-at' : undefined}
            onPointerDown={(event) => {
              event.preventDefault();
              go(one);
            }}
          >
            <bdi className="mono clip">{one.name === '' ? `line ${String(one.line)}` : one.name}</bdi>
            <span className="num faint">{one.line}</span>
          </li>
        ))}
        {list.length === 0 && (
          <li className="faint is-note">
            {functions.length === 0 ? 'No function is recorded here' : 'No such function'}
          </li>
        )}
        {list.length > SHOWN && <li className="faint is-note">{`${count(list.length - SHOWN)} more: type on`}</li>}
      </ul>
    </div>
  );
}
