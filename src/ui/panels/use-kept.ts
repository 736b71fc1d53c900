/** A choice inside of a panel that stands in the address: like `useState`, by a name of its own. */
import { useCallback, useMemo } from 'react';
import { keep } from '../state/kept.js';
import { useSession, useView } from './context.js';

/** Undefined: as it is by itself. */
export function useKept(name: string): [string | undefined, (value: string | undefined) => void] {
  const session = useSession();
  const value = useView((state) => state.kept.get(name));
  const set = useCallback(
    (next: string | undefined) => {
      session.store.set({ kept: keep(session.state.kept, name, next) });
    },
    [session, name],
  );
  return [value, set];
}

/** What of a tree was unfolded or folded by hand, by the path of its parts. */
export interface Folds {
  chosen: ReadonlyMap<string, boolean>;
  set: (path: string, open: boolean) => void;
}

/** `of`: whose tree it is; the choices made in another one do not count. */
export function useFolds(name: string, of: number): Folds {
  const [kept, setKept] = useKept(name);
  return useMemo(() => {
    const chosen = foldsFrom(kept, of);
    return {
      chosen,
      set: (path, open) => {
        const next = new Map(chosen);
        next.delete(path);
        next.set(path, open);
        setKept(foldsText(of, next));
      },
    };
  }, [kept, of, setKept]);
}

export const foldsText = (of: number, chosen: ReadonlyMap<string, boolean>): string =>
  `${String(of)}${JSON.stringify([...chosen].map(([path, open]) => `${open ? '+' : '-'}${path}`))}`;

export function foldsFrom(text: string | undefined, of: number): ReadonlyMap<string, boolean> {
  const [, whose, json] = /^(\d{1,16})(\[.*\])$/s.exec(text ?? '') ?? [];
  if (json === undefined || Number(whose) !== of) return new Map();
  try {
    const paths: unknown = JSON.parse(json);
    if (!Array.isArray(paths)) return new Map();
    const strings = paths.filter((each): each is string => typeof each === 'string' && /^[+-]/.test(each));
    return new Map(strings.map((each) => [each.slice(1), each.startsWith('+')]));
  } catch {
    return new Map();
  }
}
