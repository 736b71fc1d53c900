/** The list of applications, each open or drawn as one. */
import { useEffect, useRef, type ReactNode } from 'react';
import { count } from '../model/time.js';
import { useView } from '../panels/context.js';
import type { Facts } from './facts.js';
import type { ConstellationView } from './view.js';

/** The program's own first, the largest of them at the top. */
export function Applications({ view, facts }: { view: ConstellationView | undefined; facts: Facts }): ReactNode {
  const closed = useView((state) => state.closedApplications);
  const list = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const away = (event: Event): void => {
      if (list.current?.contains(event.target as Node) === false) list.current.open = false;
    };
    addEventListener('pointerdown', away);
    return () => {
      removeEventListener('pointerdown', away);
    };
  }, []);
  const islands = [...facts.islands].sort((a, b) => Number(a.runtime) - Number(b.runtime) || b.size - a.size);
  return (
    <details
      className="system-applications"
      ref={list}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !event.currentTarget.open) return;
        event.stopPropagation();
        event.currentTarget.open = false;
        event.currentTarget.querySelector('summary')?.focus();
      }}
    >
      <summary data-testid="applications" title="Which applications are drawn process by process, and which as one">
        Applications <span className="faint num">{count(islands.length)}</span>
      </summary>
      <ul>
        {islands.map((island) => (
          <li key={island.key}>
            <label>
              <input
                type="checkbox"
                checked={!closed.has(island.key)}
                onChange={() => {
                  view?.toggleIsland(island.key);
                }}
              />
              <span className="clip" title={island.label}>
                {island.label}
              </span>
              <span className="faint num">{count(island.size)}</span>
            </label>
          </li>
        ))}
      </ul>
    </details>
  );
}
