import { useEffect, useSyncExternalStore } from 'react';
import { useSession, useView } from '../panels/context.js';
import type { Printed } from './print-session.js';
import type { PrintWish } from './wish.js';

/** What came of a print so far; asked for as long as somebody looks. */
export function usePrinted(wish: PrintWish): Printed | undefined {
  const session = useSession();
  const { prints } = session.code;
  useSyncExternalStore(prints.subscribe, prints.getVersion);
  const end = useView((state) => state.info?.end.seq);
  const link = useView((state) => state.link);
  useEffect(() => {
    if (end !== undefined && link === 'open') prints.need(wish);
  }, [prints, wish, end, link]);
  return prints.of(wish);
}
