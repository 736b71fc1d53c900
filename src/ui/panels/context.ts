import { createContext, useCallback, useContext, useSyncExternalStore } from 'react';
import type { Session } from '../state/session.js';
import { useStore } from '../state/store.js';
import type { ViewState } from '../state/view-state.js';

export const SessionContext = createContext<Session | undefined>(undefined);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === undefined) throw new Error('rendered outside of a session');
  return session;
}

/** A part of the state; re-renders only when that part changes. */
export function useView<S>(select: (state: ViewState) => S): S {
  return useStore(useSession().store, select);
}

/** Of texts beside what moves: nobody reads faster, and each change of the page costs more than the picture that moves. */
const CALM_MS = 150;

/** As `useView`, but no more often than every 150 ms, with what it is then. */
export function useCalmView<S>(select: (state: ViewState) => S): S {
  const { store } = useSession();
  const subscribe = useCallback(
    (changed: () => void) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      let before = store.get();
      const stop = store.subscribe(() => {
        timer ??= setTimeout(() => {
          timer = undefined;
          if (before === store.get()) return;
          before = store.get();
          changed();
        }, CALM_MS);
      });
      return () => {
        clearTimeout(timer);
        stop();
      };
    },
    [store],
  );
  return useSyncExternalStore(subscribe, () => select(store.get()));
}
