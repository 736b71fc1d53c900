import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareEqual, printTerm, type Term } from '../../src/term/index.js';
import { arbitraryPlainTerm } from '../support/arbitrary-term.js';
import { otps } from '../support/nodes.js';
import { judge, judgeSource, type Judged } from '../support/oracle.js';

const COUNT = 4000;

describe.each(otps.map((otp) => ({ otp, charlists: otp === 25 ? ('quotes' as const) : ('sigil' as const) })))(
  'a real Elixir on OTP $otp',
  ({ otp, charlists }) => {
    const differences = (judged: readonly Judged[]): string[] =>
      judged.flatMap(({ term, elixir, elixir80, elixir30, erlang }) =>
        [
          [printTerm(term, { charlists }), elixir],
          [printTerm(term, { charlists, width: 80 }), elixir80],
          [printTerm(term, { charlists, width: 30 }), elixir30],
          [printTerm(term, { syntax: 'erlang' }), erlang],
        ]
          .filter(([ours, theirs]) => ours !== theirs)
          .map(([ours, theirs]) => `ours:   ${ours}\ntheirs: ${theirs}`),
      );

    it(`reads what we write, and we read it back and print it as it does: ${COUNT} random terms`, async () => {
      const terms = fc.sample(arbitraryPlainTerm, COUNT);
      const judged = await judge(otp, terms);
      const lost = judged.filter(({ term }, i) => compareEqual(terms[i] as Term, term) !== 'equal');
      expect(lost).toEqual([]);
      const wrong = differences(judged);
      expect(`${wrong.length} differ\n${wrong.slice(0, 8).join('\n')}`).toBe('0 differ\n');
    });

    it('prints the structs that have a form of their own', async () => {
      const judged = await judgeSource(otp, [
        '1..3',
        '3..1//-1',
        '1..10//2',
        '1..0//1',
        'MapSet.new([1, 2])',
        'MapSet.new([97])',
        'MapSet.new()',
        '~D[2020-01-01]',
        '%{~D[2020-01-01] | year: -5}',
        '~T[01:02:03.04]',
        '~N[2020-01-01 00:00:00.1]',
        '~U[2020-01-01 00:00:00Z]',
        '~U[2020-01-01 00:00:00.000123Z]',
        '%{~U[2020-01-01 00:00:00Z] | time_zone: "Europe/Berlin", utc_offset: 3600, std_offset: 3600, zone_abbr: "CEST"}',
        '%{~U[2020-01-01 00:00:00Z] | time_zone: "America/St_Johns", utc_offset: -12600, zone_abbr: "NST"}',
        'Date.range(~D[2020-01-01], ~D[2020-01-03])',
        'Date.range(~D[2020-01-03], ~D[2020-01-01], -1)',
        'Version.parse_requirement!("~> 1.0")',
        '%ArgumentError{message: "x"}',
        '&Enum.map/2',
        '&:erlang.+/2',
        '[a: 1..3, b: MapSet.new([[x: 1]])]',
        '%{~D[2020-01-01] => ~T[00:00:00]}',
        '{:ok, %RuntimeError{message: "no"}}',
      ]);
      const wrong = judged.flatMap(({ term, elixir, elixir30 }) =>
        [
          [printTerm(term, { charlists }), elixir],
          [printTerm(term, { charlists, width: 30 }), elixir30],
        ].filter(([ours, theirs]) => ours !== theirs),
      );
      expect(wrong).toEqual([]);
    });

    it('prints regular expressions', async () => {
      const judged = await judgeSource(otp, [
        '~r/a\\/b"/iu',
        '~r/x/',
        '~r/a.b\\d/smx',
        '~r{a/b}U',
        'Regex.compile!("a\\nb")',
      ]);
      expect(judged.map(({ term }) => printTerm(term, { charlists }))).toEqual(judged.map(({ elixir }) => elixir));
    });
  },
);
