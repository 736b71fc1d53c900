import fc from 'fast-check';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeEtf, encodeEtf, erlangSource, launchEnvironment, readCookie } from '../../src/beam/index.js';
import {
  TermError,
  atom,
  binary,
  compareEqual,
  compareOrder,
  list,
  printTerm,
  tuple,
  type Term,
} from '../../src/term/index.js';
import { arbitraryPlainTerm, arbitraryRecordedTerm } from '../support/arbitrary-term.js';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'elixirscope-test-'));
});
afterAll(() => {
  rmSync(dir, { recursive: true });
});

/** Evaluates Erlang source in a VM of its own; gives what it prints. */
function erl(source: string, options: { env?: NodeJS.ProcessEnv; args?: readonly string[] } = {}): string {
  const args = [...(options.args ?? []), '-noshell', '-eval', `${source}, halt().`];
  const { stdout, stderr, status } = spawnSync('erl', args, {
    env: { ...process.env, ...options.env },
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(stderr + stdout);
  return stdout;
}

describe('the External Term Format', () => {
  it('reads what a node writes for every kind of term, and the node reads it back the same', () => {
    const kinds = `[self(), make_ref(), hd(erlang:ports()), fun lists:map/2, erlang:alias(), 1 bsl 3000, -(1 bsl 63), <<5:3>>, 1.5, ä, '日本', "abc", "日本", lists:seq(1, 300),
      list_to_tuple(lists:seq(1, 300)), #{a => [b|c]}, [[]|[]], binary:copy(<<"x">>, 100000), (fun(X) -> fun(Y) -> {X, Y} end end)(1)]`;
    const written = erl(
      `T = ${kinds}, io:put_chars([base64:encode(term_to_binary(T)), " ", base64:encode(term_to_binary(T, [compressed]))])`,
    );
    const [plain = '', compressed = ''] = written.split(' ');
    const term = decodeEtf(Buffer.from(plain, 'base64'));
    expect(compareEqual(term, decodeEtf(Buffer.from(compressed, 'base64')))).toBe('equal');
    const file = join(dir, 'terms');
    writeFileSync(file, encodeEtf(term));
    const check = `{ok, B} = file:read_file("${file}"), T = binary_to_term(B), io:put_chars([base64:encode(term_to_binary(T))])`;
    expect(compareEqual(term, decodeEtf(Buffer.from(erl(check), 'base64')))).toBe('equal');
    expect(term.kind === 'list' && term.elements.slice(-1).map((last) => last.kind)).toEqual(['function']);
  });

  it('answers 10,000 hostile inputs with a term or a TermError', () => {
    const hostile = fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map((bytes) => Uint8Array.of(131, ...bytes)),
      fc
        .array(fc.oneof(fc.integer({ min: 70, max: 121 }), fc.constantFrom(0, 1, 255)), { maxLength: 60 })
        .map((tags) => Uint8Array.of(131, ...tags)),
      fc.tuple(arbitraryPlainTerm, fc.nat(), fc.nat(255)).map(([term, at, byte]) => {
        const bytes = encodeEtf(term);
        bytes[at % bytes.length] = byte;
        return bytes;
      }),
    );
    fc.assert(
      fc.property(hostile, (bytes) => {
        try {
          decodeEtf(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(TermError);
        }
      }),
      { numRuns: 10_000 },
    );
  });

  it('refuses to send a term of which a part was left out', () => {
    expect(() => encodeEtf({ kind: 'redacted' })).toThrow(TermError);
    expect(() => encodeEtf(tuple({ kind: 'binary', bytes: new Uint8Array(1), size: 2 }))).toThrow(TermError);
    expect(() => encodeEtf({ kind: 'pid', number: 1, serial: 1 })).toThrow(TermError);
  });

  it('refuses a compressed term that unpacks to more than is allowed', () => {
    const bomb = erl('io:put_chars(base64:encode(term_to_binary(binary:copy(<<0>>, 100000000), [compressed])))');
    expect(() => decodeEtf(Buffer.from(bomb, 'base64'))).toThrow('too large');
  });
});

describe('terms against a real node', () => {
  it('writes Erlang source that file:consult reads as the same terms', () => {
    const terms = fc.sample(arbitraryPlainTerm, 500);
    const file = join(dir, 'source.term');
    writeFileSync(file, erlangSource(...terms));
    const read = decodeEtf(
      Buffer.from(erl(`{ok, T} = file:consult("${file}"), io:put_chars(base64:encode(term_to_binary(T)))`), 'base64'),
    );
    expect(compareEqual(read, list(terms))).toBe('equal');
    fc.assert(
      fc.property(arbitraryRecordedTerm, (term) => {
        try {
          expect(erlangSource(term).endsWith('.\n')).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(TermError);
        }
      }),
    );
  });

  it("orders terms as the node's own sort does", () => {
    const terms = fc.sample(arbitraryPlainTerm, 600);
    const file = join(dir, 'order');
    writeFileSync(file, encodeEtf(list(terms)));
    const sorted = decodeEtf(
      Buffer.from(
        erl(
          `{ok, B} = file:read_file("${file}"), io:put_chars(base64:encode(term_to_binary(lists:sort(binary_to_term(B)))))`,
        ),
        'base64',
      ),
    );
    const ours = [...terms].sort(compareOrder);
    const theirs = sorted.kind === 'list' ? sorted.elements : [];
    expect(theirs.length).toBe(600);
    expect(ours.map((term: Term, i) => compareOrder(term, theirs[i] as Term))).toEqual(terms.map(() => 0));
    expect(printTerm(ours[0] as Term)).toBe(printTerm(theirs[0] as Term));
  });
});

describe('launchEnvironment', () => {
  it.each(['plain', 'with space', `quote'"s`, 'back\\slash', 'ünï$HOME'])(
    'hands the folder "%s" to a real erl, behind the flags that stand there',
    (name) => {
      const ebin = join(dir, name);
      mkdirSync(ebin);
      const source =
        '-module(elixirscope_probe). -export([start/0]). start() -> persistent_term:put(started, os:getenv("ELIXIRSCOPE_CONFIG")).';
      writeFileSync(join(dir, 'elixirscope_probe.erl'), source);
      const compiled = spawnSync('erlc', ['-o', ebin, join(dir, 'elixirscope_probe.erl')], { encoding: 'utf8' });
      expect(compiled.stdout + compiled.stderr).toBe('');
      const env = launchEnvironment({ ebin, configPath: '/a b/config.term', env: { ERL_AFLAGS: '-before yes' } });
      const answer = erl(
        'io:format("~ts ~p ~s", [persistent_term:get(started, no), init:get_argument(before), filename:basename(code:which(elixirscope_probe))])',
        {
          env: { ...env, LANG: 'C.UTF-8' },
        },
      );
      expect(answer).toBe('/a b/config.term {ok,[["yes"]]} elixirscope_probe.beam');
    },
  );
});

describe('readCookie', () => {
  it('reads the usual files, and only when they are their owner’s alone', async () => {
    const home = join(dir, 'home');
    const config = join(home, '.config', 'erlang');
    mkdirSync(config, { recursive: true });
    await expect(readCookie({ HOME: home })).rejects.toThrow('there is no cookie file');
    writeFileSync(join(config, '.erlang.cookie'), 'SECOND\n', { mode: 0o400 });
    expect(await readCookie({ HOME: home })).toBe('SECOND');
    const usual = join(home, '.erlang.cookie');
    writeFileSync(usual, 'FIRST');
    chmodSync(usual, 0o644);
    await expect(readCookie({ HOME: home })).rejects.toThrow('chmod 400');
    chmodSync(usual, 0o600);
    expect(await readCookie({ HOME: home })).toBe('FIRST');
    writeFileSync(usual, '');
    await expect(readCookie({ HOME: home })).rejects.toThrow('empty');
  });
});

it('builders make what they say', () => {
  expect(decodeEtf(encodeEtf(tuple(atom('a'), binary('b'))))).toEqual(tuple(atom('a'), binary('b')));
});
