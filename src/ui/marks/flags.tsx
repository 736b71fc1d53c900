/** Marks as flags over the ruler or the map of the whole recording. Where many stand together one flag counts them. */
import type { ReactNode } from 'react';
import type { MarkView } from '../../server/index.js';
import { momentText } from '../model/time.js';
import { useSession, useView } from '../panels/context.js';
import { signOf } from './colours.js';
import { useMarks } from './use-marks.js';

/** Of the width: closer ones become one flag, so that their numbers have room on a small screen too. The map is wider than the ruler. */
const CLOSE = { map: 0.028, ruler: 0.056 };
/** From here on a flag blows to the left. */
const END = 0.97;
const LISTED = 8;

interface Flag {
  /** Of the width. */
  at: number;
  marks: MarkView[];
}

export function MarkFlags({ whole }: { whole: boolean }): ReactNode {
  const session = useSession();
  const marks = useMarks();
  const none = marks.length === 0;
  const window = useView((state) => (whole || none ? undefined : state.window));
  const end = useView((state) => state.info?.end.ns);
  const chosen = useView((state) => state.mark);
  if (none || end === undefined) return undefined;
  return (
    <div className={`flags${whole ? ' is-map' : ''}`} data-testid={whole ? 'map-flags' : 'flags'}>
      {flagsIn(marks, window ?? session.wholeWindow(), whole ? CLOSE.map : CLOSE.ruler).map(({ at, marks: here }) => {
        const mark = here.find((each) => each.id === chosen) ?? here[0]!;
        const names = here.slice(0, LISTED).map((each) => `${each.colour} ${signOf(each.colour)}  ${each.name}`);
        const more = here.length > LISTED ? `\nand ${String(here.length - LISTED)} more` : '';
        return (
          <button
            type="button"
            key={here[0]!.id}
            className={`flag m-${mark.colour}${here.includes(mark) && mark.id === chosen ? ' is-chosen' : ''}${at > END ? ' is-end' : ''}`}
            style={{ left: `${String(at * 100)}%` }}
            title={`${momentText(mark.ns)}\n${names.join('\n')}${more}${here.length === 1 && mark.text !== '' ? `\n\n${mark.text}` : ''}`}
            aria-label={here.length === 1 ? `Bookmark ${mark.name}` : `${String(here.length)} bookmarks, ${mark.name}`}
            tabIndex={whole ? -1 : 0}
            onPointerDown={(event) => {
              event.stopPropagation();
            }}
            onClick={() => {
              // One after the other where several stand here.
              const next = here[(here.findIndex((each) => each.id === chosen) + 1) % here.length]!;
              session.marks.go(next);
            }}
          >
            {here.length === 1 ? signOf(mark.colour) : String(here.length)}
          </button>
        );
      })}
    </div>
  );
}

/** Those of a window, put together where they are close. None stand closer than `close`, however many there are. */
export function flagsIn(
  marks: readonly MarkView[],
  { fromNs, toNs }: { fromNs: number; toNs: number },
  close: number,
): Flag[] {
  const flags: Flag[] = [];
  for (const mark of [...marks].sort((a, b) => a.ns - b.ns)) {
    const at = (mark.ns - fromNs) / (toNs - fromNs);
    if (at < 0 || at > 1) continue;
    const last = flags.at(-1);
    if (last !== undefined && at - last.at < close) last.marks.push(mark);
    else flags.push({ at, marks: [mark] });
  }
  return flags;
}
