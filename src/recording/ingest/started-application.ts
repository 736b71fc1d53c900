/**
 * Which application begins with a process. Everything an application starts has its master as group leader, and inherits it from whoever
 * spawned it; so it is enough to know the masters, and who leaves. That is what `application:get_application/1` goes by.
 */
import type { Term } from '../../term/index.js';

/**
 * @param args the arguments of the spawn, a list term (possibly cut)
 * @returns the application's name; '' for none; undefined where the process belongs where its parent belongs
 */
export function startedApplication(module: string, name: string, args: Term | undefined): string | undefined {
  // A terminal is the group leader of its shell, and of all that is started there.
  if (module === 'group' && name === 'server') return '';
  if (module !== 'proc_lib' || name !== 'init_p') return undefined;
  const [, , inner, entry, innerArgs] = elements(args);
  if (inner?.kind !== 'atom' || entry?.kind !== 'atom') return undefined;
  const list = elements(innerArgs);
  // `[Parent, Starter, ApplData, Type]`
  if (inner.name === 'application_master' && entry.name === 'init') {
    const [tag, application] = elements(list[2]);
    return tag?.kind === 'atom' && tag.name === 'appl_data' && application?.kind === 'atom'
      ? application.name
      : undefined;
  }
  // From OTP 26 on a terminal is a gen_statem: `[gen_statem, Starter, Parent, group, …]`.
  const runs = list[list.length === 7 ? 4 : 3];
  return inner.name === 'gen' && entry.name === 'init_it' && runs?.kind === 'atom' && runs.name === 'group'
    ? ''
    : undefined;
}

function elements(term: Term | undefined): readonly Term[] {
  return term?.kind === 'list' || term?.kind === 'tuple' ? term.elements : [];
}
