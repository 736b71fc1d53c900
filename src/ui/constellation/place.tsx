/** The constellation as one of the large views. What it draws with comes only when it is first opened, so that the first page stays small. */
import { lazy, Suspense, type ReactNode } from 'react';

const Constellation = lazy(() => import('./constellation.js'));

export function SystemPlace(): ReactNode {
  return (
    <Suspense
      fallback={
        <div className="system" data-testid="system">
          <p className="hint" role="status">
            Getting ready to draw…
          </p>
        </div>
      }
    >
      <Constellation />
    </Suspense>
  );
}
