/** Runs the command `elixirscope` as a user would, and gives every test places of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openRecording, type Recording } from '../../src/recording/index.js';

export const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));
const COMMAND = join(CHECKOUT, 'bin', 'elixirscope');

/** The releases to test on: this machine's, and the one in the tree that `ELIXIRSCOPE_OTP27` names. */
export interface Release {
  name: string;
  /** Goes in front of a command, so that it runs on this release. */
  prefix: readonly string[];
}
export const RELEASES: readonly Release[] = [
  { name: 'OTP 25', prefix: [] },
  ...(process.env['ELIXIRSCOPE_OTP27'] ? [{ name: 'OTP 27', prefix: [join(CHECKOUT, 'scripts', 'in-otp27')] }] : []),
];

export interface Finished {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A temporary directory, gone after `work`. */
export async function inDirectory<T>(work: (directory: string) => Promise<T> | T): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'elixirscope-test-'));
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const ENVIRONMENT = { LANG: 'C.UTF-8', ERL_CRASH_DUMP_SECONDS: '0' };

export interface Started {
  child: ChildProcess;
  finished: Promise<Finished>;
  /** What was written so far. */
  output: () => { stdout: string; stderr: string };
  /** Resolves when stdout or stderr has this text. */
  saw: (text: string | RegExp, timeoutMs?: number) => Promise<void>;
}

export function start(
  command: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; detached?: boolean } = {},
): Started {
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    cwd: options.cwd ?? tmpdir(),
    env: { ...process.env, ...ENVIRONMENT, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: options.detached ?? false,
  });
  const output = { stdout: '', stderr: '' };
  const watchers = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
      for (const watcher of watchers) watcher();
    });
  }
  const finished = new Promise<Finished>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, ...output }));
  });
  const saw = (text: string | RegExp, timeoutMs = 30_000): Promise<void> =>
    new Promise((resolve, reject) => {
      const there = (): boolean =>
        [output.stdout, output.stderr].some((all) => (typeof text === 'string' ? all.includes(text) : text.test(all)));
      const timer = setTimeout(() => {
        watchers.delete(look);
        reject(new Error(`"${String(text)}" did not come; there was:\n${output.stdout}\n${output.stderr}`));
      }, timeoutMs);
      const look = (): void => {
        if (!there()) return;
        clearTimeout(timer);
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      look();
    });
  return { child, finished, output: () => ({ ...output }), saw };
}

/** Starts `elixirscope ARGS`. */
export const startElixirscope = (
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Started => start([process.execPath, COMMAND, ...args], options);

/** Runs `elixirscope ARGS` to its end. */
export const elixirscope = (
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Finished> => startElixirscope(args, options).finished;

/** The JSON that a command prints. */
export async function elixirscopeJson<T>(args: readonly string[]): Promise<T> {
  const result = await elixirscope([...args, '--json']);
  if (result.code !== 0) throw new Error(`elixirscope ${args.join(' ')} ended with ${result.code}: ${result.stderr}`);
  return JSON.parse(result.stdout) as T;
}

/** Records a command and opens what was recorded. */
export async function record<T>(
  command: readonly string[],
  look: (recording: Recording, run: Finished, path: string) => Promise<T> | T,
  options: { cwd?: string; args?: readonly string[]; env?: NodeJS.ProcessEnv } = {},
): Promise<T> {
  return inDirectory(async (directory) => {
    const path = join(directory, 'run.escope');
    const run = await elixirscope(['run', '--out', path, ...(options.args ?? []), '--', ...command], {
      cwd: options.cwd ?? directory,
      ...(options.env ? { env: options.env } : {}),
    });
    if (!existsSync(path)) throw new Error(`nothing was recorded: ${run.stdout}\n${run.stderr}`);
    const recording = openRecording(path);
    try {
      return await look(recording, run, path);
    } finally {
      recording.close();
    }
  });
}

/** Whether what is recorded so far tells something. The recording is opened anew, as by anybody who looks meanwhile. */
export function recordedSoFar(path: string, tells: (recording: Recording) => boolean): boolean {
  if (!existsSync(join(path, 'recording.json'))) return false;
  const recording = openRecording(path);
  try {
    return tells(recording);
  } finally {
    recording.close();
  }
}

/** Waits until what is recorded so far tells something. */
export const untilRecorded = (
  what: string,
  path: string,
  tells: (recording: Recording) => boolean,
  timeoutMs = 60_000,
): Promise<void> => until(`recorded: ${what}`, () => recordedSoFar(path, tells), timeoutMs, 100);

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until a condition holds. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 20_000,
  pauseMs = 20,
): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms in vain for: ${what}`);
    await sleep(pauseMs);
  }
}
