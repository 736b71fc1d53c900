/** With which moment the state is compared: the change before, the start, the last crash, or any that was held on to. */
import type { ReactNode } from 'react';
import type { StateView } from '../../server/index.js';
import { momentText } from '../model/time.js';
import { useSession, useView } from '../panels/context.js';
import type { Session } from '../state/session.js';

interface Base {
  ns: number;
  seq: number;
}

/** The last crash before the moment. */
function lastCrash(session: Session): Base | undefined {
  const { moment } = session.state;
  return session.crashes.findLast((each) => each.ns < moment.ns);
}

/** Compares from now on with this moment, or no more. */
export function toggleBase(session: Session): void {
  const { base, panel } = session.state;
  if (base !== undefined) session.setBase(undefined);
  else if (panel === undefined) session.notice('Choose a process first');
  else {
    session.setBase(panel.at);
    session.notice(`States are compared with ${momentText(panel.at.ns)} now`);
  }
}

export function CompareWith({ state }: { state: StateView }): ReactNode {
  const session = useSession();
  const base = useView((view) => view.base);
  const at = useView((view) => view.panel?.at);
  useView((view) => view.crashesVersion);
  const crash = lastCrash(session);
  const chosen =
    base === undefined ? 'before' : base.seq === 0 ? 'start' : base.seq === crash?.seq ? 'crash' : 'moment';
  const set = (name: string): void => {
    if (name === 'before') session.setBase(undefined);
    else if (name === 'start') session.setBase({ ns: 0, seq: 0 });
    else if (name === 'crash' && crash !== undefined) session.setBase({ ns: crash.ns, seq: crash.seq });
    else if (name === 'here' && at !== undefined) session.setBase(at);
  };
  return (
    <div className="compare-with">
      <label>
        <span className="faint">against</span>{' '}
        <select
          value={chosen}
          data-testid="compare-with"
          title="Compare the state with that of another moment ( i: with this one, wherever you go )"
          onChange={(event) => {
            set(event.target.value);
          }}
        >
          <option value="before">the change before</option>
          <option value="start">the start</option>
          <option value="crash" disabled={crash === undefined}>
            {crash === undefined ? 'the last crash: none yet' : `the last crash, ${momentText(crash.ns)}`}
          </option>
          {chosen === 'moment' && base !== undefined && <option value="moment">{momentText(base.ns)}</option>}
          <option value="here">this moment, from now on</option>
        </select>
      </label>
      {base !== undefined && state.base === undefined && (
        <span className="faint">no state is known then; shown: the change before</span>
      )}
      {state.base?.first === true && (
        <span className="faint" title={`First seen at ${momentText(state.base.ns)}`}>
          first seen {momentText(state.base.ns)}
        </span>
      )}
      <button
        type="button"
        className="icon-button"
        data-testid="side-by-side"
        title="Both states beside each other, line by line ( I )"
        onClick={() => {
          session.store.set({ sides: true });
        }}
      >
        side by side
      </button>
    </div>
  );
}
