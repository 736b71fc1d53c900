/** The same as text: the processes with most of what colour (or else size) tells. */
import { useState, type ReactNode } from 'react';
import { useView } from '../panels/context.js';
import type { Session } from '../state/session.js';
import { heatTitle, type Facts } from './facts.js';
import { HEAT_LABEL } from './heat.js';

export function TopList({ session, facts }: { session: Session; facts: Facts }): ReactNode {
  const [open, setOpen] = useState(false);
  const selected = useView((state) => state.selected);
  const { colour, size, top } = facts;
  return (
    <div className={`system-list${open ? '' : ' is-closed'}`} data-over>
      <button
        type="button"
        className="system-button"
        aria-expanded={open}
        data-testid="top-toggle"
        onClick={() => {
          setOpen(!open);
        }}
      >
        Top processes
      </button>
      <div className={open ? 'system-table' : 'visually-hidden'}>
        <table data-testid="top-processes">
          <caption className="visually-hidden">
            Processes alive at the moment, those with most first. {heatTitle(colour === 'none' ? size : colour, facts)}
          </caption>
          <thead>
            <tr>
              <th scope="col">Process</th>
              {colour !== 'none' && <th scope="col">{HEAT_LABEL[colour]}</th>}
              {size !== 'none' && size !== colour && <th scope="col">{HEAT_LABEL[size]}</th>}
            </tr>
          </thead>
          <tbody>
            {top.map(({ process, colour: first, size: second }) => (
              <tr key={process} aria-current={process === selected}>
                <td>
                  <button
                    type="button"
                    className="link clip"
                    tabIndex={open ? 0 : -1}
                    title={session.name(process)}
                    onClick={() => {
                      session.select(process);
                    }}
                  >
                    {session.name(process)}
                  </button>
                </td>
                {colour !== 'none' && <td className="num">{first}</td>}
                {size !== 'none' && size !== colour && <td className="num">{second}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
