import { useEffect, useRef, type ReactNode } from 'react';
import { useSession, useView } from './context.js';
import { LifeLegend } from './life-legend.js';

const GROUPS: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
  [
    'Time',
    [
      ['space', 'play, pause'],
      ['-  +', 'slower, faster'],
      [',  .', 'a step back, forward'],
      ['u', 'what a step is: event, message, state change, callback, line'],
      ['[  ]', 'previous, next change of the state'],
      ['L  l', 'previous, next line'],
      ['M  m', 'previous, next message'],
      ['B  b', 'previous, next callback'],
      ['N  n', 'previous, next crash'],
      ['T  t', 'previous, next match of the last search'],
      ['J  j', 'previous, next bookmark'],
      ['k', 'mark the moment'],
      ['r', 'play backwards, forwards'],
      ['Home  End', 'first moment, last moment (live: follow)'],
    ],
  ],
  [
    'Views',
    [
      ['W  S', 'zoom in, zoom out'],
      ['A  D', 'pan left, right'],
      ['f', 'the whole recording'],
      ['z', 'zoom to the moment'],
      ['v  V', 'totals of what is seen as an area, give the area up'],
      ['⇧→  ⇧↓', 'an area: longer, over more lanes (⇧← shorter, ⇧↑ fewer)'],
      ['↑  ↓', 'previous, next process'],
      ['v  F  0', 'system: flat or in space, follow the chosen process, everything in view'],
      ['h  H', 'system: what colour tells, what size tells'],
      ['x', 'a tall lane: calls inside calls, mailbox, memory'],
      ['P', 'pin the lane of the chosen process, or unpin it'],
      ['o  O', 'lanes in another order, in other groups'],
      ['j  k', 'comparison: next, previous difference (↑ ↓ one row)'],
      ['J', 'comparison: where the two first differ'],
      ['c', 'the source'],
      ['p', 'print afterwards: an expression at every execution of the line'],
      ['g  Ctrl-F', 'in the source: go to a line or function; find'],
      ['q  Q', 'messages as a sequence; one a row, or by their time'],
      ['/  Ctrl-K', 'find a process, function, file, value or moment; do anything'],
      ['K', 'bookmarks and notes'],
      ['PageDown  PageUp', 'a level in, a level out: from the system to one expression (alt and the wheel, too)'],
      ['i  I', 'compare the state with this moment from now on; both states side by side'],
      ['Esc', 'close, unselect'],
      ['?', 'this list'],
    ],
  ],
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
        <div className="key-groups">
          {GROUPS.map(([title, keys]) => (
            <div key={title}>
              <h2>{title}</h2>
              <dl className="keys">
                {keys.map(([names, what]) => (
                  <div key={what}>
                    <dt>
                      {names.split('  ').map((key) => (
                        <kbd key={key}>{key}</kbd>
                      ))}
                    </dt>
                    <dd>{what}</dd>
                  </div>
                ))}
              </dl>
            </div>
          ))}
        </div>
        <p className="faint">
          The wheel zooms at the pointer, with shift it scrolls the lanes. Drag to pan; with shift: to select an area
          for its totals; drag the ruler or the playhead to move the moment.
        </p>
        <h2>Reading a lane</h2>
        <p>
          Messages run along the top, calls and callbacks in the middle, changes of state below. Births, ends and logs
          stand over the whole height. Red marks are crashes. Hatching is a gap: something is missing there, and the
          mark says what.
        </p>
        <LifeLegend />
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
