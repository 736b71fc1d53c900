import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeWorkplace } from './workplace.js';

describe('a workplace', () => {
  it('is closed to others unless they must reach it, and goes as a whole', () => {
    const place = makeWorkplace(false);
    expect(place.socket.length).toBeLessThan(104);
    expect(existsSync(place.rings)).toBe(true);
    place.remove();
    expect(existsSync(place.directory)).toBe(false);
  });

  it('of a recorder that was killed is taken away by the next one', () => {
    const first = makeWorkplace(false);
    const dead = spawnSync('true').pid;
    const left = join(dirname(first.directory), `elixirscope-${dead}-test`);
    mkdirSync(left);
    const second = makeWorkplace(false);
    expect(existsSync(left)).toBe(false);
    expect(existsSync(first.directory)).toBe(true);
    first.remove();
    second.remove();
  });
});
