import { describe, expect, it } from 'vitest';
import { isRuntimeProcess } from './runtime-process.js';

const fn = (module: string, name: string) => ({ id: 1, node: 0, module, name, arity: 1 });
const one = (name?: string, spawnSeq = 1, label?: string) => ({ name, spawnSeq, label });

describe('processes of the runtime', () => {
  it('are known by their names', () => {
    for (const name of [
      'kernel_sup',
      'Elixir.Logger.Supervisor',
      'Elixir.Mix.State',
      'elixir_sup',
      'Elixir.ExUnit.Server',
    ])
      expect(isRuntimeProcess(one(name), undefined), name).toBe(true);
    for (const name of ['Elixir.Shop.Stock', 'door', 'users', 'Elixir.Mixer', 'Elixir.LoggerOfMine'])
      expect(isRuntimeProcess(one(name), fn('kernel', 'init')), name).toBe(false);
  });

  it('are known by what they run when they have no name', () => {
    expect(isRuntimeProcess(one(), fn('application_master', 'init'))).toBe(true);
    expect(isRuntimeProcess(one(), fn('supervisor_bridge', 'user_sup'))).toBe(true);
    expect(isRuntimeProcess(one(), fn('supervisor_bridge', 'mine'))).toBe(false);
    expect(isRuntimeProcess(one(), fn('Elixir.Shop.Order', 'init'))).toBe(false);
  });

  it('are those of which nothing is known from before the recording, and the probe', () => {
    expect(isRuntimeProcess(one(undefined, 0), undefined)).toBe(true);
    expect(isRuntimeProcess(one(undefined, 5), undefined)).toBe(false);
    expect(isRuntimeProcess(one(undefined, 0), fn('erlang', 'apply'))).toBe(true);
    expect(isRuntimeProcess(one(undefined, 5, 'elixirscope probe'), undefined)).toBe(true);
  });
});
