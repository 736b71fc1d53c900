/** A real node to attach to, with a prompt, on a port mapper of its own. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { CHECKOUT, sleep, start, type Release, type Started } from './elixirscope.js';
import { freePort } from './ports.js';

export interface Target {
  node: string;
  /** For `elixirscope attach`: cookie and port mapper. */
  env: NodeJS.ProcessEnv;
  cookie: string;
  osPid: number;
  started: Started;
  /** Evaluates an Elixir expression on the node; gives what `inspect` prints. */
  evaluate(expression: string): Promise<string>;
  stop(): Promise<void>;
}

/** Where a target runs when not simply on this machine. */
export interface Place {
  /** Its address, as the host of the node's name. */
  host: string;
  /** Goes in front of a command, so that it runs there. */
  enter: readonly string[];
}

export async function startTarget(
  release: Release,
  program = 'target.exs',
  place: Place = { host: '127.0.0.1', enter: [] },
): Promise<Target> {
  const port = String(await freePort());
  const cookie = randomBytes(12).toString('hex');
  const node = `t${randomBytes(4).toString('hex')}@${place.host}`;
  const env = { ERL_EPMD_PORT: port, ERL_EPMD_ADDRESS: place.host };
  const epmd = start([...place.enter, 'epmd', '-port', port], { env });
  const file = join(CHECKOUT, 'test/integration/programs', program);
  const started = start([...place.enter, ...release.prefix, 'elixir', '--name', node, '--cookie', cookie, file], {
    env,
  });
  const stop = async (): Promise<void> => {
    started.child.kill('SIGKILL');
    await started.finished;
    // epmd drops the name first, then goes.
    epmd.child.kill('SIGKILL');
    await epmd.finished;
  };
  try {
    await started.saw(/ready \d+/, 60_000);
  } catch (error) {
    await stop();
    throw error;
  }
  const osPid = Number(/ready (\d+)/.exec(started.output().stdout)?.[1]);
  return {
    node,
    env: { ...env, ELIXIRSCOPE_COOKIE: cookie },
    cookie,
    osPid,
    started,
    stop,
    evaluate: evaluator(started),
  };
}

function evaluator(started: Started): (expression: string) => Promise<string> {
  return async (expression) => {
    const answers = (): string[] =>
      started
        .output()
        .stdout.split('\n')
        .slice(0, -1)
        .filter((line) => line.startsWith('=> '));
    const before = answers().length;
    started.child.stdin?.write(`${expression.replaceAll('\n', ' ')}\n`);
    for (let waited = 0; waited < 30_000; waited += 10) {
      const answer = answers()[before];
      if (answer !== undefined) return answer.slice(3);
      if (started.child.exitCode !== null) break;
      await sleep(10);
    }
    throw new Error(`no answer to ${expression}:\n${started.output().stdout}\n${started.output().stderr}`);
  };
}
