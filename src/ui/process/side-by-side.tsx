/** Two states of a process beside each other, standing still, with room for wide values. */
import { useEffect, useRef, type ReactNode } from 'react';
import type { SideLine } from '../../server/index.js';
import { counted, momentText } from '../model/time.js';
import { useSession, useView } from '../panels/context.js';
import { useAnswer } from './use-answer.js';

export function SideBySide(): ReactNode {
  const session = useSession();
  const open = useView((state) => state.sides && state.selected > 0);
  const selected = useView((state) => state.selected);
  const at = useView((state) => state.panel?.at.seq);
  const base = useView((state) => state.base);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current!;
    if (open && !element.open) element.showModal();
    else if (!open) element.close();
  }, [open]);
  const query = !open || at === undefined ? undefined : { process: selected, at: { seq: at } };
  const { value } = useAnswer(
    'sideBySide',
    query && (base === undefined ? query : { ...query, base: { seq: base.seq } }),
    selected,
  );
  const panel = useView((state) => state.panel);
  const step = (to: { seq: number; ns: number } | undefined): void => {
    if (to === undefined) return;
    session.setMoment(to);
    session.revealMoment();
  };
  return (
    <dialog
      ref={dialog}
      className="sides"
      data-testid="sides"
      aria-label="Two states side by side"
      onClose={() => {
        session.store.set({ sides: false });
      }}
      onClick={(event) => {
        if (event.target === dialog.current) dialog.current.close();
      }}
      onKeyDown={(event) => {
        if (event.key === '[') step(panel?.previousChange);
        else if (event.key === ']') step(panel?.nextChange);
      }}
    >
      {open && (
        <div className="sides-body">
          <header>
            <h2 title={session.name(selected)}>{`State of ${session.name(selected)}`}</h2>
            <span className="faint" data-testid="sides-differ">
              {value === undefined
                ? 'Looking…'
                : value.differ === 0
                  ? 'no difference'
                  : `${counted(value.differ, 'line')} ${value.differ === 1 ? 'differs' : 'differ'}`}
            </span>
            <span className="section-actions">
              <button
                type="button"
                className="icon-button"
                disabled={panel?.previousChange === undefined}
                title="Previous change ( [ )"
                onClick={() => {
                  step(panel?.previousChange);
                }}
              >
                ◂ change
              </button>
              <button
                type="button"
                className="icon-button"
                disabled={panel?.nextChange === undefined}
                title="Next change ( ] )"
                onClick={() => {
                  step(panel?.nextChange);
                }}
              >
                change ▸
              </button>
              <button
                type="button"
                className="icon-button"
                aria-label="Close"
                title="Close (Esc)"
                onClick={() => {
                  dialog.current?.close();
                }}
              >
                ✕
              </button>
            </span>
          </header>
          {value !== undefined && (
            <div className="sides-lines" tabIndex={0}>
              <table>
                <thead>
                  <tr>
                    <th scope="col">{value.before === undefined ? 'no state known' : momentText(value.before.ns)}</th>
                    <th scope="col">{value.after === undefined ? 'no state known' : momentText(value.after.ns)}</th>
                  </tr>
                </thead>
                <tbody>
                  {value.lines.map((each, i) => (
                    <Line key={i} line={each} />
                  ))}
                </tbody>
              </table>
              {value.cut && (
                <p className="edge">These values are so long that what comes after is not compared here.</p>
              )}
              {value.more > 0 && <p className="edge">{`${counted(value.more, 'line')} more`}</p>}
            </div>
          )}
        </div>
      )}
    </dialog>
  );
}

function Line({ line }: { line: SideLine }): ReactNode {
  const { before, after, folded } = line;
  if (folded !== undefined)
    return (
      <tr className="is-folded">
        <td colSpan={2}>{`${counted(folded, 'equal line')}`}</td>
      </tr>
    );
  const differs = before !== after;
  const [head, tail] = differs && before !== undefined && after !== undefined ? common(before, after) : [0, 0];
  const side = (text: string | undefined, sign: string, Mark: 's' | 'ins'): ReactNode =>
    text === undefined ? (
      <td className="is-nothing" />
    ) : (
      <td className={differs ? 'is-different' : ''}>
        <span className="side-sign">{differs ? sign : ''}</span>
        <code>
          {differs ? (
            <>
              {text.slice(0, head)}
              <Mark>{text.slice(head, text.length - tail)}</Mark>
              {tail > 0 && text.slice(text.length - tail)}
            </>
          ) : (
            text
          )}
        </code>
      </td>
    );
  return (
    <tr>
      {side(before, '−', 's')}
      {side(after, '+', 'ins')}
    </tr>
  );
}

/** How much two texts have in common at their beginning and at their end. */
function common(a: string, b: string): [number, number] {
  const most = Math.min(a.length, b.length);
  let head = 0;
  while (head < most && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < most - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  return [head, tail];
}
