/** Real Erlang nodes for tests. Each test file has its own EPMD, on a port of its own; everything started here is ended by its own pid. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';

export type Otp = 25 | 27;

/** The chroot with OTP 27 and Elixir 1.18, where there is one. */
export const otp27Root: string | undefined = process.env['ELIXIRSCOPE_OTP27'];

/** The versions that this machine has: the host's own (25), and 27 where `ELIXIRSCOPE_OTP27` names a root directory with it. */
export const otps: readonly Otp[] = otp27Root === undefined ? [25] : [25, 27];

/** A command line for that version's own `erl`, `elixir`, `epmd`…. Files of this machine are not visible to 27's. */
export function otpCommand(otp: Otp, command: string, args: readonly string[]): [string, string[]] {
  if (otp === 25) return [command, [...args]];
  if (otp27Root === undefined) throw new Error('ELIXIRSCOPE_OTP27 is not set');
  return ['chroot', [otp27Root, command, ...args]];
}

/** A path as that version's programs see it → as this machine sees it. */
export const hostPath = (otp: Otp, path: string): string => (otp === 27 ? `${otp27Root ?? ''}${path}` : path);

export interface Epmd {
  readonly port: number;
  stop(): Promise<void>;
}

/** An EPMD of its own on a free port of the loopback. */
export async function startEpmd(): Promise<Epmd> {
  const port = await freePort();
  const child = spawn('epmd', ['-port', String(port), '-address', '127.0.0.1'], { stdio: 'ignore' });
  await listening(port, child);
  return { port, stop: () => stopped(child) };
}

export interface TestNode {
  /** `name@127.0.0.1`. */
  readonly name: string;
  readonly cookie: string;
  readonly otp: Otp;
  readonly child: ChildProcess;
  readonly pid: number;
  /** What it has printed so far. */
  output(): string;
  /** Ends it with SIGKILL, and waits until it is gone. */
  stop(): Promise<void>;
}

export interface NodeOptions {
  readonly otp?: Otp;
  readonly epmd: Epmd;
  readonly cookie?: string;
  /** Flags for `erl`, before the evaluation that says that the node is ready. */
  readonly args?: readonly string[];
  /** The full name; unique where absent. A host without dot makes it a short name. */
  readonly name?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Starts a node and waits until it is up. */
export async function startNode(options: NodeOptions): Promise<TestNode> {
  const { otp = 25, epmd, args = [], cookie = randomBytes(8).toString('hex') } = options;
  const name = options.name ?? `t${randomBytes(5).toString('hex')}@127.0.0.1`;
  const long = name.split('@')[1]?.includes('.') === true;
  const flags = [long ? '-name' : '-sname', name, '-setcookie', cookie, '-noinput', '-start_epmd', 'false'];
  const [command, all] = otpCommand(otp, 'erl', [...flags, ...args, '-eval', 'io:format("node is up~n")']);
  const env = { ...process.env, LANG: 'C.UTF-8', ERL_EPMD_PORT: String(epmd.port), ...options.env };
  const child = spawn(command, all, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const up = new Promise<void>((resolve, reject) => {
    const more = (chunk: Buffer): void => {
      output += chunk.toString();
      if (output.includes('node is up')) resolve();
    };
    child.stdout.on('data', more);
    child.stderr.on('data', more);
    child.once('error', reject);
    child.once('exit', (code) => {
      reject(new Error(`the node ended with ${code ?? 'a signal'} before it was up:\n${output}`));
    });
  });
  await up;
  return { name, cookie, otp, child, pid: child.pid ?? 0, output: () => output, stop: () => stopped(child) };
}

/** A port of the loopback that nobody listens on at the moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (typeof address === 'object' && address !== null) resolve(address.port);
        else reject(new Error('no port'));
      });
    });
  });
}

function stopped(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve();
      return;
    }
    child.once('exit', () => {
      resolve();
    });
    child.kill('SIGKILL');
  });
}

async function listening(port: number, child: ChildProcess): Promise<void> {
  const { connect } = await import('node:net');
  for (;;) {
    if (child.exitCode !== null) throw new Error('EPMD ended at once');
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => {
        resolve(false);
      });
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
