import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const sources = fileURLToPath(new URL('../../probe/src/', import.meta.url));

it('every module of the probe is loaded before the program begins, and unloaded at the end', () => {
  const there = readdirSync(sources)
    .filter((name) => name.endsWith('.erl'))
    .map((name) => name.slice(0, -4));
  const text = readFileSync(`${sources}elixirscope_unload.erl`, 'utf8');
  const listed = text.slice(text.indexOf('\nmodules() ->')).match(/\[[^\]]*\]/)?.[0] ?? '';
  expect([...listed.matchAll(/\w+/g)].map(([name]) => name).sort()).toEqual(there.sort());
});
