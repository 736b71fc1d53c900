import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blanked, partsOf, templateLanguage, type TemplateLanguage } from './eex.js';
import { COLOURS, layered, type Node } from './tokens.js';

const shown = (text: string, language: TemplateLanguage): string[] =>
  partsOf(text, language).map(({ from, to, what }) => `${what}: ${text.slice(from, to)}`);

describe('Elixir in templates', () => {
  it('goes by the name of the file', () => {
    expect(['a.html.heex', 'a.txt.eex', 'a.leex', 'a.ex'].map(templateLanguage)).toEqual([
      'heex',
      'eex',
      'eex',
      undefined,
    ]);
  });

  it('stands between the marks', () => {
    expect(shown('<p class="<%= c %>"><% if x do %>y<% end %><%# note %><%% no %>', 'eex')).toEqual([
      'elixir:  c ',
      'elixir:  if x do ',
      'elixir:  end ',
      'comment: <%# note %>',
    ]);
  });

  it('stands between braces in HEEx, but not in scripts and styles', () => {
    expect(shown('<a href={~p"/x/#{@id}"}>{"}"} {%{a: 1}}</a><style>a{b}</style>{@z}', 'heex')).toEqual([
      'elixir: ~p"/x/#{@id}"',
      'elixir: "}"',
      'elixir: %{a: 1}',
      'elixir: @z',
    ]);
    expect(shown('{a}<%!-- {b} --%>', 'heex')).toEqual(['elixir: a', 'comment: <%!-- {b} --%>']);
    expect(shown('{a}', 'eex')).toEqual([]);
  });

  it('never overlaps, and leaves lines and length as they are, whatever is written', () => {
    const piece = fc.constantFrom(
      '<%',
      '%>',
      '<%=',
      '<%!--',
      '--%>',
      '<%#',
      '{',
      '}',
      '"',
      '\\',
      '<script>',
      '</script>',
      'a',
      '\n',
    );
    fc.assert(
      fc.property(
        fc.array(piece).map((all) => all.join('')),
        fc.constantFrom('eex' as const, 'heex' as const),
        (text, language) => {
          let at = 0;
          const parts = partsOf(text, language);
          for (const { from, to } of parts) {
            expect(from).toBeGreaterThanOrEqual(at);
            expect(to).toBeGreaterThanOrEqual(from);
            at = to;
          }
          expect(at).toBeLessThanOrEqual(text.length);
          const rest = blanked(text, parts);
          expect(rest.length).toBe(text.length);
          expect(rest.split('\n').length).toBe(text.split('\n').length);
        },
      ),
    );
  });

  it('lays the colours of Elixir over those of the markup', () => {
    const coloured = (name: string, value: string): Node => ({
      type: 'element',
      properties: { className: [name] },
      children: [{ type: 'text', value }],
    });
    const text = '"a<%= 1 %>b"\nc';
    const { first, stretches } = layered(text, [
      { root: coloured('hljs-string', '"a        b"'), at: 0, length: text.length },
      { root: coloured('hljs-number', ' 1 '), at: 5, length: 3 },
    ]);
    const [string, number] = [COLOURS.indexOf('string'), COLOURS.indexOf('number')];
    expect([...stretches]).toEqual([0, 5, string, 5, 8, number, 8, 12, string]);
    expect([...first]).toEqual([0, 3, 3]);
  });
});
