/** Which execution stands on a side: the recording, the process, from where on. */
import { useState, type ReactNode } from 'react';
import { momentText } from '../model/time.js';
import { processName } from '../model/lanes.js';
import { useSession, useView } from '../panels/context.js';
import type { Side } from '../state/view-state.js';
import { useCompare } from './use-compare.js';

const SHOWN = 60;

export function SideHead({ which }: { which: 'left' | 'right' }): ReactNode {
  const session = useSession();
  const compare = useCompare();
  const sides = useView((state) => state.compare);
  const other = useView((state) => state.info?.other);
  const [open, setOpen] = useState(false);
  const side: Side = sides?.[which] ?? {
    recording: which === 'right' && other !== undefined ? 1 : 0,
    process: 0,
    fromSeq: 0,
  };
  const title = side.recording === 0 ? session.state.info?.title : (compare.otherInfo?.title ?? other);
  const choose = (next: Partial<Side>): void => {
    setOpen(false);
    void compare.chooseSide(which, { ...side, ...next });
  };
  const name = compare.name(side);
  return (
    <div className={`compare-head is-${which}`} data-testid={`compare-${which}`}>
      <span className="compare-letter" aria-label={which === 'left' ? 'Left' : 'Right'}>
        {side.recording === 0 ? 'A' : 'B'}
      </span>
      <button
        type="button"
        className="compare-process"
        aria-haspopup="listbox"
        aria-expanded={open}
        title={`${name}\n${title ?? ''}\nChoose another process`}
        data-testid={`compare-${which}-process`}
        onClick={() => {
          setOpen(!open);
        }}
      >
        <strong>{side.process === 0 ? 'Choose a process…' : name}</strong>
        <span className="faint">{title}</span>
      </button>
      {side.process > 0 && (
        <span className="compare-from">
          {side.fromSeq === 0 ? (
            <span className="faint">from its beginning</span>
          ) : (
            <button
              type="button"
              className="link"
              title="Compare from its beginning"
              onClick={() => {
                choose({ fromSeq: 0 });
              }}
            >{`from #${String(side.fromSeq)} ✕`}</button>
          )}
          {side.recording === 0 && (
            <button
              type="button"
              className="icon-button"
              title="Compare what it does from the moment on"
              data-testid={`compare-${which}-from`}
              onClick={() => {
                const { events, moment } = session.state;
                choose({ fromSeq: moment.seq ?? events?.at.seq ?? 0 });
              }}
            >
              {`from ${momentText(session.state.moment.ns)}`}
            </button>
          )}
        </span>
      )}
      {open && (
        <Picker
          recording={side.recording}
          onChoose={(recording, process) => {
            choose({ recording, process, fromSeq: 0 });
          }}
          onClose={() => {
            setOpen(false);
          }}
        />
      )}
    </div>
  );
}

function Picker({
  recording: first,
  onChoose,
  onClose,
}: {
  recording: number;
  onChoose: (recording: number, process: number) => void;
  onClose: () => void;
}): ReactNode {
  const compare = useCompare();
  const other = useView((state) => state.info?.other);
  const [recording, setRecording] = useState(first);
  const [text, setText] = useState('');
  const words = text.toLowerCase().split(/\s+/);
  const found: { id: number; name: string; detail: string }[] = [];
  let more = 0;
  // The program's own first.
  for (const runtime of [false, true])
    for (const process of compare.processes(recording)) {
      if (process.runtime !== runtime) continue;
      const name = processName(process);
      const detail = [process.pid, process.runs].filter((each) => each !== undefined && each !== name).join(' · ');
      const lower = `${name} ${detail}`.toLowerCase();
      if (!words.every((word) => lower.includes(word))) continue;
      if (found.length < SHOWN) found.push({ id: process.id, name, detail });
      else more++;
    }
  return (
    <div
      className="compare-picker"
      data-testid="compare-picker"
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose();
        event.stopPropagation();
      }}
    >
      {other !== undefined && (
        <div className="compare-recordings" role="group" aria-label="Recording">
          {[0, 1].map((each) => (
            <button
              type="button"
              key={each}
              aria-pressed={each === recording}
              onClick={() => {
                setRecording(each);
              }}
            >
              {each === 0 ? 'A: this one' : 'B: the other one'}
            </button>
          ))}
        </div>
      )}
      <input
        className="compare-filter"
        type="search"
        placeholder="Name, pid or what it runs"
        aria-label="Find a process"
        value={text}
        autoFocus
        onChange={(event) => {
          setText(event.target.value);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && found[0] !== undefined) onChoose(recording, found[0].id);
        }}
      />
      <ul role="listbox" aria-label="Processes">
        {found.map(({ id, name, detail }) => (
          <li key={id} role="option" aria-selected={false}>
            <button
              type="button"
              title={`${name}\n${detail}`}
              onClick={() => {
                onChoose(recording, id);
              }}
            >
              <span className="clip">{name}</span> <span className="faint clip">{detail}</span>
            </button>
          </li>
        ))}
        {found.length === 0 && <li className="empty">No such process</li>}
        {more > 0 && <li className="empty">{`and ${String(more)} more: type to narrow them down`}</li>}
      </ul>
    </div>
  );
}
