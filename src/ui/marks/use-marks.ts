import type { MarkView } from '../../server/index.js';
import { useSession, useView } from '../panels/context.js';

/** All marks by moment; renders again when they change. */
export function useMarks(): readonly MarkView[] {
  const session = useSession();
  useView((state) => state.marksVersion);
  return session.marks.list;
}

/** Whether a row of the selected process's state is the value that was jumped to, or lies on the way to it. */
export function useMarkedValue(path: readonly string[]): 'here' | 'inside' | undefined {
  return useView(({ markedValue, selected }) => {
    if (markedValue === undefined || markedValue.process !== selected) return undefined;
    const { labels } = markedValue;
    if (path.length > labels.length || path.some((label, i) => label !== labels[i])) return undefined;
    return path.length === labels.length ? 'here' : 'inside';
  });
}

/** As a `ref`: brings what was jumped to into view, once. */
export const reveal = (element: HTMLElement | null): void => {
  element?.scrollIntoView({ block: 'nearest' });
};
