/** Going from level to level. The moment stays; each step is a place to come back to. */
import type { FrameView, LineValuesView } from '../../server/index.js';
import { functionTitle } from '../model/names.js';
import type { OpenFile } from '../state/source-book.js';
import type { Session } from '../state/session.js';
import { LEVELS, type Level } from '../state/view-state.js';
import { applicationOfFilter, filterOfApplication, functionAt, levelOf, type Around } from './levels.js';

/** What is under the pointer, where the gesture began. */
export interface Under {
  process?: number | undefined;
  line?: number | undefined;
}

/** Something beside a level: another application, another function. */
export interface Sibling {
  label: string;
  hint?: string;
  current: boolean;
  go: () => void;
}

const MAX_SIBLINGS = 200;

export function around(session: Session): Around {
  const { selected, source } = session.state;
  const process = session.process(selected);
  const frame = session.code.frame();
  const file = source?.module === undefined ? undefined : session.code.book.file(source.module);
  const at =
    file === undefined || source === undefined || source.line === 0
      ? undefined
      : functionAt(file.functions, source.line);
  return {
    application: process?.application,
    process: selected > 0 ? session.name(selected) : undefined,
    frame:
      frame === undefined
        ? undefined
        : {
            module: frame.module,
            title: moduleTitle(frame),
            name: functionTitle(frame.name),
            line: frame.line,
          },
    title: file?.source.title,
    function: at && functionTitle(at.fn.name),
  };
}

const moduleTitle = (frame: FrameView): string => frame.text.slice(0, frame.text.length - frame.name.length - 1);

function remember(session: Session, level: Level, label?: string): void {
  const { selected, source } = session.state;
  session.store.set({ focus: { level, selected, module: source?.module, label } });
}

export function goTo(
  session: Session,
  level: Level,
  target: Under & { application?: string; module?: string; label?: string } = {},
): void {
  session.keepPlace();
  const { state } = session;
  const own = applicationOfFilter(state.filter) !== undefined;
  switch (level) {
    case 'system':
      session.store.set({ main: 'system', source: undefined, ...(own ? { filter: '' } : {}) });
      remember(session, level);
      return;
    case 'application': {
      const name = target.application ?? session.process(state.selected)?.application ?? '';
      session.store.set({
        main: 'timeline',
        source: undefined,
        filter: name === '' ? state.filter : filterOfApplication(name),
      });
      remember(session, level);
      return;
    }
    case 'process':
      if (target.process !== undefined) session.select(target.process);
      session.store.set({ source: undefined });
      remember(session, level);
      session.revealProcess(session.state.selected);
      return;
    case 'module':
      if (target.module === undefined) return;
      session.code.open(target.module, 0, true);
      remember(session, level);
      return;
    case 'function':
    case 'line': {
      const module = target.module ?? state.source?.module;
      if (module === undefined) return;
      const frame = session.code.frame();
      // The line of the frame goes along with the moment; any other stays.
      const follows = level === 'line' && frame?.module === module && frame.line === target.line;
      session.code.open(module, target.line ?? state.source?.line ?? 0, !follows);
      remember(session, level);
      return;
    }
    case 'expression':
      remember(session, level, target.label);
  }
}

export function levelOut(session: Session): void {
  const { state } = session;
  const level = levelOf(state);
  const known = around(session);
  switch (level) {
    case 'system':
      session.notice('This is the whole system');
      return;
    case 'application':
      goTo(session, 'system');
      return;
    case 'process':
      goTo(session, (known.application ?? '') === '' ? 'system' : 'application');
      return;
    case 'module':
      goTo(session, state.selected > 0 ? 'process' : 'system');
      return;
    case 'function':
      goTo(session, 'module', { module: state.source!.module! });
      return;
    case 'line': {
      const file = session.code.book.file(state.source!.module!);
      const fn = file && functionAt(file.functions, state.source!.line);
      if (fn === undefined) goTo(session, 'module', { module: state.source!.module! });
      else goTo(session, 'function', { line: fn.line });
      return;
    }
    case 'expression':
      goTo(session, 'line', { line: state.source!.line });
  }
}

export async function levelIn(session: Session, under: Under = {}): Promise<void> {
  const { state } = session;
  const level = levelOf(state);
  const process = under.process ?? (state.selected > 0 ? state.selected : undefined);
  switch (level) {
    case 'system': {
      const application = process === undefined ? undefined : session.process(process)?.application;
      if (under.process !== undefined && under.process !== state.selected) session.select(under.process);
      if (application !== undefined && application !== '') goTo(session, 'application', { application });
      else if (process !== undefined) goTo(session, 'process', { process });
      else {
        const first = applications(session)[0];
        if (first === undefined) session.notice('Choose a process to go in');
        else goTo(session, 'application', { application: first.name });
      }
      return;
    }
    case 'application': {
      const first = process ?? session.lanes().rows.find((row) => row.process > 0)?.process;
      if (first === undefined) session.notice('No process is in view');
      else goTo(session, 'process', { process: first });
      return;
    }
    case 'process': {
      const module = await moduleOf(session);
      if (module === undefined) session.notice('The source of what it runs is not in the recording');
      else goTo(session, 'module', { module });
      return;
    }
    case 'module': {
      const module = state.source!.module!;
      const file = session.code.book.file(module);
      const line = under.line ?? lineOfFrame(session, module) ?? lastCallback(session, file) ?? state.source!.line;
      const fn = file && (functionAt(file.functions, line) ?? firstFunction(file.functions));
      if (fn === undefined) session.notice('No function of this module is known');
      else goTo(session, 'function', { line: fn.line });
      return;
    }
    case 'function': {
      const { module, line } = state.source!;
      const file = session.code.book.file(module!);
      const fn = file && functionAt(file.functions, line);
      const end = Math.min(...[...(file?.functions.keys() ?? [])].filter((each) => each > (fn?.line ?? 0)), Infinity);
      const own = lineOfFrame(session, module!);
      const ran = [...(file?.counts.keys() ?? [])].filter((each) => each > (fn?.line ?? 0) && each < end);
      const inside = own !== undefined && own >= (fn?.line ?? 0) && own < end ? own : undefined;
      goTo(session, 'line', { line: under.line ?? inside ?? (ran.length > 0 ? Math.min(...ran) : line) });
      return;
    }
    case 'line': {
      const wanted = under.line ?? state.source!.line;
      const file = session.code.book.file(state.source!.module!);
      const found = await lastValues(session, (file && functionAt(file.functions, wanted)?.line) ?? wanted, wanted);
      const first = found?.values[0];
      if (found === undefined || first === undefined) session.notice('No value is recorded up to this line');
      else {
        if (found.line !== state.source!.line) goTo(session, 'line', { line: found.line });
        goTo(session, 'expression', { label: first.label });
      }
      return;
    }
    case 'expression':
      session.notice('A value is as deep as it goes: unfold it in the panel');
  }
}

const firstFunction = <T>(functions: ReadonlyMap<number, T>): { line: number; fn: T } | undefined =>
  functionAt(functions, functions.size === 0 ? 0 : Math.min(...functions.keys()));

/** Where nothing is under way: the callback that made the state what it is. */
function lastCallback(session: Session, file: OpenFile | undefined): number | undefined {
  const callback = session.state.panel?.state?.changed?.callback;
  if (file === undefined || callback === undefined) return undefined;
  for (const [line, { name }] of file.functions) if (callback === `${file.source.title}.${name}`) return line;
  return undefined;
}

function lineOfFrame(session: Session, module: string): number | undefined {
  const frame = session.code.frame();
  return frame?.module === module ? frame.line : undefined;
}

/** The module that the process is in, or that it runs, whose source came along. */
async function moduleOf(session: Session): Promise<string | undefined> {
  const frame = session.code.frame();
  if (frame?.source === true) return frame.module;
  const runs = session.process(session.state.selected)?.runs?.replace(/[.:][^.:]*$/, '');
  if (runs === undefined) return undefined;
  const { sources } = await session.client.ask('sources', { text: runs, limit: 20 });
  return sources.find((each) => each.title === runs)?.module;
}

const valuesAt = async (session: Session, line: number): Promise<{ label: string }[]> =>
  (await lastValues(session, line, line))?.values ?? [];

/** What is known at the last of these lines at which anything is. */
async function lastValues(session: Session, from: number, to: number): Promise<LineValuesView | undefined> {
  const { source, selected } = session.state;
  if (source?.module === undefined || selected === 0) return undefined;
  const query = { module: source.module, process: selected, at: session.at(), from: Math.max(from, to - 1_000), to };
  const { lines } = await session.client.ask('lineValues', query);
  const known = lines.filter((each) => each.values.length > 0 && each.line >= from && each.line <= to);
  return known.reduce<LineValuesView | undefined>((best, each) => (best !== undefined && best.line > each.line ? best : each), undefined); // prettier-ignore
}

function applications(session: Session): { name: string; processes: number }[] {
  const counts = new Map<string, number>();
  for (const { application } of session.processes)
    if (application !== undefined && application !== '') counts.set(application, (counts.get(application) ?? 0) + 1);
  return [...counts]
    .map(([name, processes]) => ({ name, processes }))
    .sort((a, b) => b.processes - a.processes || a.name.localeCompare(b.name));
}

/** What stands beside a level. */
export async function siblingsOf(session: Session, level: Level): Promise<Sibling[]> {
  const { state } = session;
  const { source } = state;
  switch (level) {
    case 'system':
      return [
        { label: 'Constellation', current: state.main === 'system', go: () => { goTo(session, 'system'); } },
        { label: 'Timeline of all', current: false, go: () => { goTo(session, 'system'); session.store.set({ main: 'timeline' }); } },
      ]; // prettier-ignore
    case 'application': {
      const own = session.process(state.selected)?.application;
      return applications(session).slice(0, MAX_SIBLINGS).map(({ name, processes }) => ({
        label: name,
        hint: `${String(processes)} ${processes === 1 ? 'process' : 'processes'}`,
        current: name === own,
        go: () => { goTo(session, 'application', { application: name }); },
      })); // prettier-ignore
    }
    case 'process': {
      const own = session.process(state.selected);
      const beside = session.processes.filter((each) =>
        own?.application !== undefined && own.application !== ''
          ? each.application === own.application
          : each.parent === own?.parent,
      );
      return beside.slice(0, MAX_SIBLINGS).map((each) => ({
        label: session.name(each.id),
        hint: each.pid,
        current: each.id === state.selected,
        go: () => { goTo(session, 'process', { process: each.id }); },
      })); // prettier-ignore
    }
    case 'module': {
      const { sources } = await session.client.ask('sources', { limit: MAX_SIBLINGS });
      return sources.map((each) => ({
        label: each.title,
        current: each.module === source?.module,
        go: () => { goTo(session, 'module', { module: each.module }); },
      })); // prettier-ignore
    }
    case 'function': {
      const module = source?.module ?? session.code.frame()?.module;
      if (module === undefined) return [];
      const { functions } = await session.client.ask('lineCounts', { module });
      const at = functionAt(new Map(functions.map((each) => [each.line, each])), source?.line ?? 0);
      return functions.slice(0, MAX_SIBLINGS).map((each) => ({
        label: functionTitle(each.name),
        hint: `line ${String(each.line)}`,
        current: each.line === at?.line,
        go: () => { goTo(session, 'function', { module, line: each.line }); },
      })); // prettier-ignore
    }
    case 'line': {
      const module = source?.module;
      const file = module === undefined ? undefined : session.code.book.file(module);
      if (module === undefined || file === undefined) return [];
      const fn = functionAt(file.functions, source!.line);
      const end = Math.min(...[...file.functions.keys()].filter((each) => each > (fn?.line ?? 0)), Infinity);
      const lines = [...file.points].filter((each) => each >= (fn?.line ?? 0) && each < end).sort((a, b) => a - b);
      return lines.slice(0, MAX_SIBLINGS).map((line) => ({
        label: `line ${String(line)}`,
        hint: file.lines[line - 1]?.trim().slice(0, 60) ?? '',
        current: line === source!.line,
        go: () => { goTo(session, 'line', { line }); },
      })); // prettier-ignore
    }
    case 'expression': {
      const values = await valuesAt(session, source?.line ?? 0);
      return values.map(({ label }) => ({
        label,
        current: label === state.focus?.label,
        go: () => { goTo(session, 'expression', { label }); },
      })); // prettier-ignore
    }
  }
}

/** To the level of a crumb, wherever one is: in as well as out. */
export async function goToCrumb(session: Session, level: Level): Promise<void> {
  const from = LEVELS.indexOf(levelOf(session.state));
  const to = LEVELS.indexOf(level);
  const steps = Math.abs(to - from);
  // Levels that are not there are passed over, so it may take fewer steps than lie between.
  for (let i = 0; i < steps; i++) {
    const at = LEVELS.indexOf(levelOf(session.state));
    if (at === to || at > to !== from > to) return;
    if (at > to) levelOut(session);
    else await levelIn(session);
    if (LEVELS.indexOf(levelOf(session.state)) === at) return;
  }
}
