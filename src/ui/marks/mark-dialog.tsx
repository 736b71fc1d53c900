/** The dialog that makes or changes a mark: what it is called, its colour, what it stands on, what there is to say. */
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { momentText } from '../model/time.js';
import { useSession, useView } from '../panels/context.js';
import { COLOURS } from './colours.js';
import type { MarkDraft } from './mark-list.js';

const MAX_NAME = 200;
const MAX_TEXT = 65_536;

export function MarkDialog(): ReactNode {
  const session = useSession();
  const draft = useView((state) => state.markDraft);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (draft !== undefined) {
      if (dialog.current?.open === false) dialog.current.showModal();
    } else dialog.current?.close();
  }, [draft]);
  return (
    <dialog
      ref={dialog}
      className="mark-dialog"
      aria-label={draft?.id === undefined ? 'New bookmark' : 'Change the bookmark'}
      data-testid="mark-dialog"
      onClose={() => {
        session.store.set({ markDraft: undefined });
      }}
      onClick={(event) => {
        if (event.target === dialog.current) dialog.current.close();
      }}
    >
      {draft !== undefined && <Form key={draft.id ?? 'new'} draft={draft} close={() => dialog.current?.close()} />}
    </dialog>
  );
}

function Form({ draft, close }: { draft: MarkDraft; close: () => void }): ReactNode {
  const session = useSession();
  const selected = useView((state) => state.selected);
  const [name, setName] = useState(draft.name);
  const [colour, setColour] = useState(draft.colour);
  const [text, setText] = useState(draft.text);
  const [process, setProcess] = useState(draft.process);
  const [path, setPath] = useState(draft.path);
  // A mark on the moment may be put on the chosen process afterwards, and back.
  const offered = draft.process > 0 ? draft.process : selected;
  const { readOnly } = session.marks;
  const save = (): void => {
    if (name.trim() === '') return;
    void session.marks.save({ ...draft, name: name.trim(), colour, text, process, path });
  };
  return (
    <form
      className="mark-form"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) save();
      }}
    >
      <header className="mark-form-head">
        <h2>{draft.id === undefined ? 'New bookmark' : 'Bookmark'}</h2>
        <span className="faint num">
          {momentText(draft.ns)}
          {draft.seq === undefined ? '' : ` #${String(draft.seq)}`}
        </span>
      </header>
      <label className="field">
        <span>Name</span>
        <input
          autoFocus
          required
          maxLength={MAX_NAME}
          spellCheck={false}
          autoComplete="off"
          data-testid="mark-name"
          value={name}
          onChange={(event) => {
            setName(event.target.value);
          }}
        />
      </label>
      <fieldset className="field">
        <legend>Colour</legend>
        <div className="mark-colours">
          {COLOURS.map((each) => (
            <label key={each.colour} className={`mark-colour${each.colour === colour ? ' is-chosen' : ''}`}>
              <input
                type="radio"
                name="colour"
                className="unseen"
                value={each.colour}
                checked={each.colour === colour}
                onChange={() => {
                  setColour(each.colour);
                }}
              />
              <span className={`mark-sign m-${each.colour}`} aria-hidden>
                {each.sign}
              </span>
              {each.colour}
            </label>
          ))}
        </div>
      </fieldset>
      <fieldset className="field">
        <legend>On</legend>
        <div className="mark-on">
          <Radio
            label="the moment alone"
            checked={process === 0}
            choose={() => {
              setProcess(0);
              setPath('');
            }}
          />
          {offered > 0 && (
            <Radio
              label={`the process ${session.name(offered)}`}
              checked={process > 0 && path === ''}
              choose={() => {
                setProcess(offered);
                setPath('');
              }}
            />
          )}
          {draft.path !== '' && (
            <Radio
              label={`its value ${draft.path}`}
              checked={path !== ''}
              choose={() => {
                setProcess(draft.process);
                setPath(draft.path);
              }}
            />
          )}
        </div>
      </fieldset>
      <label className="field">
        <span>Note</span>
        <textarea
          rows={5}
          maxLength={MAX_TEXT}
          data-testid="mark-text"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
          }}
        />
      </label>
      {readOnly !== undefined && (
        <p className="mark-where" data-testid="mark-where">
          {`Kept in this browser only, under this address: the recording cannot keep it (${readOnly}).`}
        </p>
      )}
      <footer className="mark-form-foot">
        <span className="faint">Ctrl-Enter saves, Esc closes</span>
        <button type="button" className="icon-button" onClick={close}>
          Cancel
        </button>
        <button type="submit" className="button" disabled={name.trim() === ''} data-testid="mark-save">
          {draft.id === undefined ? 'Mark' : 'Save'}
        </button>
      </footer>
    </form>
  );
}

function Radio({ label, checked, choose }: { label: string; checked: boolean; choose: () => void }): ReactNode {
  return (
    <label title={label}>
      <input type="radio" name="on" checked={checked} onChange={choose} />
      <span>{label}</span>
    </label>
  );
}
