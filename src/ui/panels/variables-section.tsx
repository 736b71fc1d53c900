/** What the variables of the chosen frame are bound to at the moment, under the names of the source. */
import type { ReactNode } from 'react';
import type { FrameView, VariableView } from '../../server/index.js';
import { functionTitle } from '../model/names.js';
import { useSession, useView } from './context.js';
import { depthModule } from './depth-menu.js';
import { Gaps, Section } from './section.js';
import { StateTree } from './state-tree.js';

export function VariablesSection(): ReactNode {
  const session = useSession();
  const code = useView((state) => state.code);
  if (code?.variables === undefined) return undefined;
  const { list, more, why, gaps, frame: seq } = code.variables;
  const frame = code.frames.find((each) => each.seq === seq);
  return (
    <Section
      title="Variables"
      testId="variables"
      note={frame === undefined ? undefined : `of ${functionTitle(frame.name)}`}
    >
      <Gaps gaps={gaps} what="Some may be missing" />
      {list.map((each) => (
        <Variable key={each.name} variable={each} of={seq} module={frame?.module} />
      ))}
      {more > 0 && <p className="edge">{`${String(more)} more`}</p>}
      {list.length === 0 && why === undefined && <p className="empty">Nothing is bound yet.</p>}
      {why !== undefined && (
        <p className="note" data-testid="why">
          {why}
          {frame !== undefined && frame.lineSeq === 0 && (
            <>
              {'. '}
              <Record frame={frame} copy={session.copy} />
            </>
          )}
        </p>
      )}
    </Section>
  );
}

/** What to record with, to see the lines of a function. */
function Record({ frame, copy }: { frame: FrameView; copy: (text: string, what: string) => void }): ReactNode {
  const option = `--depth '${depthModule(frame.module)}=lines'`;
  return (
    <>
      To see its lines, record with{' '}
      <button
        type="button"
        className="message-chip"
        title="Copy"
        onClick={() => {
          copy(option, option);
        }}
      >
        {option}
      </button>
    </>
  );
}

function Variable({
  variable,
  of,
  module,
}: {
  variable: VariableView;
  /** The frame, by its call. */
  of: number;
  module: string | undefined;
}): ReactNode {
  const session = useSession();
  return (
    <div className="variable" data-testid="variable" data-name={variable.name}>
      <StateTree
        tree={{ ...variable.tree, l: `${variable.name} =` }}
        name="variables"
        of={of}
        under={variable.name}
        folded
        testId="variable-tree"
      />
      {variable.line > 0 && (
        <button
          type="button"
          className="variable-line num"
          title={`Bound in line ${String(variable.line)}, recorded by #${String(variable.seq)}. Go there`}
          onClick={() => {
            session.code.goToBinding(variable, module);
          }}
        >
          {`line ${String(variable.line)}`}
        </button>
      )}
    </div>
  );
}
