/** The value of one expression or variable of a line at the moment, and what it was in the executions of that line before. */
import { useEffect, useState, type ReactNode } from 'react';
import type { Text } from '../../server/index.js';
import { momentText } from '../model/time.js';
import { useSession, useView } from '../panels/context.js';
import { MomentLink } from '../panels/links.js';
import type { Session } from '../state/session.js';

const SHOWN = 6;

interface Value {
  seq: number;
  ns: number;
  text: Text;
}

export function ExpressionCard(): ReactNode {
  const session = useSession();
  const label = useView((state) => state.focus?.label);
  const source = useView((state) => state.source);
  const selected = useView((state) => state.selected);
  const seq = useView((state) => state.panel?.at.seq);
  const [values, setValues] = useState<Value[] | undefined>(undefined);
  const module = source?.module;
  const line = source?.line ?? 0;
  useEffect(() => {
    if (module === undefined || seq === undefined || label === undefined) return;
    let gone = false;
    historyOf(session, { module, line, label, process: selected }, seq, () => gone).then(
      (found) => {
        if (!gone) setValues(found);
      },
      (error: unknown) => {
        if (!gone) session.fail(error);
      },
    );
    return () => {
      gone = true;
    };
  }, [session, module, line, label, selected, seq]);
  const [now, ...before] = values ?? [];
  return (
    <section className="expression-card" aria-label={`Value of ${label ?? ''}`} data-testid="expression-card">
      <div className="expression-now">
        <bdi className="source-label mono">{label}</bdi>
        <span className="faint"> = </span>
        {values === undefined ? (
          <span className="faint">Looking…</span>
        ) : now === undefined ? (
          <span className="faint">not executed yet at this moment</span>
        ) : (
          <code title={now.text.text}>{now.text.text}</code>
        )}
        {now !== undefined && (
          <span className="faint">
            {' '}
            at <MomentLink moment={now} />
          </span>
        )}
      </div>
      {before.length > 0 && (
        <ol className="expression-before" aria-label="Earlier values">
          {before.map((each) => (
            <li key={each.seq}>
              <MomentLink moment={each} label={`Go to ${momentText(each.ns)}`} />{' '}
              <code title={each.text.text}>{each.text.text}</code>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

/** What was known at the line, execution by execution backwards: before each arrival stand the values of the one before. */
async function historyOf(
  session: Session,
  of: { module: string; line: number; label: string; process: number },
  seq: number,
  gone: () => boolean,
): Promise<Value[]> {
  const { module, line, label, process } = of;
  const out: Value[] = [];
  for (let at = seq; out.length < SHOWN && at > 0 && !gone();) {
    const query = { module, process, at: { seq: at }, from: line, to: line };
    const { lines } = await session.client.ask('lineValues', query);
    const value = lines.find((each) => each.line === line)?.values.find((each) => each.label === label);
    if (value === undefined || value.seq === out.at(-1)?.seq) break;
    const { event } = await session.client.ask('event', { seq: value.seq });
    out.push({ seq: value.seq, ns: event.ns, text: value.text });
    const back = { module, line, from: { seq: value.seq }, direction: -1 as const, process };
    const { found } = await session.client.ask('nextLine', back);
    // The arrival of the same execution comes first where the value was bound after it.
    if (found === undefined) break;
    at = Math.min(found.seq, value.seq) - 1;
  }
  return out;
}
