/** The bar that says where one is, from the system down to an expression. Each part leads there, and to what stands beside it. */
import { useEffect, useRef, useState, useSyncExternalStore, type ReactNode } from 'react';
import { useSession, useView } from '../panels/context.js';
import type { Level } from '../state/view-state.js';
import { ExpressionCard } from './expression-card.js';
import { useLevelGesture } from './gesture.js';
import { around, goToCrumb, levelIn, levelOut, siblingsOf, type Sibling } from './level-session.js';
import { crumbsOf, levelOf, type Crumb } from './levels.js';

export function Breadcrumb(): ReactNode {
  const session = useSession();
  useLevelGesture(session);
  // All that the crumbs are made of.
  useView((state) => state.focus);
  useView((state) => state.selected);
  useView((state) => state.source);
  useView((state) => state.filter);
  useView((state) => state.code);
  useView((state) => state.processesVersion);
  const { book } = session.code;
  useSyncExternalStore(book.subscribe, book.getVersion);
  const level = levelOf(session.state);
  const crumbs = crumbsOf(session.state, around(session));
  return (
    <>
      <nav className="crumbs" aria-label="Where you are" data-testid="breadcrumb" data-level={level}>
        <ol>
          {crumbs.map((crumb) => (
            <Part key={crumb.level} crumb={crumb} current={crumb.level === level} />
          ))}
        </ol>
        <span className="crumbs-steps">
          <button
            type="button"
            className="icon-button is-square"
            title="A level out ( PageUp, or alt and the wheel )"
            aria-label="A level out"
            data-testid="level-out"
            disabled={level === 'system'}
            onClick={() => {
              levelOut(session);
            }}
          >
            −
          </button>
          <button
            type="button"
            className="icon-button is-square"
            title="A level in ( PageDown, or alt and the wheel )"
            aria-label="A level in"
            data-testid="level-in"
            disabled={level === 'expression'}
            onClick={() =>
              void levelIn(session).catch((error: unknown) => {
                session.fail(error);
              })
            }
          >
            +
          </button>
        </span>
      </nav>
      {level === 'expression' && <ExpressionCard />}
    </>
  );
}

function Part({ crumb, current }: { crumb: Crumb; current: boolean }): ReactNode {
  const session = useSession();
  const [open, setOpen] = useState(false);
  return (
    <li className={crumb.within ? '' : 'is-below'} data-level={crumb.level}>
      <button
        type="button"
        className="crumb"
        aria-current={current ? 'location' : undefined}
        title={`${crumb.level}: ${crumb.label}`}
        data-testid={`crumb-${crumb.level}`}
        onClick={() => {
          if (!current)
            void goToCrumb(session, crumb.level).catch((error: unknown) => {
              session.fail(error);
            });
        }}
      >
        <bdi>{crumb.label}</bdi>
      </button>
      <button
        type="button"
        className="crumb-more"
        aria-label={`Other than ${crumb.label}`}
        aria-haspopup="menu"
        aria-expanded={open}
        data-testid={`crumb-menu-${crumb.level}`}
        onClick={() => {
          setOpen(!open);
        }}
      >
        ▾
      </button>
      {open && (
        <Menu
          level={crumb.level}
          close={() => {
            setOpen(false);
          }}
        />
      )}
    </li>
  );
}

function Menu({ level, close }: { level: Level; close: () => void }): ReactNode {
  const session = useSession();
  const [items, setItems] = useState<Sibling[] | undefined>(undefined);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let gone = false;
    siblingsOf(session, level).then(
      (found) => {
        if (!gone) setItems(found);
      },
      (error: unknown) => {
        session.fail(error);
        if (!gone) setItems([]);
      },
    );
    return () => {
      gone = true;
    };
  }, [session, level]);
  useEffect(() => {
    const away = (event: PointerEvent): void => {
      if (!box.current!.parentElement!.contains(event.target as Node)) close();
    };
    addEventListener('pointerdown', away, { capture: true });
    return () => {
      removeEventListener('pointerdown', away, { capture: true });
    };
  }, [close]);
  useEffect(() => {
    const menu = box.current!;
    (
      menu.querySelector<HTMLElement>('[aria-current=true]') ?? menu.querySelector<HTMLElement>('[role=menuitem]')
    )?.focus();
  }, [items]);
  return (
    <div
      className="crumb-menu"
      role="menu"
      aria-label={`Other ${level}s`}
      ref={box}
      onKeyDown={(event) => {
        const all = [...box.current!.querySelectorAll<HTMLElement>('[role=menuitem]')];
        const at = all.indexOf(document.activeElement as HTMLElement);
        if (event.key === 'Escape') close();
        else if (event.key === 'ArrowDown') all[Math.min(all.length - 1, at + 1)]?.focus();
        else if (event.key === 'ArrowUp') all[Math.max(0, at - 1)]?.focus();
        else if (event.key === 'Home') all[0]?.focus();
        else if (event.key === 'End') all.at(-1)?.focus();
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      {items === undefined ? (
        <p className="empty">Looking…</p>
      ) : items.length === 0 ? (
        <p className="empty">Nothing else is known here.</p>
      ) : (
        items.map((item, i) => (
          <button
            type="button"
            role="menuitem"
            key={i}
            aria-current={item.current}
            title={item.label}
            onClick={() => {
              close();
              item.go();
            }}
          >
            <bdi className="menu-label">{item.label}</bdi>
            {item.hint !== undefined && <span className="menu-hint faint">{item.hint}</span>}
          </button>
        ))
      )}
    </div>
  );
}
