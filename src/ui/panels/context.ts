import { createContext, useContext } from 'react';
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
