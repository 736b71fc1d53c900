/** What the large place shows: each view stands here once, with its key. */
import type { ComponentType, ReactNode } from 'react';
import { SystemPlace } from '../constellation/index.js';
import { CompareView } from '../compare/compare-view.js';
import type { MainView } from '../state/view-state.js';
import { QueryView } from '../query/query-view.js';
import { useSession, useView } from './context.js';
import { Timeline } from './timeline.js';

interface View {
  main: MainView;
  title: string;
  keys: string;
  hint: string;
  Content: ComponentType;
}

export const VIEWS: readonly View[] = [
  { main: 'timeline', title: 'Timeline', keys: '1', hint: 'Who did what when', Content: Timeline },
  { main: 'system', title: 'System', keys: '2', hint: 'Who is there, and who writes to whom', Content: SystemPlace },
  { main: 'compare', title: 'Compare', keys: '3', hint: 'Two executions side by side', Content: CompareView },
  { main: 'query', title: 'SQL', keys: '4', hint: 'Ask in SQL: a table and a chart', Content: QueryView },
];

export function MainPlace(): ReactNode {
  const main = useView((state) => state.main);
  const { Content } = VIEWS.find((each) => each.main === main) ?? VIEWS[0]!;
  return <Content />;
}

export function ViewSwitch(): ReactNode {
  const session = useSession();
  const main = useView((state) => state.main);
  return (
    <nav className="view-switch" aria-label="View">
      {VIEWS.map((view) => (
        <button
          type="button"
          key={view.main}
          aria-pressed={view.main === main}
          title={`${view.hint} ( ${view.keys} )`}
          data-testid={`view-${view.main}`}
          onClick={() => {
            session.store.set({ main: view.main });
          }}
        >
          {view.title}
        </button>
      ))}
    </nav>
  );
}
