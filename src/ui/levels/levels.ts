/** Which level of zoom the view is at, as follows from what is chosen and what is open. */
import type { Level, ViewState } from '../state/view-state.js';
import { LEVELS } from '../state/view-state.js';

export interface Crumb {
  level: Level;
  label: string;
  /** One is at this level or deeper; else it is what going in would lead to. */
  within: boolean;
}

/** What is known of the places around the view, where it is known at all. */
export interface Around {
  /** Of the selected process. */
  application: string | undefined;
  process: string | undefined;
  /** Where it stands in its code. */
  frame: { module: string; title: string; name: string; line: number | undefined } | undefined;
  /** Title of the open module, and the function that holds the line looked at. */
  title: string | undefined;
  function: string | undefined;
}

type Looked = Pick<ViewState, 'focus' | 'selected' | 'source' | 'filter'>;

/** A level that was gone to holds as long as the process and the module stay what they were. */
export function levelOf(state: Looked): Level {
  const { focus, selected, source } = state;
  if (focus?.selected === selected && focus.module === source?.module) return focus.level;
  if (source?.module !== undefined) return source.line > 0 ? 'line' : 'module';
  if (selected > 0) return 'process';
  return applicationOfFilter(state.filter) === undefined ? 'system' : 'application';
}

/** `shop` of `app:shop`, when that is all there is. */
export const applicationOfFilter = (filter: string): string | undefined =>
  /^app:(?:"([^"]+)"|([^\s"]+))$/
    .exec(filter.trim())
    ?.slice(1)
    .find((each) => each !== undefined);

export const filterOfApplication = (name: string): string => (/\s/.test(name) ? `app:"${name}"` : `app:${name}`);

/** From the system down to where one is, and on to what is known to lie below. */
export function crumbsOf(state: Looked, around: Around): Crumb[] {
  const level = levelOf(state);
  const depth = LEVELS.indexOf(level);
  const { source, focus } = state;
  const frame = around.frame;
  const inFrame = source?.module === undefined || source.module === frame?.module;
  const labels: Record<Level, string | undefined> = {
    system: 'System',
    application: depth === 1 ? (applicationOfFilter(state.filter) ?? around.application) : around.application,
    process: around.process,
    module: source?.module === undefined ? frame?.title : (around.title ?? source.module),
    function: around.function ?? (inFrame ? frame?.name : undefined),
    line: lineText(source !== undefined && source.line > 0 ? source.line : inFrame ? frame?.line : undefined),
    expression: level === 'expression' ? focus?.label : undefined,
  };
  return LEVELS.flatMap((each, i) => {
    const label = labels[each];
    return label === undefined || label === '' ? [] : [{ level: each, label, within: i <= depth }];
  });
}

const lineText = (line: number | undefined): string | undefined =>
  line === undefined || line === 0 ? undefined : `line ${String(line)}`;

/** The function that holds a line: the last one that begins at or before it. */
export function functionAt<T>(functions: ReadonlyMap<number, T>, line: number): { line: number; fn: T } | undefined {
  let best: { line: number; fn: T } | undefined;
  for (const [at, fn] of functions) if (at <= line && (best === undefined || at > best.line)) best = { line: at, fn };
  return best;
}
