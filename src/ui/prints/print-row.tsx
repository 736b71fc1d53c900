/** A print under its line: what is typed, and what came of it in a few words. */
import { useEffect, useRef, useState, type ReactNode } from 'react';
import type { PrintNamesResult } from '../../server/index.js';
import { count } from '../model/time.js';
import { useSession, useView } from '../panels/context.js';
import { completions } from './complete.js';
import { figuresOf, indexAt, reaches } from './figures.js';
import type { Printed } from './print-session.js';
import { usePrinted } from './use-prints.js';
import type { PrintWish } from './wish.js';

const NOTHING: PrintNamesResult = { names: [], functions: [], syntax: 'elixir', known: true };

export function PrintRow({ wish, index }: { wish: PrintWish; index: number }): ReactNode {
  const session = useSession();
  const { prints } = session.code;
  const chosen = useView((state) => state.print === index);
  const printed = usePrinted(wish);
  const [draft, setDraft] = useState(wish.expression);
  const [known, setKnown] = useState<PrintNamesResult | undefined>(undefined);
  const [focused, setFocused] = useState(false);
  const [at, setAt] = useState(-1);
  const [caret, setCaret] = useState(draft.length);
  const input = useRef<HTMLInputElement>(null);
  const { module, line } = wish;
  useEffect(() => {
    setDraft(wish.expression);
  }, [wish.expression]);
  useEffect(() => {
    if (wish.expression === '' && chosen) input.current?.focus({ preventScroll: true });
  }, [wish.expression, chosen]);
  useEffect(() => {
    let gone = false;
    session.client.ask('printNames', { module, line }).then(
      (answer) => {
        if (!gone) setKnown(answer);
      },
      () => undefined,
    );
    return () => {
      gone = true;
    };
  }, [session, module, line]);
  const typed = draft.slice(0, caret);
  const { from, list } = focused ? completions(typed, known ?? NOTHING) : { from: 0, list: [] };
  const shown = list.length > 0 && (from < typed.length || draft === '');
  const accept = (i: number): void => {
    const one = list[i];
    if (one === undefined) return;
    setDraft(draft.slice(0, from) + one.text + draft.slice(caret));
    setCaret(from + one.text.length);
    setAt(-1);
  };
  const submit = (): void => {
    setFocused(false);
    const expression = draft.trim();
    if (expression !== '' && expression !== wish.expression) prints.change(index, { expression });
    else prints.choose(index);
  };
  const listId = `print-names-${String(index)}`;
  return (
    <div
      className={`print-row${chosen ? ' is-chosen' : ''}${printed?.error === undefined ? '' : ' is-wrong'}`}
      data-testid="print-row"
      data-line={line}
      onPointerDown={() => {
        if (!chosen) prints.choose(index);
      }}
    >
      <span className="print-mark" aria-hidden="true">
        ⤷
      </span>
      <span className="print-field">
        <input
          ref={input}
          className="mono"
          role="combobox"
          aria-label={`Print at line ${String(line)}`}
          aria-expanded={shown}
          aria-controls={listId}
          aria-activedescendant={shown && at >= 0 ? `${listId}-${String(at)}` : undefined}
          aria-invalid={printed?.error !== undefined}
          placeholder={known?.known === false ? 'nothing is recorded of this line' : 'an expression, such as stock < 0'}
          spellCheck={false}
          autoComplete="off"
          maxLength={2_000}
          data-testid="print-input"
          value={draft}
          onFocus={() => {
            setFocused(true);
          }}
          onBlur={() => {
            setAt(-1);
            submit();
          }}
          onChange={(event) => {
            setFocused(true);
            setDraft(event.target.value);
            setCaret(event.target.selectionStart ?? event.target.value.length);
            setAt(-1);
          }}
          onSelect={(event) => {
            setCaret(event.currentTarget.selectionStart ?? draft.length);
          }}
          onKeyDown={(event) => {
            event.stopPropagation();
            if (event.key === 'Enter' && at >= 0) accept(at);
            else if (event.key === 'Enter') submit();
            else if (event.key === 'Tab' && !event.shiftKey && shown && typed !== '') accept(Math.max(0, at));
            else if (event.key === 'ArrowDown' && shown) setAt((at + 1) % list.length);
            else if (event.key === 'ArrowUp' && shown) setAt((at <= 0 ? list.length : at) - 1);
            else if (event.key === 'Escape' && at >= 0) setAt(-1);
            else if (event.key === 'Escape') {
              if (wish.expression === '') prints.close(index);
              else {
                setDraft(wish.expression);
                event.currentTarget.closest<HTMLElement>('.source-body')?.focus();
              }
            } else return;
            event.preventDefault();
          }}
        />
        {shown && (
          <ul className="print-names" id={listId} role="listbox" aria-label="Names" data-testid="print-names">
            {list.map((one, i) => (
              <li
                key={one.hint + one.text}
                id={`${listId}-${String(i)}`}
                role="option"
                aria-selected={i === at}
                className={i === at ? 'is-at' : undefined}
                // Before the field loses the focus.
                onPointerDown={(event) => {
                  event.preventDefault();
                  accept(i);
                }}
              >
                <bdi className="mono clip">{one.text}</bdi>
                <span className="faint clip">{one.hint}</span>
              </li>
            ))}
          </ul>
        )}
      </span>
      <Summary wish={wish} printed={printed} known={known} index={index} />
      <button
        type="button"
        className="icon-button"
        aria-label={`Close the print at line ${String(line)}`}
        title="Close this print"
        onClick={() => {
          prints.close(index);
        }}
      >
        ✕
      </button>
    </div>
  );
}

interface SummaryProps {
  wish: PrintWish;
  printed: Printed | undefined;
  known: PrintNamesResult | undefined;
  index: number;
}

/** In a few words: what is wrong, what it is worth now, how much there is. */
function Summary({ wish, printed, known, index }: SummaryProps): ReactNode {
  const session = useSession();
  const moment = useView((state) => state.panel?.at.seq ?? state.events?.at.seq ?? state.moment.seq ?? 0);
  const nearest = known?.nearest;
  if (known?.known === false)
    return (
      <span className="print-said problem" data-testid="print-said">
        no execution of this line is recorded
        {nearest !== undefined && (
          <button
            type="button"
            className="icon-button"
            onClick={() => {
              session.code.prints.change(index, { line: nearest });
            }}
          >
            {`line ${String(nearest)} instead`}
          </button>
        )}
      </span>
    );
  if (wish.expression === '')
    return <span className="print-said faint">Enter: its value at every execution of this line</span>;
  if (printed === undefined) return <span className="print-said faint">Looking…</span>;
  if (printed.error !== undefined) {
    const { message, at } = printed.error;
    const said = wish.expression.length > 12 ? `${message} (at character ${String(at + 1)})` : message;
    return (
      <span className="print-said problem clip" role="alert" title={said} data-testid="print-said">
        {said}
      </span>
    );
  }
  const now = reaches(printed, moment) ? printed.hits[indexAt(printed.hits, moment)] : undefined;
  const { numbers, distinct } = figuresOf(printed.hits);
  const range =
    numbers === undefined
      ? `${count(distinct.length)} distinct`
      : `${numbers.min.text.text} to ${numbers.max.text.text}`;
  const none = wish.only ? `never, in ${count(printed.looked)} executions` : 'this line never ran';
  const all =
    printed.hits.length > 0
      ? `${count(printed.hits.length)}${printed.done ? '' : '+'} × · ${range}`
      : printed.done
        ? none
        : 'Looking…';
  return (
    <span className="print-said" data-testid="print-said" data-hits={printed.hits.length} data-done={printed.done}>
      {now !== undefined && (
        <bdi className="print-now mono clip" title={`Last value up to the moment: ${now.text.text}`}>
          {now.text.text}
        </bdi>
      )}
      <span className="faint clip" title={all}>
        {all}
      </span>
    </span>
  );
}
