/** Things in the text that lead somewhere: processes, events, moments. */
import type { ReactNode } from 'react';
import { momentText } from '../model/time.js';
import { useSession, useView } from './context.js';

export function ProcessLink({ id }: { id: number }): ReactNode {
  const session = useSession();
  useView((state) => state.processesVersion);
  if (id === 0) return <span className="faint">unknown process</span>;
  const process = session.process(id);
  const name = session.name(id);
  return (
    <button
      type="button"
      className="link process-link"
      title={
        process === undefined ? name : `${name}  ${process.pid}${process.runs === undefined ? '' : `\n${process.runs}`}`
      }
      onClick={() => {
        session.select(id);
      }}
    >
      {name}
    </button>
  );
}

export function EventLink({ seq, children, title }: { seq: number; children?: ReactNode; title?: string }): ReactNode {
  const session = useSession();
  if (seq === 0) return <span className="faint">not recorded</span>;
  return (
    <button
      type="button"
      className="link num"
      title={title ?? `Go to event #${String(seq)}`}
      onClick={() => void session.jumpToSeq(seq)}
    >
      {children ?? `#${String(seq)}`}
    </button>
  );
}

export function MomentLink({
  moment,
  children,
  label,
}: {
  moment: { seq: number; ns: number };
  children?: ReactNode;
  label?: string;
}): ReactNode {
  const session = useSession();
  return (
    <button
      type="button"
      className="link num"
      title={label ?? `Go to ${momentText(moment.ns)}`}
      onClick={() => {
        session.setMoment(moment);
        session.revealMoment();
      }}
    >
      {children ?? momentText(moment.ns)}
    </button>
  );
}
