/**
 * `run`: starts a command as it would always run, with a probe inside every VM it starts, and records until it ends.
 *
 * The command keeps the terminal, its signals and its exit status; all it sees of us are two environment variables.
 */
import type { Keep } from '../recording/index.js';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { erlangSource, launchEnvironment } from '../beam/index.js';
import type { Plan } from '../plan/index.js';
import type { Hello, Note } from '../wire/index.js';
import {
  configTerm,
  DEFAULT_FAMILIES,
  RUN_LIMITS,
  SECRET_WORDS,
  type ConfigChange,
  type ProbeConfig,
} from './config.js';
import { findProbe, withoutExtension } from './probe-files.js';
import { Recorder } from './recorder.js';
import { makeWorkplace } from './workplace.js';

/** How long the rest of a stream may take once the command is gone. */
const DRAIN_MS = 10_000;
/** VMs that outlive the command (daemons it started) are let go after this. */
const LINGER_MS = 300;
const RING_BYTES = 4 * 1024 * 1024;

export interface RunOptions {
  command: readonly string[];
  /** Where the recording goes. */
  path: string;
  change?: ConfigChange;
  /** Saved with the recording. What it says must also be in the change's `depths`. */
  plan?: Plan | undefined;
  /** Keep only the newest part of the recording. */
  keep?: Keep | undefined;
  onHello?: (hello: Hello) => void;
  onNote?: (note: Note) => void;
  /** A recording has begun and can be opened. */
  onRecording?: (path: string) => void;
}

export interface RunResult {
  /** Undefined when a signal ended it. */
  code: number | undefined;
  signal: NodeJS.Signals | undefined;
  /** Whether a VM connected, so that there is a recording. */
  recorded: boolean;
  /** Why recording ended before the program did. */
  failure: Error | undefined;
}

/** Rejects when the command cannot be started or the recorder cannot listen. */
export async function run(options: RunOptions): Promise<RunResult> {
  const [program, ...args] = options.command;
  if (program === undefined) throw new Error('nothing to run: give the command after "--"');
  const probe = findProbe();
  const workplace = makeWorkplace(false);
  let failure: Error | undefined;
  try {
    const recorder = await Recorder.listen({
      path: options.path,
      keep: options.keep,
      listen: { unix: workplace.socket, othersMayConnect: false },
      ringDirectory: workplace.rings,
      control: workplace.control,
      plan: options.plan,
      command: options.command.join(' '),
      onHello: (hello) => {
        options.onHello?.(hello);
        options.onRecording?.(options.path);
      },
      onNote: (note) => options.onNote?.(note),
      onFailure: (error) => (failure = error),
    });
    const config: ProbeConfig = {
      mode: 'run',
      address: recorder.address,
      token: recorder.token,
      ringDirectory: workplace.rings,
      ringBytes: RING_BYTES,
      onFull: 'wait',
      secrets: SECRET_WORDS,
      families: DEFAULT_FAMILIES,
      nif: probe.sharedObject === undefined ? undefined : withoutExtension(probe.sharedObject),
      deleteNif: false,
      forceEngine: undefined,
      bytesPerSecond: 0,
      ...options.change,
      limits: { ...RUN_LIMITS, ...options.change?.limits },
    };
    writeFileSync(workplace.config, erlangSource(configTerm(config)), { mode: 0o600 });
    const env = launchEnvironment({ ebin: probe.ebin, configPath: workplace.config, env: process.env });
    const ended = await runCommand(program, args, env);
    if (!(await recorder.idle(LINGER_MS))) await recorder.stop(DRAIN_MS);
    const exitStatus = ended.signal ?? String(ended.code ?? '');
    const end = ended.signal === undefined ? `exit status ${exitStatus}` : `killed by ${ended.signal}`;
    const recorded = recorder.close({ exitStatus, osPid: ended.osPid, end });
    return { code: ended.code, signal: ended.signal, recorded, failure };
  } finally {
    workplace.remove();
  }
}

const FORWARDED = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;

function runCommand(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Pick<RunResult, 'code' | 'signal'> & { osPid: number | undefined }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit', env });
    const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
    // The terminal sends Ctrl-C and Ctrl-\ to the command too; we only must outlive it.
    const ignore = (): void => undefined;
    for (const signal of FORWARDED) process.on(signal, forward);
    process.on('SIGINT', ignore);
    process.on('SIGQUIT', ignore);
    const restore = (): void => {
      for (const signal of FORWARDED) process.off(signal, forward);
      process.off('SIGINT', ignore);
      process.off('SIGQUIT', ignore);
    };
    child.once('error', (error: NodeJS.ErrnoException) => {
      restore();
      reject(
        error.code === 'ENOENT' ? new Error(`cannot run "${program}": there is no such command on the PATH`) : error,
      );
    });
    child.once('close', (code, signal) => {
      restore();
      resolve({ code: code ?? undefined, signal: signal ?? undefined, osPid: child.pid });
    });
  });
}

/** The status a shell would report. */
export function exitCode(result: Pick<RunResult, 'code' | 'signal'>): number {
  return result.signal === undefined ? (result.code ?? 0) : 128 + constants.signals[result.signal];
}
