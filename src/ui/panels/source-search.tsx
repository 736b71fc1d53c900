/** Which file is shown, and the way to another: a field that lists modules as one types. */
import { useEffect, useRef, useState, type ReactNode } from 'react';
import type { SourceView } from '../../server/index.js';
import { useSession } from './context.js';

const SHOWN = 50;

export function SourceSearch({ title }: { title: string | undefined }): ReactNode {
  const session = useSession();
  const [draft, setDraft] = useState<string | undefined>(undefined);
  const [found, setFound] = useState<{ sources: SourceView[]; total: number }>({ sources: [], total: 0 });
  const [at, setAt] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const open = draft !== undefined;
  useEffect(() => {
    if (draft === undefined) return;
    session.client.ask('sources', { text: draft, limit: SHOWN }, 'sources').then(
      (answer) => {
        setFound(answer);
        setAt(0);
      },
      () => undefined,
    );
  }, [session, draft]);
  const choose = (source: SourceView | undefined): void => {
    setDraft(undefined);
    input.current?.blur();
    if (source !== undefined) session.code.open(source.module, 0, true);
  };
  return (
    <div className="source-search">
      <input
        ref={input}
        className="source-title"
        role="combobox"
        aria-expanded={open}
        aria-controls="source-list"
        aria-label="File or module"
        placeholder="Find a module or file"
        spellCheck={false}
        autoComplete="off"
        data-testid="source-search"
        title={title}
        value={draft ?? title ?? ''}
        onFocus={() => {
          setDraft('');
        }}
        onBlur={() => {
          setDraft(undefined);
        }}
        onChange={(event) => {
          setDraft(event.target.value.slice(0, 200));
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') choose(undefined);
          else if (event.key === 'Enter') choose(found.sources[at]);
          else if (event.key === 'ArrowDown') setAt(Math.min(at + 1, found.sources.length - 1));
          else if (event.key === 'ArrowUp') setAt(Math.max(at - 1, 0));
          else return;
          event.preventDefault();
        }}
      />
      {open && (
        <ul className="source-list" id="source-list" role="listbox" data-testid="source-list">
          {found.sources.map((each, i) => (
            <li
              key={`${String(each.node)} ${each.module}`}
              role="option"
              aria-selected={i === at}
              className={i === at ? 'is-at' : undefined}
              title={each.file}
              // Before the field loses the focus.
              onPointerDown={(event) => {
                event.preventDefault();
                choose(each);
              }}
            >
              <span className="clip">{each.title}</span>
              <span className={each.lines === 0 ? 'faint clip' : 'source-file clip'}>
                <bdi>{each.lines === 0 ? (each.why ?? 'no text') : each.file}</bdi>
              </span>
            </li>
          ))}
          {found.sources.length === 0 && <li className="faint is-note">Nothing of that name</li>}
          {found.total > found.sources.length && (
            <li className="faint is-note">{`${String(found.total - found.sources.length)} more: type on`}</li>
          )}
        </ul>
      )}
    </div>
  );
}
