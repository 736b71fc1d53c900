import { describe, expect, it } from 'vitest';
import { COMMANDS } from './commands.js';

describe('the commands', () => {
  it.each(Object.values(COMMANDS).flatMap((group) => Object.entries(group)))(
    '%s has the name it is found by',
    async (name, load) => {
      expect((await load()).name()).toBe(name);
    },
  );
});
