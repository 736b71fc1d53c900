/** The list of bookmarks and notes: filtered, jumped to, changed, removed. */
import type { ReactNode } from 'react';
import type { MarkView } from '../../server/index.js';
import { counted, momentText } from '../model/time.js';
import { useSession, useView } from '../panels/context.js';
import { useKept } from '../panels/use-kept.js';
import { signOf } from './colours.js';
import { useMarks } from './use-marks.js';

/** Rows that are put into the page; the filter finds the others. */
const SHOWN = 300;

export function MarksPanel(): ReactNode {
  const session = useSession();
  const open = useView((state) => state.marks && state.source === undefined && state.sequence === undefined);
  const marks = useMarks();
  const [filter = '', setFilter] = useKept('marks');
  if (!open) return undefined;
  const { readOnly, problem, undoable } = session.marks;
  const words = filter.toLowerCase().split(/\s+/);
  const found = marks.filter((mark) => {
    const all = `${mark.name} ${mark.text} ${mark.path} ${mark.colour} ${mark.process > 0 ? session.name(mark.process) : ''}`;
    return words.every((word) => all.toLowerCase().includes(word));
  });
  return (
    <section className="marks-panel" aria-label="Bookmarks" data-testid="marks-panel">
      <header className="marks-head">
        <h2>Bookmarks</h2>
        <span className="section-note">{marks.length === 0 ? '' : counted(marks.length, 'mark')}</span>
        {marks.length > 0 && (
          <input
            type="search"
            aria-label="Filter bookmarks"
            placeholder="Filter"
            spellCheck={false}
            data-testid="marks-filter"
            value={filter}
            onChange={(event) => {
              setFilter(event.target.value === '' ? undefined : event.target.value);
            }}
          />
        )}
        <span className="marks-actions">
          {undoable !== undefined && (
            <button
              type="button"
              className="icon-button"
              data-testid="marks-undo"
              title={`Bring “${undoable.name}” back`}
              onClick={() => void session.marks.undo()}
            >
              Undo remove
            </button>
          )}
          <button
            type="button"
            className="icon-button"
            data-testid="marks-add"
            title="Mark this moment ( k )"
            onClick={() => {
              session.marks.begin();
            }}
          >
            Mark the moment
          </button>
          {marks.length > 0 && (
            <button
              type="button"
              className="icon-button"
              title="All of them as JSON, as a recording keeps them in marks.json"
              onClick={() => {
                session.copy(session.marks.asJson(), 'the bookmarks as JSON');
              }}
            >
              Copy all
            </button>
          )}
          <button
            type="button"
            className="icon-button"
            title="Close ( K )"
            aria-label="Close the bookmarks"
            onClick={() => {
              session.store.set({ marks: false });
            }}
          >
            ✕
          </button>
        </span>
      </header>
      {problem !== undefined && <p className="problem">{problem}</p>}
      {readOnly !== undefined && (
        <p className="mark-where">{`New ones stay in this browser, under this address: the recording cannot keep them (${readOnly}).`}</p>
      )}
      {marks.length === 0 ? (
        <p className="empty" data-testid="marks-empty">
          No bookmarks yet. <kbd>k</kbd> marks the moment; a process or a value of its state is marked with the flag
          beside it. They are kept with the recording and travel with it.
        </p>
      ) : found.length === 0 ? (
        <p className="empty">No bookmark has all of these words.</p>
      ) : (
        <ul className="marks-rows">
          {found.slice(0, SHOWN).map((mark) => (
            <Row key={mark.id} mark={mark} />
          ))}
          {found.length > SHOWN && (
            <li className="edge">{`${String(found.length - SHOWN)} more: the filter finds them`}</li>
          )}
        </ul>
      )}
    </section>
  );
}

function Row({ mark }: { mark: MarkView }): ReactNode {
  const session = useSession();
  const chosen = useView((state) => state.mark === mark.id);
  const name = mark.process > 0 ? session.name(mark.process) : '';
  const on = [name, mark.path].filter((each) => each !== '').join(' · ');
  return (
    <li className={`mark-row${chosen ? ' is-chosen' : ''}`} data-testid="mark-row">
      <button
        type="button"
        className="mark-go"
        aria-current={chosen ? 'true' : undefined}
        title={`${mark.colour}\n${mark.name}\n${momentText(mark.ns)}  #${String(mark.seq)}${on === '' ? '' : `\n${on}`}${mark.text === '' ? '' : `\n\n${mark.text}`}`}
        onClick={() => {
          session.marks.go(mark);
        }}
      >
        <span className={`mark-sign m-${mark.colour}`} role="img" aria-label={mark.colour}>
          {signOf(mark.colour)}
        </span>
        <span className="mark-time num">{momentText(mark.ns)}</span>
        <strong className="mark-name">{mark.name}</strong>
        <span className="mark-what mono">{on}</span>
        <span className="mark-note">{mark.text}</span>
      </button>
      {session.marks.isOwn(mark.id) && (
        <span className="badge" title="In this browser only">
          here
        </span>
      )}
      <span className="mark-buttons">
        <button
          type="button"
          className="icon-button"
          title="Copy a link to it"
          onClick={() => {
            session.copy(session.marks.linkTo(mark), 'the link');
          }}
        >
          link
        </button>
        <button
          type="button"
          className="icon-button"
          title="Change it"
          data-testid="mark-edit"
          onClick={() => void session.marks.edit(mark.id)}
        >
          edit
        </button>
        <button
          type="button"
          className="icon-button"
          title="Remove it"
          data-testid="mark-remove"
          onClick={() => void session.marks.remove(mark.id)}
        >
          remove
        </button>
      </span>
    </li>
  );
}
