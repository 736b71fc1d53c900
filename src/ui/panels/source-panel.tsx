/** The source of the module under way: which lines ran, where the chosen frame stands, and what each line knew at the moment. */
import { useCallback, useEffect, useState, useSyncExternalStore, type ReactNode } from 'react';
import { count } from '../model/time.js';
import { useSession, useView } from './context.js';
import { ProcessLink } from './links.js';
import { PrintPanel } from '../prints/print-panel.js';
import { SourceFind, type Found } from './source-find.js';
import { SourceLines } from './source-lines.js';
import { SourceSearch } from './source-search.js';
import { useKept } from './use-kept.js';

export function SourcePanel(): ReactNode {
  const session = useSession();
  const place = useView((state) => state.source);
  const { book } = session.code;
  useSyncExternalStore(book.subscribe, book.getVersion);
  const module = place?.module;
  const loaded = useView((state) => state.info !== undefined);
  useEffect(() => {
    if (module !== undefined && loaded) book.need(module);
  }, [book, module, loaded]);
  const file = module === undefined ? undefined : book.file(module);
  const problem = module === undefined ? undefined : book.problem(module);
  useLiveCounts(module);
  const [found, setFound] = useState<Found | undefined>(undefined);
  const [finding, setFinding] = useFinding(file !== undefined && file.lines.length > 0);
  const close = useCallback(() => {
    setFinding(undefined);
    document.querySelector<HTMLElement>('.source-body')?.focus({ preventScroll: true });
  }, [setFinding]);
  if (place === undefined) return undefined;
  return (
    <section
      className="source"
      aria-label="Source"
      data-testid="source"
      data-module={module}
      onKeyDown={(event) => {
        if (!(event.ctrlKey || event.metaKey) || event.key !== 'f' || file === undefined) return;
        event.preventDefault();
        event.stopPropagation();
        setFinding('find');
      }}
    >
      <header className="source-head">
        <SourceSearch title={file?.source.title ?? module} />
        {file !== undefined && (
          <>
            <span className="source-file clip mono" title={file.source.file}>
              <bdi>{file.source.file}</bdi>
            </span>
            {file.source.why !== undefined && file.lines.length > 0 && (
              <span className="pill is-warning" title={file.source.why} data-testid="source-why">
                {file.source.why}
              </span>
            )}
          </>
        )}
        <span className="source-end">
          {file !== undefined && file.lines.length > 0 && (
            <>
              <button
                type="button"
                className="icon-button"
                title="Find in this file ( Ctrl-F )"
                onClick={() => {
                  setFinding(finding === 'find' ? undefined : 'find');
                }}
              >
                find
              </button>
              <button
                type="button"
                className="icon-button"
                title="Functions, or a line by its number ( g )"
                // The field closes when it loses the focus.
                onPointerDown={(event) => {
                  event.preventDefault();
                }}
                onClick={() => {
                  setFinding(finding === 'go' ? undefined : 'go');
                }}
              >
                go to
              </button>
            </>
          )}
          <ValuesOf />
          <button
            type="button"
            className={`icon-button${place.pinned ? '' : ' is-on'}`}
            aria-pressed={!place.pinned}
            title={
              place.pinned
                ? 'Go along with the chosen frame again'
                : 'Goes along with the chosen frame; click to stay here'
            }
            onClick={() => {
              session.code.hold(!place.pinned);
            }}
          >
            follow
          </button>
          <button
            type="button"
            className="icon-button"
            title="Close ( c )"
            aria-label="Close the source"
            onClick={() => {
              session.code.close();
            }}
          >
            ✕
          </button>
        </span>
      </header>
      {module === undefined ? (
        <Nothing />
      ) : problem !== undefined ? (
        <p className="hint-text problem">{problem}</p>
      ) : file === undefined ? (
        <p className="hint-text">Looking…</p>
      ) : file.lines.length === 0 ? (
        <p
          className="hint-text"
          data-testid="source-why"
        >{`The text is not in the recording: ${file.source.why ?? 'it was empty'}.`}</p>
      ) : (
        <div className="source-main">
          <SourceLines key={module} file={file} place={place} found={found} />
          {finding !== undefined && (
            <SourceFind key={`${finding} ${module}`} file={file} mode={finding} mark={setFound} close={close} />
          )}
          <PrintPanel />
        </div>
      )}
    </section>
  );
}

/** Which field is open; keys elsewhere open them too. The text that is looked for stands in the address. */
function useFinding(can: boolean): [Finding, (finding: Finding) => void] {
  const [text, setText] = useKept('find');
  const [going, setGoing] = useState(false);
  useEffect(() => {
    const open = (): void => {
      setGoing(true);
    };
    addEventListener('elixirscope-go', open);
    return () => {
      removeEventListener('elixirscope-go', open);
    };
  }, []);
  const set = useCallback(
    (finding: Finding) => {
      setGoing(finding === 'go');
      setText(finding === 'find' ? (text ?? '') : undefined);
    },
    [setText, text],
  );
  return [!can ? undefined : going ? 'go' : text === undefined ? undefined : 'find', set];
}
type Finding = 'find' | 'go' | undefined;

/** Whose values stand beside the lines. */
function ValuesOf(): ReactNode {
  const selected = useView((state) => state.selected);
  if (selected === 0) return <span className="faint">choose a process for values</span>;
  return (
    <span className="source-of">
      <span className="faint">values of</span> <ProcessLink id={selected} />
    </span>
  );
}

function Nothing(): ReactNode {
  const session = useSession();
  const [total, setTotal] = useState<number | undefined>(undefined);
  const loaded = useView((state) => state.info !== undefined);
  const attached = useView((state) => state.info?.command === undefined);
  const events = useView((state) => (state.info?.live === true ? state.info.events : 0));
  useEffect(() => {
    if (!loaded) return;
    session.client.ask('sources', { limit: 1 }, 'sources-total').then(
      (answer) => {
        setTotal(answer.total);
      },
      () => undefined,
    );
  }, [session, loaded, events]);
  return (
    <div className="hint-text" data-testid="source-empty">
      {total === undefined ? (
        'Looking…'
      ) : total === 0 ? (
        <>
          <p>No source came with this recording.</p>
          <p className="faint">
            Sources travel with modules that are recorded at depth <code className="mono">call</code> or deeper, for
            example
          </p>
          <p className="faint">
            <code className="mono">
              {attached
                ? "elixirscope attach my_app@localhost --depth 'MyApp.*=lines'"
                : "elixirscope run --depth 'MyApp.*=lines' -- mix test"}
            </code>
          </p>
        </>
      ) : (
        <>
          <p>{`${count(total)} ${total === 1 ? 'module' : 'modules'} with source.`}</p>
          <p className="faint">
            Choose a frame of the stack, or search above for a module. The panel then goes along with the moment.
          </p>
        </>
      )}
    </div>
  );
}

/** How often lines ran is asked again while a recording grows, at most every two seconds. */
function useLiveCounts(module: string | undefined): void {
  const session = useSession();
  const live = useView((state) => state.info?.live === true);
  useEffect(() => {
    if (!live || module === undefined) return;
    let events = session.state.info?.events;
    const timer = setInterval(() => {
      if (session.state.info?.events === events) return;
      events = session.state.info?.events;
      void session.code.book.count(module);
    }, 2_000);
    return () => {
      clearInterval(timer);
    };
  }, [session, live, module]);
}
