/** Beside a process's name: sets it beside its counterpart, or beside another one that is chosen then. */
import type { ReactNode } from 'react';
import { useSession } from '../panels/context.js';

export function CompareButton({ process }: { process: number }): ReactNode {
  const { compare } = useSession();
  return (
    <button
      type="button"
      className="icon-button"
      title={
        compare.hasOther
          ? 'Compare with its counterpart in the other recording'
          : 'Compare with another process or moment'
      }
      aria-label="Compare this process"
      data-testid="compare-process"
      onClick={() => void compare.begin(process)}
    >
      ⇄
    </button>
  );
}
