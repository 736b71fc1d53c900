/** Who takes part in the sequence: chosen, put in order and left out with the mouse or the keyboard. */
import { useState, type ReactNode } from 'react';
import { moved } from '../model/sequence-layout.js';
import { useSession, useView } from './context.js';
import { LabelName } from './lane-labels.js';

/** As many as the server takes. */
export const MAX_PARTICIPANTS = 32;
const OFFERED = 8;

export function SequenceHeads({
  participants,
  x,
  step,
  width,
}: {
  participants: readonly number[];
  x: (process: number) => number;
  step: number;
  width: number;
}): ReactNode {
  const session = useSession();
  const selected = useView((state) => state.selected);
  useView((state) => state.processesVersion);
  const [dragged, setDragged] = useState(0);
  const set = (sequence: number[]): void => {
    session.store.set({ sequence });
  };
  return (
    <div className="sequence-heads" style={{ width: `${String(width)}px` }} role="list" aria-label="Participants">
      {participants.map((process, i) => (
        <span
          key={process}
          role="listitem"
          draggable
          className={`sequence-head${process === selected ? ' is-selected' : ''}${process === dragged ? ' is-dragged' : ''}`}
          style={{ left: `${String(x(process) - step / 2)}px`, width: `${String(step)}px` }}
          data-testid="sequence-head"
          data-process={process}
          onDragStart={(event) => {
            event.dataTransfer.effectAllowed = 'move';
            event.dataTransfer.setData('text/plain', session.name(process));
            setDragged(process);
          }}
          onDragOver={(event) => {
            if (dragged > 0) event.preventDefault();
          }}
          onDrop={(event) => {
            event.preventDefault();
            if (dragged > 0) set(moved(participants, dragged, i - participants.indexOf(dragged)));
            setDragged(0);
          }}
          onDragEnd={() => {
            setDragged(0);
          }}
          onKeyDown={(event) => {
            const { key } = event;
            const by = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0;
            if (event.shiftKey && by !== 0) set(moved(participants, process, by));
            else if (key === 'Delete' && participants.length > 1) set(participants.filter((each) => each !== process));
            else return;
            event.preventDefault();
            event.stopPropagation();
          }}
        >
          <button
            type="button"
            className="link"
            title={`${session.name(process)}\nDrag it, or Shift and ← →: another place. Delete: without it`}
            onClick={() => {
              session.select(process);
            }}
          >
            <LabelName name={session.name(process)} />
          </button>
          {participants.length > 1 && (
            <button
              type="button"
              className="sequence-drop"
              title={`Without ${session.name(process)}`}
              aria-label={`Without ${session.name(process)}`}
              onClick={() => {
                set(participants.filter((each) => each !== process));
              }}
            >
              ✕
            </button>
          )}
        </span>
      ))}
    </div>
  );
}

/** Type a part of a name, choose with arrows and Enter. */
export function AddParticipant({ participants }: { participants: readonly number[] }): ReactNode {
  const session = useSession();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  useView((state) => state.processesVersion);
  const wanted = text.trim().toLowerCase();
  const offered: number[] = [];
  if (wanted !== '')
    for (const process of session.processes) {
      if (offered.length >= OFFERED) break;
      const hit = `${session.name(process.id)} ${process.pid}`.toLowerCase().includes(wanted);
      if (hit && !participants.includes(process.id)) offered.push(process.id);
    }
  const add = (process: number | undefined): void => {
    if (process === undefined) return;
    session.store.set({ sequence: [...participants, process].slice(0, MAX_PARTICIPANTS) });
    setText('');
    setAt(0);
  };
  const full = participants.length >= MAX_PARTICIPANTS;
  return (
    <span className="sequence-add">
      <input
        role="combobox"
        aria-label="Add a process"
        aria-expanded={offered.length > 0}
        aria-controls="sequence-offered"
        aria-activedescendant={offered.length > 0 ? `sequence-offer-${String(at)}` : undefined}
        placeholder={full ? 'no room for more' : 'Add a process'}
        disabled={full}
        value={text}
        data-testid="sequence-add"
        onChange={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') add(offered[at]);
          else if (event.key === 'ArrowDown') setAt(Math.min(offered.length - 1, at + 1));
          else if (event.key === 'ArrowUp') setAt(Math.max(0, at - 1));
          else if (event.key === 'Escape') setText('');
          else return;
          event.preventDefault();
        }}
        onBlur={() => {
          setText('');
        }}
      />
      {offered.length > 0 && (
        <ul className="source-list" id="sequence-offered" role="listbox" aria-label="Processes">
          {offered.map((process, i) => (
            <li
              key={process}
              id={`sequence-offer-${String(i)}`}
              role="option"
              aria-selected={i === at}
              className={i === at ? 'is-at' : undefined}
              onPointerDown={(event) => {
                event.preventDefault();
                add(process);
              }}
            >
              <span className="clip" title={session.name(process)}>
                {session.name(process)}
              </span>
              <span className="faint num">{session.process(process)?.pid}</span>
            </li>
          ))}
        </ul>
      )}
    </span>
  );
}
