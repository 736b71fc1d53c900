import { useSyncExternalStore } from 'react';
import { useSession } from '../panels/context.js';
import type { CompareSession } from './compare-session.js';

/** Re-renders whenever more is known of the comparison. */
export function useCompare(): CompareSession {
  const { compare } = useSession();
  useSyncExternalStore(compare.subscribe, compare.getVersion);
  return compare;
}
