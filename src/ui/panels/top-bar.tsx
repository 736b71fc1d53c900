import { useEffect, useRef, useState, type ReactNode } from 'react';
import { bytes, counted, duration, momentText } from '../model/time.js';
import type { Theme } from '../state/view-state.js';
import { useSession, useView } from './context.js';
import { Transport } from './transport.js';
import { ViewSwitch } from './view-switch.js';

export function TopBar(): ReactNode {
  const session = useSession();
  const info = useView((state) => state.info);
  const link = useView((state) => state.link);
  const theme = useView((state) => state.theme);
  const facts =
    info === undefined
      ? ''
      : [duration(info.ns), counted(info.events, 'event'), counted(info.processes, 'process'), bytes(info.bytes)].join(
          ' · ',
        );
  const nextTheme: Record<Theme, Theme> = { auto: 'light', light: 'dark', dark: 'auto' };
  return (
    <header className="top">
      <div className="brand">
        <img src="./icon.svg" width="22" height="22" alt="" />
        <span>ElixirScope</span>
      </div>
      {info !== undefined && (
        <div className="recording" title={`${info.title}\n${facts}\n${info.path}\nstarted ${info.startedAt}`}>
          <span className="recording-title">{info.title}</span>
          <span className="recording-facts num">{facts}</span>
        </div>
      )}
      <ViewSwitch />
      <Transport>
        <MomentField />
      </Transport>
      <div className="top-end">
        <Status link={link} />
        <button
          type="button"
          className="icon-button is-square"
          title="Find a process, function, file, value or moment; do anything ( / or Ctrl-K )"
          aria-label="Find or do"
          data-testid="find"
          onClick={() => {
            session.store.set({ omnibox: true });
          }}
        >
          ⌕
        </button>
        <Search />
        <button
          type="button"
          className="icon-button is-square"
          title={`Colours: ${theme}. Click for ${nextTheme[theme]}`}
          aria-label="Colours"
          data-testid="theme"
          onClick={() => {
            session.store.set({ theme: nextTheme[theme] });
          }}
        >
          {theme === 'auto' ? '◐' : theme === 'light' ? '☀' : '☾'}
        </button>
        <button
          type="button"
          className="icon-button is-square"
          title="Keys and marks ( ? )"
          aria-label="Help"
          onClick={() => {
            session.store.set({ help: true });
          }}
        >
          ?
        </button>
      </div>
    </header>
  );
}

function Status({ link }: { link: 'connecting' | 'open' | 'lost' }): ReactNode {
  const session = useSession();
  const info = useView((state) => state.info);
  const following = useView((state) => state.following);
  if (link === 'lost')
    return (
      <span
        className="pill is-crashed"
        title="The server of the recording does not answer: what was seen stays, and it is tried again. Start it again with “elixirscope open”."
      >
        disconnected
      </span>
    );
  if (info === undefined) return undefined;
  if (info.live) {
    return (
      <button
        type="button"
        className={`pill is-live${following ? ' is-following' : ''}`}
        data-testid="live"
        title={following ? 'Following the present' : 'Back to the present ( End )'}
        onClick={() => {
          session.follow();
        }}
      >
        <span className="live-dot" /> {following ? 'live' : 'go live'}
      </button>
    );
  }
  const ends = [...new Set(info.nodes.map((node) => node.end).filter((each) => each !== undefined))];
  const how = info.exitStatus === undefined ? (ends[0] ?? 'ended') : `exit ${info.exitStatus}`;
  const slow = info.nodes.find((node) => node.engine === 'erlang');
  return (
    <>
      {slow !== undefined && (
        <span className="pill is-warning" title={slow.engineWhy ?? 'recorded by the slower engine'}>
          slow engine
        </span>
      )}
      <span
        className="pill is-dead"
        title={ends.length === 0 ? 'The recording is complete' : `How it ended: ${ends.join(', ')}`}
      >
        {how}
      </span>
    </>
  );
}

function MomentField(): ReactNode {
  const session = useSession();
  const moment = useView((state) => state.moment);
  const at = useView((state) => state.panel?.at ?? state.events?.at);
  const [draft, setDraft] = useState<string | undefined>(undefined);
  const [bad, setBad] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  // None is named while the server looks, so that the number never belongs to another moment; a film is too quick for that.
  const answered = useView((state) => state.playing || state.answered === state.moment);
  const seq = moment.seq ?? (answered ? at?.seq : undefined);
  return (
    <form
      className={`moment${bad ? ' is-bad' : ''}`}
      title="The moment: +1.25s, #4711 (an event), start, end, or nanoseconds"
      onSubmit={(event) => {
        event.preventDefault();
        if (draft === undefined) return;
        void session.goTo(draft).then((ok) => {
          setBad(!ok);
          if (ok) {
            setDraft(undefined);
            input.current?.blur();
          }
        });
      }}
    >
      <input
        ref={input}
        aria-label="Moment"
        data-testid="moment"
        data-ns={moment.ns}
        spellCheck={false}
        autoComplete="off"
        value={draft ?? momentText(moment.ns)}
        onFocus={(event) => {
          setDraft(momentText(moment.ns));
          event.target.select();
        }}
        onBlur={() => {
          setDraft(undefined);
          setBad(false);
        }}
        onChange={(event) => {
          setDraft(event.target.value);
          setBad(false);
        }}
      />
      <span className="moment-seq num" data-testid="moment-seq">
        {seq === undefined ? '' : `#${String(seq)}`}
      </span>
    </form>
  );
}

function Search(): ReactNode {
  const session = useSession();
  const filter = useView((state) => state.filter);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const focus = (): void => {
      input.current?.focus();
      input.current?.select();
    };
    addEventListener('elixirscope-search', focus);
    return () => {
      removeEventListener('elixirscope-search', focus);
    };
  }, []);
  return (
    <div className="search">
      <input
        ref={input}
        type="search"
        aria-label="Filter processes"
        placeholder="Filter"
        data-testid="filter"
        spellCheck={false}
        value={filter}
        onChange={(event) => {
          session.store.set({ filter: event.target.value });
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') {
            session.store.set({ filter: '' });
            input.current?.blur();
          }
          if (event.key === 'Enter') {
            const wanted = filter.trim().toLowerCase();
            const named = session
              .lanes()
              .rows.filter((row) => row.process > 0)
              .map(({ process }) => ({ process, name: session.name(process).toLowerCase() }));
            const hit = named.find(({ name }) => name === wanted) ?? named.find(({ name }) => name.includes(wanted));
            if (hit !== undefined && wanted !== '') session.select(hit.process);
            input.current?.blur();
          }
        }}
      />
    </div>
  );
}
