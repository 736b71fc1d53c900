/** The functions under way, innermost first. A click chooses one: its variables, its line. */
import type { ReactNode } from 'react';
import type { FrameView } from '../../server/index.js';
import { functionTitle } from '../model/names.js';
import { count, momentText } from '../model/time.js';
import { useSession, useView } from './context.js';
import { DepthMenu } from './depth-menu.js';
import { Gaps, Section } from './section.js';

export function StackSection(): ReactNode {
  const code = useView((state) => state.code);
  const wanted = useView((state) => state.frame);
  if (code === undefined) return undefined;
  const { frames, more, gaps } = code;
  const chosen = code.variables?.frame ?? wanted;
  return (
    <Section
      title="Stack"
      testId="stack"
      moment={code.at.seq}
      open={frames.length > 0}
      note={frames.length === 0 ? 'nothing under way' : count(frames.length + more)}
    >
      <Gaps gaps={gaps} what="Frames may be missing" />
      {frames.length === 0 ? (
        <p className="empty">
          No recorded function is under way at this moment. Step to a callback or a call, or record more with{' '}
          <code className="mono">--depth</code>.
        </p>
      ) : (
        <ol className="frames">
          {frames.map((frame) => (
            <Frame key={frame.seq} frame={frame} chosen={frame.seq === chosen} />
          ))}
          {more > 0 && <li className="edge">{`${count(more)} more, outside of these`}</li>}
        </ol>
      )}
    </Section>
  );
}

function Frame({ frame, chosen }: { frame: FrameView; chosen: boolean }): ReactNode {
  const session = useSession();
  const where = frame.line === undefined ? '' : `:${String(frame.line)}`;
  return (
    <li className={`frame${chosen ? ' is-chosen' : ''}`} data-testid="frame" data-seq={frame.seq}>
      <button
        type="button"
        className="frame-main"
        aria-pressed={chosen}
        title={`${functionTitle(frame.text)}${frame.args === undefined ? '' : `(${frame.args.text})`}\nbegan at ${momentText(frame.ns)}, #${String(frame.seq)}${frame.callback ? '\nknown as a callback only: its own call is not recorded' : ''}`}
        onClick={() => {
          session.code.chooseFrame(frame);
        }}
      >
        <span className="frame-name">
          <span className="frame-module">{frame.text.slice(0, frame.text.length - frame.name.length)}</span>
          <span className="frame-function">{functionTitle(frame.name)}</span>
          {where !== '' && <span className="frame-line num">{where}</span>}
          {frame.callback && <span className="frame-kind">callback</span>}
        </span>
        <code className="mono frame-args">{frame.args === undefined ? '' : `(${frame.args.text})`}</code>
      </button>
      {frame.module !== '' && (
        <DepthMenu module={frame.module} name={frame.name}>
          depth
        </DepthMenu>
      )}
    </li>
  );
}
