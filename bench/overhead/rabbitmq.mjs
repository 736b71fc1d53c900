/**
 * What recording costs a broker: messages a second through RabbitMQ (Debian's package), published and consumed by one client on this machine, so that
 * broker, client and recorder share its cores. Bare, attached with the default budget, attached without a budget, and under dbg writing the same events to
 * a file; every way in turn, on the same broker, several rounds.
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const command = join(here, '..', '..', 'bin', 'elixirscope');
const SERVER = '/usr/lib/rabbitmq/bin/rabbitmq-server';
const COOKIE = 'bench-cookie';

const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/** Starts a program and waits until it says `words`. */
async function started(program, args, env, words, seconds) {
  const child = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  let text = '';
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${program} did not say "${words}":\n${text}`)), seconds * 1000);
    const hear = (chunk) => {
      text += chunk;
      if (text.includes(words)) resolve(clearTimeout(timer));
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    ended.then(() => reject(new Error(`${program} ended:\n${text}`)));
  });
  return { child, ended };
}

/** @returns {Promise<undefined | Record<string, number[]>>} messages a second by way; undefined where RabbitMQ is not installed */
export async function rabbitmq({ rounds, seconds }) {
  if (!existsSync(SERVER)) return undefined;
  const place = mkdtempSync(join(tmpdir(), 'elixirscope-bench-'));
  const [epmdPort, port, distPort] = [await freePort(), await freePort(), await freePort()];
  const node = `bench${port}@localhost`;
  const env = {
    ...process.env,
    HOME: place,
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ELIXIRSCOPE_COOKIE: COOKIE,
    RABBITMQ_NODENAME: node,
    RABBITMQ_MNESIA_BASE: join(place, 'mnesia'),
    RABBITMQ_LOG_BASE: join(place, 'log'),
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_DIST_PORT: String(distPort),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(place, 'plugins'),
    RABBITMQ_CONFIG_FILE: join(place, 'none'),
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
  };
  writeFileSync(join(place, '.erlang.cookie'), COOKIE, { mode: 0o400 });
  writeFileSync(join(place, 'plugins'), '[].');
  execFileSync('erlc', ['-o', place, join(here, 'dbg_peer.erl')]);

  const running = [];
  let number = 0;
  const attached = async (...options) => {
    const out = join(place, `${number++}.escope`);
    const recorder = await started(command, ['attach', node, '--out', out, ...options], env, 'recording', 60);
    return async () => {
      recorder.child.kill('SIGINT');
      await recorder.ended;
      rmSync(out, { recursive: true, force: true });
    };
  };
  const dbg = (...words) =>
    execFileSync(
      'erl',
      [
        ...['-noinput', '-hidden', '-sname', `peer${number++}@localhost`, '-setcookie', COOKIE, '-pa', place],
        ...['-s', 'dbg_peer', 'main', node, ...words],
      ],
      { env, stdio: 'ignore' },
    );
  const ways = {
    bare: () => Promise.resolve(() => Promise.resolve()),
    attached: () => attached(),
    'attached, no budget': () => attached('--budget', 'none'),
    dbg: () => {
      const file = join(place, `${number++}.trace`);
      dbg('start', file);
      return Promise.resolve(() => {
        dbg('stop');
        rmSync(file, { force: true });
        return Promise.resolve();
      });
    },
  };

  try {
    const epmd = spawn('epmd', ['-port', String(epmdPort)], { env, stdio: 'ignore', detached: true });
    running.push(epmd);
    const broker = await started(SERVER, [], env, 'completed with', 90);
    running.push(broker.child);
    const client = spawn(process.execPath, [join(here, 'rabbitmq-load.mjs'), String(port)], {
      stdio: ['pipe', 'pipe', 'inherit'],
      detached: true,
    });
    running.push(client);
    const answers = createInterface({ input: client.stdout })[Symbol.asyncIterator]();
    const load = async (length) => {
      client.stdin.write(`${length}\n`);
      return Number((await answers.next()).value);
    };
    await load(5);
    const rates = Object.fromEntries(Object.keys(ways).map((way) => [way, []]));
    for (let round = 0; round < rounds; round++) {
      for (const [way, begin] of Object.entries(ways)) {
        const end = await begin();
        // What a budget gives up, it has given up by then.
        await load(2);
        rates[way].push(await load(seconds));
        await end();
        await pause(1);
      }
    }
    client.stdin.end();
    broker.child.kill('SIGTERM');
    await Promise.race([broker.ended, pause(20)]);
    return rates;
  } finally {
    for (const child of running)
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // Gone already.
      }
    rmSync(place, { recursive: true, force: true });
  }
}
