import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { printTerm, type Term } from '../../src/term/index.js';
import { elixirscope, inDirectory, RELEASES, startElixirscope, untilRecorded } from '../support/elixirscope.js';
import { startTarget, type Target } from '../support/target.js';

const elixir = (term: Term): string => printTerm(term, { syntax: 'elixir' });

/** The command lines of a process and of all that it started. */
function commandLines(pid: number): string[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
  return [readFileSync(`/proc/${pid}/cmdline`, 'utf8'), ...children.flatMap(commandLines)];
}

const filesIn = (directory: string): string[] =>
  readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

describe.each(RELEASES)('the cookie of $name', (release) => {
  let target: Target;
  beforeAll(async () => {
    target = await startTarget(release);
  });
  afterAll(() => target.stop());

  /** A home with the cookie in its usual file, and no cookie in the environment. */
  function home(directory: string, cookie: string, where = '.erlang.cookie'): NodeJS.ProcessEnv {
    mkdirSync(join(directory, where, '..'), { recursive: true });
    writeFileSync(join(directory, where), `${cookie}\n`, { mode: 0o400 });
    return { ...target.env, ELIXIRSCOPE_COOKIE: undefined, HOME: directory, XDG_CONFIG_HOME: undefined };
  }

  it.each(['.erlang.cookie', '.config/erlang/.erlang.cookie'])(
    'is taken from %s, and stands in no command line, in nothing printed and nowhere in the recording',
    (where) =>
      inDirectory(async (directory) => {
        const recordings = join(directory, 'recordings');
        mkdirSync(recordings);
        const env = home(join(directory, 'home'), target.cookie, where);
        const started = startElixirscope(['attach', target.node, '--out', join(recordings, 'a.escope')], { env });
        await started.saw('recording');
        await untilRecorded('something', join(recordings, 'a.escope'), (recording) => recording.end().seq > 0);
        const lines = commandLines(started.child.pid ?? 0);
        expect(lines[0]).toContain('attach');
        expect(lines.join('\n')).not.toContain(target.cookie);
        started.child.kill('SIGINT');
        const result = await started.finished;
        expect(result.code).toBe(0);
        expect(result.stdout + result.stderr).not.toContain(target.cookie);
        const files = filesIn(recordings);
        expect(files.length).toBeGreaterThan(0);
        for (const file of files) expect(readFileSync(file).includes(target.cookie)).toBe(false);
        // Blocks are compressed: what was recorded is looked through as well.
        for (const kind of [['info'], ['events', '--limit', '1000000'], ['ps']]) {
          const shown = await elixirscope([...kind, join(recordings, 'a.escope'), '--json'], { env });
          expect(shown.code).toBe(0);
          expect(shown.stdout).not.toContain(target.cookie);
        }
      }),
  );

  it.each(['nif', 'erlang'])('stays on the node when the program asks for it, with the %s engine', (engine) =>
    inDirectory(async (directory) => {
      const path = join(directory, 'a.escope');
      const env = home(join(directory, 'home'), target.cookie);
      const started = startElixirscope(['attach', target.node, '--engine', engine, '--out', path], { env });
      await started.saw('recording');
      await target.evaluate('GenServer.call(Target, {:put, {Node.get_cookie(), [Node.get_cookie() | 1]}})');
      await target.evaluate('send(self(), {:boom, Node.get_cookie()}); :sent');
      await target.evaluate('GenServer.call(Target, {:put, %{Node.get_cookie() => 17}})');
      for (const beside of [/:put/, /:boom/, /%\{.*redacted.* => 17/])
        await untilRecorded(`what stands beside it: ${String(beside)}`, path, (recording) =>
          [...recording.events({})].some((event) => event.terms.some((term) => beside.test(elixir(term)))),
        );
      started.child.kill('SIGINT');
      const result = await started.finished;
      expect(result.code).toBe(0);
      expect(result.stdout + result.stderr).not.toContain(target.cookie);
      for (const file of filesIn(path)) expect(readFileSync(file).includes(target.cookie)).toBe(false);
      const shown = await elixirscope(['events', path, '--json', '--limit', '1000000'], { env });
      expect(shown.code).toBe(0);
      expect(shown.stdout).not.toContain(target.cookie);
      // What stood beside it was recorded.
      for (const beside of [/:put/, /boom/, /redacted/]) expect(shown.stdout).toMatch(beside);
    }),
  );

  it('can be given as an option, of which the help warns', () =>
    inDirectory(async (directory) => {
      const env = home(join(directory, 'home'), 'another-cookie');
      const args = ['attach', target.node, '--cookie', target.cookie, '--for', '300ms'];
      const result = await elixirscope([...args, '--out', join(directory, 'a.escope')], { env });
      expect(result.code).toBe(0);
      expect(result.stdout + result.stderr).not.toContain(target.cookie);
      for (const file of filesIn(join(directory, 'a.escope'))) {
        expect(readFileSync(file).includes(target.cookie)).toBe(false);
      }
      const help = (await elixirscope(['attach', '--help'])).stdout.replace(/\s+/g, ' ');
      expect(help).toMatch(/--cookie <cookie> .*others .*can see/);
    }));

  it('stands in no error: wrong, of a file that others can read, missing, impossible', () =>
    inDirectory(async (directory) => {
      const wrong = 'wrongCookie8271';
      const attach = (env: NodeJS.ProcessEnv, ...args: string[]) =>
        elixirscope(['attach', target.node, '--out', join(directory, 'a.escope'), '--for', '300ms', ...args], { env });
      const refused = async (what: RegExp, env: NodeJS.ProcessEnv, ...args: string[]): Promise<void> => {
        const result = await attach(env, ...args);
        expect(result.code).not.toBe(0);
        expect(result.stderr).toMatch(what);
        expect(result.stderr.trim().split('\n')).toHaveLength(1);
        for (const secret of [target.cookie, wrong]) expect(result.stdout + result.stderr).not.toContain(secret);
      };
      const env = home(join(directory, 'home'), wrong);
      await refused(/did not accept the cookie/, env);
      await refused(/cookie .*characters/, env, '--cookie', `${wrong}\n`);
      chmodSync(join(directory, 'home', '.erlang.cookie'), 0o644);
      await refused(/must be readable by its owner only/, env);
      await refused(/there is no cookie file/, { ...env, HOME: join(directory, 'nobody') });
    }));
});
