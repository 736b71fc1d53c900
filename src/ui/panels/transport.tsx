/** The player's buttons: crash to crash, step by step, play at a speed. */
import type { ReactNode } from 'react';
import { SPEEDS, speedText, UNIT_LABEL } from '../state/player.js';
import { STEP_UNITS, type StepUnit } from '../state/view-state.js';
import { useSession, useView } from './context.js';

export function Transport({ children }: { children: ReactNode }): ReactNode {
  const session = useSession();
  const { player } = session;
  const playing = useView((state) => state.playing);
  const backwards = useView((state) => state.backwards);
  const speed = useView((state) => state.speed);
  const unit = useView((state) => state.unit);
  const crashes = useView((state) => state.crashesVersion) > 0;
  return (
    <div className="transport" role="group" aria-label="Player">
      {crashes && (
        <Button
          title="Previous crash ( N )"
          label="Previous crash"
          crash
          act={() => {
            player.crash(-1);
          }}
        >
          ⇤
        </Button>
      )}
      <Button
        title={`Previous ${UNIT_LABEL[unit]} ( , )`}
        label="Step back"
        testId="previous-event"
        act={() => void player.step(-1)}
      >
        ◂
      </Button>
      <Button
        title={
          playing ? 'Pause (space)' : `Play ${backwards ? 'backwards ' : ''}at ${speedText(speed)} (space; r turns)`
        }
        label={playing ? 'Pause' : 'Play'}
        testId="play"
        act={() => {
          player.toggle();
        }}
      >
        {playing ? '❚❚' : backwards ? '◀' : '▶'}
      </Button>
      <Button
        title={`Next ${UNIT_LABEL[unit]} ( . )`}
        label="Step forward"
        testId="next-event"
        act={() => void player.step(1)}
      >
        ▸
      </Button>
      {crashes && (
        <Button
          title="Next crash ( n )"
          label="Next crash"
          crash
          testId="next-crash"
          act={() => {
            player.crash(1);
          }}
        >
          ⇥
        </Button>
      )}
      <select
        className="choice"
        aria-label="What a step is"
        title="What a step is ( u )"
        data-testid="unit"
        value={unit}
        onChange={(event) => {
          session.store.set({ unit: event.target.value as StepUnit });
          event.target.blur();
        }}
      >
        {STEP_UNITS.map((each) => (
          <option key={each} value={each}>
            {UNIT_LABEL[each]}
          </option>
        ))}
      </select>
      <select
        className="choice"
        aria-label="Speed"
        title="Speed, times real time ( - + )"
        data-testid="speed"
        value={speed}
        onChange={(event) => {
          session.store.set({ speed: Number(event.target.value) });
          event.target.blur();
        }}
      >
        {SPEEDS.map((each) => (
          <option key={each} value={each}>
            {speedText(each)}
          </option>
        ))}
      </select>
      {children}
    </div>
  );
}

function Button({
  title,
  label,
  testId,
  crash,
  act,
  children,
}: {
  title: string;
  label: string;
  testId?: string;
  crash?: boolean;
  act: () => void;
  children: ReactNode;
}): ReactNode {
  return (
    <button
      type="button"
      className={`icon-button is-square${crash === true ? ' is-crash' : ''}`}
      title={title}
      aria-label={label}
      data-testid={testId}
      onClick={act}
    >
      {children}
    </button>
  );
}
