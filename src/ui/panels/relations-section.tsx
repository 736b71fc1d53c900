/** Whom a process knows: links, children. */
import { useState, type ReactNode } from 'react';
import type { ProcessPanel } from '../../server/index.js';
import { ProcessLink } from './links.js';
import { Fact, Section } from './section.js';

export function Relations({ panel }: { panel: ProcessPanel }): ReactNode {
  const [all, setAll] = useState(false);
  const chips = (ids: number[], total: number): ReactNode => (
    <span className="chips">
      {ids.slice(0, all ? ids.length : 8).map((id) => (
        <ProcessLink key={id} id={id} />
      ))}
      {total > 8 && !all && (
        <button
          type="button"
          className="link"
          onClick={() => {
            setAll(true);
          }}
        >{`+${String(total - 8)}`}</button>
      )}
      {all && total > ids.length && <span className="faint">{`+${String(total - ids.length)}`}</span>}
    </span>
  );
  const any = panel.linksTotal + panel.childrenTotal > 0;
  return (
    <Section
      title="Links and children"
      note={`${String(panel.linksTotal)} · ${String(panel.childrenTotal)}`}
      testId="relations"
      open={any}
    >
      <dl className="facts is-wide">
        <Fact
          name="links"
          value={panel.linksTotal === 0 ? <span className="faint">none</span> : chips(panel.links, panel.linksTotal)}
        />
        <Fact
          name="children"
          value={
            panel.childrenTotal === 0 ? (
              <span className="faint">none alive</span>
            ) : (
              chips(panel.children, panel.childrenTotal)
            )
          }
        />
      </dl>
    </Section>
  );
}
