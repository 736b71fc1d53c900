/**
 * How deep a function is to be recorded: while the program runs it is changed here; always there is the option with which to record it so
 * from the start, to be copied.
 */
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { createPortal } from 'react-dom';
import type { DepthName } from '../../server/index.js';
import { useSession, useView } from './context.js';

const DEPTHS: readonly (readonly [DepthName, string])[] = [
  ['off', 'nothing'],
  ['count', 'only how often it is called'],
  ['call', 'calls and returns, without values'],
  ['values', 'arguments and results'],
  ['lines', 'each line, and the variables that it binds'],
  ['expressions', 'the value of every expression'],
];

/** `Shop.Stock`, `lists`: as `--depth` takes it. */
export const depthModule = (module: string): string => module.replace(/^Elixir\./, '');

export function DepthMenu({
  module,
  name,
  children,
}: {
  module: string;
  name: string;
  children: ReactNode;
}): ReactNode {
  const session = useSession();
  const live = useView((state) => state.info?.canChangeDepth === true);
  const [open, setOpen] = useState(false);
  const [whole, setWhole] = useState(false);
  const box = useRef<HTMLSpanElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState({ left: 0, top: 0 });
  useEffect(() => {
    if (!open) return;
    const close = (event: Event): void => {
      if (event instanceof KeyboardEvent) {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
      } else if ([box, menu].some((each) => each.current?.contains(event.target as Node) === true)) return;
      setOpen(false);
    };
    addEventListener('pointerdown', close);
    addEventListener('keydown', close, true);
    addEventListener('wheel', close, { passive: true });
    menu.current?.querySelector('button')?.focus();
    return () => {
      removeEventListener('pointerdown', close);
      removeEventListener('keydown', close, true);
      removeEventListener('wheel', close);
    };
  }, [open]);
  const glob = whole ? depthModule(module) : `${depthModule(module)}.${name}`;
  const option = (depth: DepthName): string => `--depth '${glob}=${depth}'`;
  return (
    <span className="depth" ref={box}>
      <button
        type="button"
        className="icon-button"
        aria-haspopup="menu"
        aria-expanded={open}
        data-testid="depth"
        title={`How deep ${name} is recorded`}
        onClick={(event) => {
          event.stopPropagation();
          const at = event.currentTarget.getBoundingClientRect();
          setPlace({
            left: Math.max(8, Math.min(at.left, innerWidth - 352)),
            top: Math.min(at.bottom + 4, innerHeight - 292),
          });
          setOpen(!open);
        }}
      >
        {children}
      </button>
      {open &&
        createPortal(
          <div
            className="depth-menu"
            role="menu"
            ref={menu}
            data-testid="depth-menu"
            style={{ left: `${String(place.left)}px`, top: `${String(Math.max(8, place.top))}px` }}
          >
            <div className="depth-head">
              <strong>{live ? 'Record from now on' : 'Copy the option that records'}</strong>
              <label>
                <input
                  type="checkbox"
                  checked={whole}
                  onChange={(event) => {
                    setWhole(event.target.checked);
                  }}
                />{' '}
                the whole module
              </label>
            </div>
            {DEPTHS.map(([depth, what]) => (
              <div className="depth-row" key={depth}>
                <button
                  type="button"
                  role="menuitem"
                  className="depth-choice"
                  data-depth={depth}
                  title={option(depth)}
                  onClick={() => {
                    setOpen(false);
                    if (live) void session.code.changeDepth(depthModule(module), whole ? '*' : name, depth);
                    else session.copy(option(depth), option(depth));
                  }}
                >
                  <span className="depth-name">{depth}</span>
                  <span className="faint">{what}</span>
                </button>
                {live && (
                  <button
                    type="button"
                    className="icon-button"
                    title={`Copy ${option(depth)}`}
                    aria-label={`Copy ${option(depth)}`}
                    onClick={() => {
                      setOpen(false);
                      session.copy(option(depth), option(depth));
                    }}
                  >
                    ⧉
                  </button>
                )}
              </div>
            ))}
            <p className="depth-note faint">
              {live
                ? 'What is under way goes on as it was.'
                : 'What was not recorded is not known: record again with this option.'}
            </p>
          </div>,
          document.body,
        )}
    </span>
  );
}
