/** One field for everything: processes, functions, files, values, moments, and all that can be done. */
import { useEffect, useRef, useState, type ReactNode } from 'react';
import type { EventView, CodeMethods, SourceView } from '../../server/index.js';
import { kindLabel } from '../model/families.js';
import { functionTitle } from '../model/names.js';
import { count, counted, momentText } from '../model/time.js';
import { COMMANDS, matches } from '../state/commands.js';
import type { Session } from '../state/session.js';
import { signOf } from '../marks/colours.js';
import { asSql } from '../query/query-book.js';
import { useSession, useView } from './context.js';

const OF_EACH = 6;
/** So many events that hold a text are shown. */
const MAX_EVENTS = 50;

interface Entry {
  key: string;
  group: string;
  text: string;
  detail: string;
  run: () => void;
}
interface Found {
  text: string;
  functions: CodeMethods['functions']['result']['functions'];
  sources: SourceView[];
}

export function Omnibox(): ReactNode {
  const open = useView((state) => state.omnibox);
  const session = useSession();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  const close = (): void => {
    session.store.set({ omnibox: false });
  };
  return (
    <dialog
      ref={dialog}
      className="omnibox"
      aria-label="Find or do"
      data-testid="omnibox"
      onClose={close}
      onClick={(event) => {
        if (event.target === dialog.current) close();
      }}
    >
      {open && <Field close={close} />}
    </dialog>
  );
}

function Field({ close }: { close: () => void }): ReactNode {
  const session = useSession();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const found = useFound(session, text);
  const search = useSearch(session, text);
  const list = useRef<HTMLUListElement>(null);
  const entries = search.of === text && text !== '' ? eventEntries(session, search.events) : all(session, text, found);
  const chosen = Math.min(at, entries.length - 1);
  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
  }, [chosen, text]);
  const run = (entry: Entry | undefined): void => {
    if (entry === undefined) return;
    if (entry.key === 'search') {
      setAt(0);
      search.start(text);
      return;
    }
    close();
    entry.run();
  };
  return (
    <div className="omnibox-body">
      <input
        autoFocus
        role="combobox"
        aria-expanded
        aria-controls="omnibox-list"
        aria-activedescendant={`omnibox-${String(chosen)}`}
        aria-label="Find or do"
        placeholder="A process, function, file, value, bookmark, +1.25s, #4711, select …, or what to do"
        spellCheck={false}
        autoComplete="off"
        data-testid="omnibox-input"
        value={text}
        onChange={(event) => {
          setText(event.target.value.slice(0, asSql(event.target.value) === undefined ? 200 : 10_000));
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') setAt(Math.min(chosen + 1, entries.length - 1));
          else if (event.key === 'ArrowUp') setAt(Math.max(chosen - 1, 0));
          else if (event.key === 'Enter') run(entries[chosen]);
          else return;
          event.preventDefault();
        }}
      />
      <ul id="omnibox-list" role="listbox" ref={list}>
        {entries.map((entry, i) => (
          <li
            key={entry.key}
            id={`omnibox-${String(i)}`}
            role="option"
            aria-selected={i === chosen}
            title={`${entry.text}\n${entry.detail}`}
            onPointerDown={(event) => {
              // The field keeps the focus: one goes on with the keys.
              event.preventDefault();
            }}
            onClick={() => {
              run(entry);
            }}
          >
            <span className="omnibox-group">{entries[i - 1]?.group === entry.group ? '' : entry.group}</span>
            <span className="omnibox-text">{entry.text}</span>
            <span className="omnibox-detail">{entry.detail}</span>
          </li>
        ))}
        {search.of === text && text !== '' ? (
          <li className="is-note" aria-live="polite" data-testid="omnibox-looked">
            {lookedText(search, session.state.info?.events ?? 0)}
          </li>
        ) : (
          entries.length === 0 && <li className="is-note">Nothing of that kind in this recording</li>
        )}
      </ul>
    </div>
  );
}

function all(session: Session, text: string, found: Found): Entry[] {
  const wanted = text.trim();
  const entries: Entry[] = [];
  if (/^(?:\+|#|\d|start$|end$)/.test(wanted)) {
    entries.push({
      key: 'moment',
      group: 'Moment',
      text: `Go to ${wanted}`,
      detail: '',
      run: () => void session.goTo(wanted),
    });
  }
  const sql = asSql(text);
  if (sql !== undefined) {
    const run = (): void => {
      session.query.open(sql);
    };
    entries.push({ key: 'sql', group: 'SQL', text: sql, detail: 'run, as a table and a chart', run });
  }
  if (wanted !== '') {
    entries.push(...markEntries(session, wanted));
    for (const { id, pid, name } of processesLike(session, wanted)) {
      const run = (): void => {
        session.select(id);
      };
      entries.push({ key: `p${String(id)}`, group: 'Processes', text: name, detail: pid, run });
    }
    if (found.text === wanted) {
      for (const each of found.functions) {
        const run = (): void => {
          session.code.open(each.module, each.line, true);
        };
        const detail = each.line > 0 ? `line ${String(each.line)}` : '';
        entries.push({ key: `f${each.text}`, group: 'Functions', text: functionTitle(each.text), detail, run });
      }
      for (const each of found.sources) {
        const run = (): void => {
          session.code.open(each.module, 0, true);
        };
        entries.push({
          key: `s${String(each.node)}${each.module}`,
          group: 'Files',
          text: each.title,
          detail: each.file,
          run,
        });
      }
    }
  }
  let commands = 0;
  for (const command of COMMANDS) {
    if (wanted !== '' && (!matches(command.name, wanted) || commands >= OF_EACH)) continue;
    commands++;
    const run = (): void => {
      command.run(session);
    };
    entries.push({ key: command.name, group: 'Do', text: command.name, detail: command.keys ?? '', run });
  }
  if (wanted !== '')
    entries.push({
      key: 'search',
      group: 'Values',
      text: `Find “${wanted}” in all events`,
      detail: 'as text',
      run: () => undefined,
    });
  return entries;
}

function markEntries(session: Session, wanted: string): Entry[] {
  return session.marks.list
    .filter((mark) => matches(`${mark.name} ${mark.text} ${mark.path} bookmark`, wanted))
    .slice(0, OF_EACH)
    .map((mark) => ({
      key: `m${mark.id}`,
      group: 'Bookmarks',
      text: `${signOf(mark.colour)} ${mark.name}`,
      detail: momentText(mark.ns),
      run: () => {
        session.marks.go(mark);
      },
    }));
}

/** The shortest names first: what is meant by `stock` is rather Shop.Stock than Shop.Stock.Supervisor. */
function processesLike(session: Session, wanted: string): { id: number; pid: string; name: string }[] {
  const found: { id: number; pid: string; name: string }[] = [];
  for (const { id, pid, runs } of session.processes) {
    const name = session.name(id);
    if (matches(`${name} ${pid} ${runs ?? ''}`, wanted)) found.push({ id, pid, name });
  }
  return found.sort((a, b) => a.name.length - b.name.length || a.id - b.id).slice(0, OF_EACH);
}

function eventEntries(session: Session, events: readonly EventView[]): Entry[] {
  return events.map((event) => ({
    key: String(event.seq),
    group: momentText(event.ns),
    text: event.text.text,
    detail: `${kindLabel(event.kind)}, ${session.name(event.process)}`,
    run: () => {
      session.jump(event);
    },
  }));
}

/** Functions and files, asked for as one types. */
function useFound(session: Session, text: string): Found {
  const [found, setFound] = useState<Found>({ text: '', functions: [], sources: [] });
  useEffect(() => {
    const wanted = text.trim();
    if (wanted === '') return;
    const timer = setTimeout(() => {
      Promise.all([
        session.client.ask('functions', { text: wanted, limit: OF_EACH }, 'functions'),
        session.client.ask('sources', { text: wanted, limit: OF_EACH }, 'omnibox-sources'),
      ]).then(
        ([{ functions }, { sources }]) => {
          setFound({ text: wanted, functions, sources });
        },
        () => undefined,
      );
    }, 80);
    return () => {
      clearTimeout(timer);
    };
  }, [session, text]);
  return found;
}

interface Search {
  of: string;
  events: EventView[];
  busy: boolean;
  /** Up to this event. */
  looked: number;
}

function lookedText({ events, busy, looked }: Search, all: number): string {
  const found = events.length === 0 ? 'none' : events.length >= MAX_EVENTS ? `the first ${String(events.length)}` : String(events.length); // prettier-ignore
  if (busy) return `${found} found so far: looked at ${count(looked)} of ${counted(all, 'event')}…`;
  if (events.length >= MAX_EVENTS)
    return `${found} found in ${count(looked)} of ${counted(all, 'event')}: t goes on from event to event`;
  return `${found} found in all ${counted(all, 'event')}`;
}

/** Events that hold a text, from the beginning on; each answer of the server looks for a while. It ends with the field, or where enough were found. */
function useSearch(session: Session, typed: string): Search & { start: (text: string) => void } {
  const [state, setState] = useState<Search>({ of: '', events: [], busy: false, looked: 0 });
  const latest = useRef('');
  useEffect(
    () => () => {
      latest.current = '';
    },
    [],
  );
  useEffect(() => {
    if (latest.current !== typed) latest.current = '';
  }, [typed]);
  const start = (text: string): void => {
    latest.current = text;
    session.store.set({ match: text.trim() });
    setState({ of: text, events: [], busy: true, looked: 0 });
    const go = async (): Promise<void> => {
      const events: EventView[] = [];
      let looked = 0;
      for (let busy = true; busy && latest.current === text;) {
        const page = await session.client.ask('search', { text: text.trim(), from: looked, limit: MAX_EVENTS - events.length }, 'search'); // prettier-ignore
        events.push(...page.matches);
        looked = page.seq;
        busy = !page.done && events.length < MAX_EVENTS;
        if (latest.current === text) setState({ of: text, events: [...events], busy, looked });
      }
    };
    go().catch((error: unknown) => {
      session.fail(error);
    });
  };
  return { ...state, start };
}
