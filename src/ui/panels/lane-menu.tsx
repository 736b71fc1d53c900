/** How lanes are put together and in which order: a small menu in the corner above them. */
import { useEffect, useId, useRef, useState, type ReactNode } from 'react';
import { GROUPING_LABEL, SORTING_LABEL } from '../state/arrangement.js';
import { GROUPINGS, SORTINGS } from '../state/view-state.js';
import { useSession, useView } from './context.js';

export function LaneMenu(): ReactNode {
  const session = useSession();
  const grouping = useView((state) => state.grouping);
  const sorting = useView((state) => state.sorting);
  const pinned = useView((state) => state.pinned);
  useView((state) => state.toggled);
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLSpanElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  const { arrangement } = session;

  useEffect(() => {
    if (!open) return;
    const close = (event: Event): void => {
      if (event instanceof KeyboardEvent) {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        button.current?.focus();
      } else if (box.current?.contains(event.target as Node) === true) return;
      setOpen(false);
    };
    addEventListener('pointerdown', close);
    addEventListener('keydown', close, true);
    box.current?.querySelector<HTMLElement>('[role=menuitemradio][aria-checked=true]')?.focus();
    return () => {
      removeEventListener('pointerdown', close);
      removeEventListener('keydown', close, true);
    };
  }, [open]);

  /** Arrows move between what can be chosen, as in every menu. */
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const items = [...(box.current?.querySelectorAll<HTMLElement>('[role^=menuitem]') ?? [])];
    const at = items.indexOf(document.activeElement as HTMLElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const to = step !== undefined ? at + step : event.key === 'Home' ? 0 : event.key === 'End' ? -1 : undefined;
    // Keys of the menu are not keys of the view.
    event.stopPropagation();
    if (to === undefined) return;
    event.preventDefault();
    items.at(to % items.length)?.focus();
  };

  const radio = (label: string, checked: boolean, choose: () => void, testid: string): ReactNode => (
    <button
      type="button"
      role="menuitemradio"
      aria-checked={checked}
      key={label}
      data-testid={testid}
      tabIndex={-1}
      onClick={choose}
    >
      <span className="lane-menu-check" aria-hidden="true">
        {checked ? '✓' : ''}
      </span>
      {label}
    </button>
  );
  const changed = grouping !== 'supervisor' || sorting !== 'start';
  return (
    <span className="lane-menu" ref={box}>
      <button
        type="button"
        ref={button}
        className={`lane-menu-button${changed ? ' is-on' : ''}`}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={id}
        aria-label={`Lanes: by ${GROUPING_LABEL[grouping].toLowerCase()}, sorted by ${SORTING_LABEL[sorting].toLowerCase()}`}
        title={`How lanes are grouped ( O ) and sorted ( o )\nNow by ${GROUPING_LABEL[grouping].toLowerCase()}, sorted by ${SORTING_LABEL[sorting].toLowerCase()}`}
        data-testid="lane-menu"
        onClick={() => {
          setOpen(!open);
        }}
      >
        {arrangement.waiting ? '…' : '≡'}
      </button>
      {open && (
        <div className="lane-menu-list" role="menu" id={id} aria-label="Lanes" onKeyDown={onKeyDown}>
          <div role="group" aria-label="Group by">
            <div className="lane-menu-title">Group by</div>
            {GROUPINGS.map((each) =>
              radio(
                GROUPING_LABEL[each],
                each === grouping,
                () => {
                  arrangement.group(each);
                },
                `group-${each}`,
              ),
            )}
          </div>
          <div role="group" aria-label="Sort by">
            <div className="lane-menu-title">Sort by</div>
            {SORTINGS.map((each) =>
              radio(
                SORTING_LABEL[each],
                each === sorting,
                () => {
                  arrangement.sort(each);
                },
                `sort-${each}`,
              ),
            )}
          </div>
          {pinned.length > 0 && (
            <button
              type="button"
              role="menuitem"
              tabIndex={-1}
              data-testid="unpin-all"
              onClick={() => {
                arrangement.unpinAll();
                setOpen(false);
                button.current?.focus();
              }}
            >
              <span className="lane-menu-check" aria-hidden="true" />
              Unpin all
            </button>
          )}
        </div>
      )}
    </span>
  );
}
