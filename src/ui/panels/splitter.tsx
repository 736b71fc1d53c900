/** The bar between timeline and source: drag it, or move it with the arrow keys. */
import type { ReactNode } from 'react';
import { useSession, useView } from './context.js';

const LEAST = 0.15;
const MOST = 0.85;

export function Splitter(): ReactNode {
  const session = useSession();
  const split = useView((state) => state.split);
  const set = (share: number): void => {
    session.store.set({ split: Math.min(MOST, Math.max(LEAST, share)) });
  };
  return (
    <div
      className="splitter"
      role="separator"
      aria-orientation="horizontal"
      aria-label="Height of the source"
      aria-valuenow={Math.round(split * 100)}
      tabIndex={0}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => {
        if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
        const box = event.currentTarget.parentElement!.getBoundingClientRect();
        set((box.bottom - event.clientY) / box.height);
      }}
      onKeyDown={(event) => {
        if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
        set(split + (event.key === 'ArrowUp' ? 0.04 : -0.04));
        event.preventDefault();
        event.stopPropagation();
      }}
    />
  );
}
