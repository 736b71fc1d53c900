import { useEffect, useRef, type ReactNode } from 'react';
import { useSession, useView } from './context.js';

const KEYS: readonly (readonly [string, string])[] = [
  ['W  S', 'zoom in, zoom out'],
  ['A  D', 'pan left, right'],
  ['wheel', 'zoom at the pointer; with shift: scroll the lanes'],
  ['drag', 'pan and scroll; on the ruler or the playhead: move the moment'],
  [',  .', 'previous, next event of the selected process'],
  ['[  ]', 'previous, next change of its state'],
  ['↑  ↓', 'previous, next process'],
  ['space', 'play at real time, pause'],
  ['Home  End', 'first moment, last moment (live: follow)'],
  ['f', 'the whole recording'],
  ['z', 'zoom to the moment'],
  ['/', 'filter processes'],
  ['Esc', 'close, unselect'],
];

export function Help(): ReactNode {
  const session = useSession();
  const open = useView((state) => state.help);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  return (
    <dialog
      ref={dialog}
      className="help"
      data-testid="help"
      onClose={() => {
        session.store.set({ help: false });
      }}
      onClick={(event) => {
        if (event.target === dialog.current) session.store.set({ help: false });
      }}
    >
      <div className="help-body">
        <h2>Travelling</h2>
        <dl className="keys">
          {KEYS.map(([keys, what]) => (
            <div key={keys}>
              <dt>
                {keys.split('  ').map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <h2>Reading a lane</h2>
        <p>
          Messages run along the top, callbacks in the middle, changes of state below. Births, ends and logs stand over
          the whole height. Red marks are crashes. Hatching is a gap: something is missing there, and the mark says
          what.
        </p>
        <p>Click a value in the state to learn which message gave it that value.</p>
        <form method="dialog">
          <button type="submit" className="button">
            Close
          </button>
        </form>
      </div>
    </dialog>
  );
}
