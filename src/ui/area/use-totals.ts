/** Asks for the totals of the area, again and again until all of it has been looked at; what is known so far is shown meanwhile. */
import { useEffect, useState } from 'react';
import type { AreaAnswer } from '../../server/index.js';
import { AskError } from '../net/client.js';
import { useSession, useView } from '../panels/context.js';
import { isRecorded } from '../state/view-state.js';

export interface TotalsFound {
  answer: AreaAnswer | undefined;
  error: string | undefined;
}

const NOTHING: TotalsFound = { answer: undefined, error: undefined };
/** A live recording is looked at again so often. */
const AGAIN_MS = 1_000;
const SETTLE_MS = 60;

export function useTotals(): TotalsFound {
  const session = useSession();
  const area = useView((state) => state.area);
  const totals = useView((state) => state.totals);
  const link = useView((state) => state.link);
  const loaded = useView((state) => state.info !== undefined);
  const [found, setFound] = useState<TotalsFound & { area: unknown; totals: unknown }>({ ...NOTHING, area, totals });
  useEffect(() => {
    if (area === undefined || link !== 'open' || !loaded) return;
    let gone = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const { part, sort, process, path } = totals;
    const known = area.processes?.filter((each) => isRecorded(session.state, each));
    const one = part === 'flame' && isRecorded(session.state, process) ? [process] : known;
    const params = {
      fromNs: area.fromNs,
      toNs: area.toNs,
      ...(one === undefined ? {} : { processes: one }),
      part,
      ...(sort === undefined ? {} : { sort }),
      ...(part === 'flame' ? { path: [...path] } : {}),
    };
    const ask = (): void => {
      session.client.ask('area', params, 'area').then(
        (answer) => {
          if (gone) return;
          setFound({ answer, error: undefined, area, totals });
          if (!answer.done) timer = setTimeout(ask, 0);
          else if (session.state.info?.live === true && area.toNs >= answer.toNs) timer = setTimeout(ask, AGAIN_MS);
        },
        (error: unknown) => {
          if (gone || (error instanceof AskError && (error.code === 'lost' || error.code === 'superseded'))) return;
          setFound({ answer: undefined, error: error instanceof Error ? error.message : String(error), area, totals });
        },
      );
    };
    timer = setTimeout(ask, SETTLE_MS);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [session, area, totals, link, loaded]);
  // What was found of another area says nothing of this one, nor a flame graph of another way of calls. Else the head stays meanwhile.
  const fits = found.area === area && (found.totals === totals || totals.part !== 'flame');
  return fits ? found : NOTHING;
}
