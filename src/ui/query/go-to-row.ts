/** Where a row of an answer leads: its event, else its moment, else its process. */
import type { SqlTableView } from '../../server/index.js';
import type { Session } from '../state/session.js';
import type { Meaning } from './columns.js';

/** False: the row names nothing that one can go to. */
export function goToRow(session: Session, table: SqlTableView, meanings: readonly Meaning[], index: number): boolean {
  session.query.store.set({ row: index });
  const row = table.rows[index] ?? [];
  const value = (meaning: Meaning): number | undefined => {
    const cell = row[meanings.indexOf(meaning)];
    return typeof cell === 'number' ? cell : undefined;
  };
  const seq = value('event');
  const ns = value('moment');
  const process = value('process');
  if (seq !== undefined && seq > 0) {
    void session.jumpToSeq(seq);
    return true;
  }
  if (process !== undefined && session.process(process) !== undefined) session.select(process);
  if (ns !== undefined) {
    session.setMoment({ ns, seq: undefined });
    session.revealMoment();
  }
  return ns !== undefined || process !== undefined;
}
