/** One palette, one scale of type, of space and of roundness: what a style sheet may say, read from the style sheets themselves. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const folder = dirname(fileURLToPath(import.meta.url));
const sheets = readdirSync(folder)
  .filter((name) => name.endsWith('.css'))
  .map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8').replace(/\/\*.*?\*\//gs, '') }));

interface Declaration {
  sheet: string;
  property: string;
  value: string;
}

const declarations: Declaration[] = sheets.flatMap(({ name, text }) =>
  [...text.matchAll(/^\s+([\w-]+):\s*([^;{]+);/gm)].map(([, property, value]) => ({
    sheet: name,
    property: property!,
    value: value!.replace(/\s+/g, ' '),
  })),
);

/** Those that break a rule, as text. */
const wrong = (of: (each: Declaration) => boolean): string[] =>
  declarations.filter(of).map(({ sheet, property, value }) => `${sheet}: ${property}: ${value}`);

const custom = ({ property }: Declaration): boolean => property.startsWith('--');

describe('the style sheets', () => {
  it('are all taken in, each once', () => {
    const entry = readFileSync(join(folder, '..', 'styles.css'), 'utf8');
    const imported = [...entry.matchAll(/@import '\.\/styles\/([\w-]+\.css)'/g)].map(([, name]) => name!);
    expect(imported.sort()).toEqual(sheets.map(({ name }) => name).sort());
  });

  it('name colours in the palette only', () => {
    expect(
      wrong((each) => each.sheet !== 'palette.css' && /#[0-9a-f]{3,8}\b|\b(?:rgb|hsl|oklch)a?\(/i.test(each.value)),
    ).toEqual([]);
  });

  it('take sizes of text from the scale', () => {
    expect(wrong((each) => each.property === 'font-size' && !/^var\(--type-\d\)$/.test(each.value))).toEqual([]);
    expect(wrong((each) => each.property === 'font' && each.value !== 'inherit' && !/var\(--type-\d\)/.test(each.value))).toEqual([]); // prettier-ignore
  });

  it('know two weights of text', () => {
    expect(wrong((each) => each.property === 'font-weight' && !/^(?:400|600|inherit)$/.test(each.value))).toEqual([]);
  });

  it('take distances from the scale', () => {
    const distance = /^(?:padding|margin|gap|row-gap|column-gap)/;
    const part = /^(?:0|auto|var\(--space-\w+\))$/;
    expect(
      wrong(
        (each) =>
          distance.test(each.property) &&
          // What a calculation reserves room for stands beside it.
          !each.value
            .replace(/calc\((?:[^()]|\([^()]*\))*\)/g, '0')
            .split(' ')
            .every((piece) => part.test(piece)) &&
          each.value !== '-100cqh',
      ),
    ).toEqual([]);
  });

  it('take rounded corners from the scale', () => {
    const part = /^(?:0|50%|var\(--round-\d\))$/;
    expect(
      wrong((each) => /^border(?:-\w+)*-radius$/.test(each.property) && !each.value.split(' ').every((piece) => part.test(piece))), // prettier-ignore
    ).toEqual([]);
  });

  it('use no variable that does not exist', () => {
    const known = new Set(declarations.filter(custom).map(({ property }) => property));
    // Set on the element by what draws it.
    known.add('--source-width');
    const used = declarations.flatMap(({ value }) => [...value.matchAll(/var\((--[\w-]+)/g)].map(([, name]) => name!));
    expect(used.filter((name) => !known.has(name))).toEqual([]);
  });

  it('say every colour for light and for dark', () => {
    const palette = sheets.find(({ name }) => name === 'palette.css')!.text;
    const [light = '', dark = ''] = palette.split(":root[data-theme='dark']");
    const names = (text: string): string[] => [...text.matchAll(/(--[\w-]+):/g)].map(([, name]) => name!).sort();
    expect(names(dark)).toEqual(names(light));
  });
});
