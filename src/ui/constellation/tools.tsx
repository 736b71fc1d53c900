/** What sets the picture: what colour and size tell, flat or in space, whom it follows, which applications are open. */
import type { ReactNode } from 'react';
import { useSession, useView } from '../panels/context.js';
import { HEATS, type Heat } from '../state/view-state.js';
import { Applications } from './applications.js';
import type { Facts } from './facts.js';
import { HEAT_LABEL } from './heat.js';
import type { ConstellationView } from './view.js';

export function Tools({ view, facts }: { view: ConstellationView | undefined; facts: Facts }): ReactNode {
  const session = useSession();
  const flat = useView((state) => state.flat);
  const follow = useView((state) => state.follow);
  const selected = useView((state) => state.selected);
  return (
    <div className="system-tools">
      <HeatChoice what="colour" label="Colour" />
      <HeatChoice what="size" label="Size" />
      <div className="view-switch" role="group" aria-label="Layout">
        {[false, true].map((each) => (
          <button
            type="button"
            key={String(each)}
            aria-pressed={flat === each}
            data-testid={each ? 'flat' : 'space'}
            title={`${each ? 'Flat, seen from above' : 'In space'} ( v )`}
            onClick={() => {
              session.store.set({ flat: each });
            }}
          >
            {each ? '2D' : '3D'}
          </button>
        ))}
      </div>
      <button
        type="button"
        className="system-button"
        aria-pressed={follow}
        disabled={selected === 0}
        data-testid="follow"
        title={
          selected === 0
            ? 'Choose a process first: then the view stays with it ( F )'
            : `The view stays with ${session.name(selected)} ( F )`
        }
        onClick={() => {
          session.store.set({ follow: !follow });
        }}
      >
        Follow
      </button>
      <button
        type="button"
        className="system-button"
        data-testid="reset-camera"
        title="Everything in view ( 0 )"
        onClick={() => {
          view?.reset();
        }}
      >
        Reset view
      </button>
      <Applications view={view} facts={facts} />
    </div>
  );
}

function HeatChoice({ what, label }: { what: 'colour' | 'size'; label: string }): ReactNode {
  const session = useSession();
  const value = useView((state) => state[what]);
  return (
    <label className="system-choice">
      {label}
      <select
        className="choice"
        data-testid={what}
        value={value}
        onChange={(event) => {
          session.store.set({ [what]: event.currentTarget.value as Heat });
        }}
      >
        {HEATS.map((heat) => (
          <option key={heat} value={heat}>
            {heat === 'none' && what === 'colour' ? 'Kind' : HEAT_LABEL[heat]}
          </option>
        ))}
      </select>
    </label>
  );
}
