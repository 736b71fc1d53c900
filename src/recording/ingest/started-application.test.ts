import { describe, expect, it } from 'vitest';
import { atom, list, tuple, type Term } from '../../term/index.js';
import { startedApplication } from './started-application.js';

const born = (module: string, name: string, ...args: Term[]): string | undefined =>
  startedApplication('proc_lib', 'init_p', list([atom('parent'), list([]), atom(module), atom(name), list(args)]));
const any = atom('any');

describe('an application', () => {
  it('begins with its master', () => {
    const data = tuple(atom('appl_data'), atom('shop'), list([]), atom('undefined'));
    expect(born('application_master', 'init', any, any, data, atom('normal'))).toBe('shop');
  });
  it('is not told where the arguments were cut', () => {
    expect(born('application_master', 'init', any, any)).toBeUndefined();
    expect(startedApplication('proc_lib', 'init_p', undefined)).toBeUndefined();
  });
  it('ends where a terminal begins', () => {
    expect(startedApplication('group', 'server', list([any, any, list([])]))).toBe('');
    expect(born('gen', 'init_it', atom('gen_statem'), any, any, atom('group'), any, list([]))).toBe('');
    expect(born('gen', 'init_it', atom('gen_server'), any, any, tuple(), atom('group'), any, list([]))).toBe('');
  });
  it('stays the same for all else', () => {
    expect(
      born('gen', 'init_it', atom('gen_server'), any, any, atom('Elixir.Shop.Stock'), any, list([])),
    ).toBeUndefined();
    expect(startedApplication('erlang', 'apply', list([any, list([])]))).toBeUndefined();
  });
});
