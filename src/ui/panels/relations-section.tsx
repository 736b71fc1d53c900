/** Whom a process knows, since when and why: its parent, links, monitors, children; and whom it knew. */
import { useState, type ReactNode } from 'react';
import type { ProcessPanel, RelationView } from '../../server/index.js';
import { counted, momentText } from '../model/time.js';
import { useAnswer } from '../process/use-answer.js';
import { EventLink, ProcessLink } from './links.js';
import { Section } from './section.js';

const FEW = 6;
/** Looking back takes the server a while: it looks where one rests, not at each step on the way there. */
const REST_MS = 60;

export function Relations({ panel }: { panel: ProcessPanel }): ReactNode {
  const any = panel.linksTotal + panel.childrenTotal > 0 || panel.parent > 0;
  return (
    <Section
      title="Links, monitors, family"
      note={`${String(panel.linksTotal)} linked · ${counted(panel.childrenTotal, 'child', 'children')}`}
      testId="relations"
      open={any}
    >
      <Known panel={panel} />
    </Section>
  );
}

/** Only asked for while it is unfolded. */
function Known({ panel }: { panel: ProcessPanel }): ReactNode {
  const { process, at } = panel;
  const { value } = useAnswer('relations', { process, at: { seq: at.seq } }, process, REST_MS);
  if (value === undefined) return <p className="empty">Looking…</p>;
  const { parent, links, monitors, monitoredBy, children, totals } = value;
  return (
    <div className="relations">
      <Group
        name="parent"
        list={parent === undefined ? [] : [parent]}
        total={parent === undefined ? 0 : 1}
        none="none, or not known"
        verb="started"
      />
      <Group name="links" list={links} total={totals.links} none="none" verb="linked" />
      <Group
        name="monitors"
        list={monitors}
        total={totals.monitors}
        none={value.monitorsRecorded ? 'none' : 'none known'}
        verb="since"
      />
      {value.monitorsRecorded && (
        <Group name="monitored by" list={monitoredBy} total={totals.monitoredBy} none="none" verb="since" />
      )}
      <Group name="children" list={children} total={totals.children} none="none" verb="started" />
      {!value.monitorsRecorded && (
        <p className="note" data-testid="monitors-why">
          Monitors were not recorded here: what stands above is what messages told when they fired. With{' '}
          <code className="mono">--monitors</code> every one is.
        </p>
      )}
      {value.sinceNs > 0 && (
        <p className="note">{`Looked back as far as ${momentText(value.sinceNs)}: what is older has no beginning here.`}</p>
      )}
    </div>
  );
}

function Group({
  name,
  list,
  total,
  none,
  verb,
}: {
  name: string;
  list: RelationView[];
  total: number;
  none: string;
  verb: string;
}): ReactNode {
  const [all, setAll] = useState(false);
  const standing = list.filter((each) => each.endSeq === 0);
  const past = list.filter((each) => each.endSeq > 0);
  const listed = [...standing, ...past];
  const shown = all ? listed : listed.slice(0, FEW);
  const hidden = Math.max(total, standing.length) + past.length - shown.length;
  return (
    <div className="relation-group" role="group" aria-label={name} data-testid={`relation-${name.replace(' ', '-')}`}>
      <h3>{name}</h3>
      {list.length === 0 ? (
        <p className="faint">{none}</p>
      ) : (
        <ul>
          {shown.map((each, i) => (
            <Relation key={i} relation={each} verb={verb} />
          ))}
        </ul>
      )}
      {hidden > 0 && (
        <button
          type="button"
          className="link"
          disabled={all}
          title={all ? 'No more are listed' : undefined}
          onClick={() => {
            setAll(true);
          }}
        >{`+${String(hidden)}`}</button>
      )}
    </div>
  );
}

function Relation({ relation, verb }: { relation: RelationView; verb: string }): ReactNode {
  const { process, text, seq, ns, why, endSeq, endNs, ended } = relation;
  return (
    <li className={endSeq > 0 ? 'is-over' : ''} data-process={process}>
      {process > 0 ? <ProcessLink id={process} /> : <span className="mono">{text ?? 'unknown'}</span>}
      <span className="relation-facts faint">
        {seq > 0 ? (
          <>
            {verb} <EventLink seq={seq}>{momentText(ns)}</EventLink>
          </>
        ) : endSeq > 0 ? (
          ''
        ) : (
          'before the recording'
        )}
        {why !== undefined && <span title={why}>{` ${why}`}</span>}
        {endSeq > 0 && (
          <>
            {' '}
            <EventLink seq={endSeq}>{momentText(endNs)}</EventLink> <span title={ended}>{ended}</span>
          </>
        )}
      </span>
    </li>
  );
}
