/**
 * `attach`: records a node that already runs, over the distribution protocol, and takes everything back.
 *
 * The probe's modules are loaded over the connection; its shared object is written to a private directory on the target for as long
 * as it takes to load it. The data do not travel over the distribution: the probe connects to the recorder's own socket, a Unix socket
 * where both share a host, TCP otherwise.
 */
import type { Keep } from '../recording/index.js';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { connectNode, putProbe, removeProbe, type NodeConnection } from '../beam/index.js';
import { atom, binary, printTerm, type Term } from '../term/index.js';
import type { Plan } from '../plan/index.js';
import type { Hello, Note } from '../wire/index.js';
import {
  ATTACH_BUDGET,
  ATTACH_BYTES_PER_SECOND,
  ATTACH_LIMITS,
  configTerm,
  DEFAULT_FAMILIES,
  SECRET_WORDS,
  type ConfigChange,
  type ProbeConfig,
} from './config.js';
import { findProbe, probeModules } from './probe-files.js';
import { Recorder } from './recorder.js';
import { makeWorkplace, type Workplace } from './workplace.js';

const CALL_MS = 15_000;
const STOP_MS = 5_000;
/** A busy broker writes 8 MB a second, and a recorder that is short of CPU may not read for 300 ms: twice that. */
const RING_BYTES = 4 * 1024 * 1024;

export interface AttachOptions {
  node: string;
  cookie: string;
  path: string;
  /** Ends the recording. */
  signal: AbortSignal;
  change?: ConfigChange;
  /** Saved with the recording. What it says must also be in the change's `depths`. */
  plan?: Plan | undefined;
  /** Keep only the newest part of the recording. */
  keep?: Keep | undefined;
  onHello?: (hello: Hello) => void;
  onNote?: (note: Note) => void;
}

export interface AttachResult {
  recorded: boolean;
  /** Why it ended: `asked`, or what happened to the node or the recorder. */
  end: string;
  failure: Error | undefined;
}

/** Rejects when the node cannot be reached or the probe cannot start; nothing is left behind then. */
export async function attach(options: AttachOptions): Promise<AttachResult> {
  const files = findProbe();
  const connection = await connectNode({ name: options.node, cookie: options.cookie, timeoutMs: CALL_MS });
  try {
    await refuseForeignVersion(connection);
    const sameHost = await sharesFiles(connection);
    const workplace = makeWorkplace(true);
    try {
      return await capture(options, connection, workplace, sameHost, files);
    } finally {
      workplace.remove();
    }
  } finally {
    connection.close();
  }
}

async function capture(
  options: AttachOptions,
  connection: NodeConnection,
  workplace: Workplace,
  sameHost: boolean,
  files: ReturnType<typeof findProbe>,
): Promise<AttachResult> {
  let failure: Error | undefined;
  let ended: (reason: string) => void = () => undefined;
  const end = new Promise<string>((resolve) => (ended = resolve));
  const recorder = await Recorder.listen({
    path: options.path,
    keep: options.keep,
    listen: sameHost ? { unix: workplace.socket, othersMayConnect: true } : { host: connection.localAddress },
    ringDirectory: sameHost ? workplace.rings : undefined,
    control: workplace.control,
    plan: options.plan,
    onHello: (hello) => options.onHello?.(hello),
    onNote: (note) => options.onNote?.(note),
    onIdle: (problem) => {
      // The probe goes by itself when it hears nothing; asking it would wait in vain.
      if (problem !== undefined) connection.close();
      ended(problem ?? 'the node ended or closed the connection');
    },
    onFailure: (error) => {
      failure = error;
      ended('the recording could not be written');
    },
  });
  const modules = probeModules(files);
  try {
    const target = await putProbe(connection, {
      modules,
      dir: `/tmp/elixirscope-${randomBytes(8).toString('hex')}`,
      ...(files.sharedObject === undefined ? {} : { so: readFileSync(files.sharedObject) }),
    });
    try {
      await startProbe(connection, {
        mode: 'attach',
        address: recorder.address,
        token: recorder.token,
        ringDirectory: sameHost ? workplace.rings : undefined,
        ringBytes: RING_BYTES,
        onFull: 'drop',
        secrets: SECRET_WORDS,
        families: DEFAULT_FAMILIES,
        nif: target.nif,
        deleteNif: target.nif !== undefined,
        forceEngine: undefined,
        bytesPerSecond: ATTACH_BYTES_PER_SECOND,
        budget: ATTACH_BUDGET,
        ...options.change,
        limits: { ...ATTACH_LIMITS, ...options.change?.limits },
      });
      const abort = (): void => ended('asked');
      if (options.signal.aborted) abort();
      options.signal.addEventListener('abort', abort, { once: true });
      const reason = await end;
      options.signal.removeEventListener('abort', abort);
      await recorder.stop(STOP_MS);
      return { recorded: recorder.writer !== undefined, end: reason, failure };
    } finally {
      // The probe removes itself; this is for one that could not even start.
      await removeProbe(connection, target).catch(() => undefined);
    }
  } finally {
    recorder.close();
  }
}

async function startProbe(connection: NodeConnection, config: ProbeConfig): Promise<void> {
  const answer = await connection.call('elixirscope_probe', 'start', [configTerm(config)], { timeoutMs: CALL_MS });
  if (answer.kind === 'tuple' && answer.elements[0]?.kind === 'atom' && answer.elements[0].name === 'ok') return;
  const why = answer.kind === 'tuple' ? answer.elements[1] : undefined;
  throw new Error(
    `the probe did not start on ${connection.name}: ${why ? text(why) : printTerm(answer, { syntax: 'erlang' })}`,
  );
}

const text = (term: Term): string =>
  term.kind === 'binary' ? Buffer.from(term.bytes).toString('utf8') : printTerm(term, { syntax: 'erlang' });

async function refuseForeignVersion(connection: NodeConnection): Promise<void> {
  const release = await connection.call('erlang', 'system_info', [atom('otp_release')], { timeoutMs: CALL_MS });
  const number =
    release.kind === 'list'
      ? Number(String.fromCharCode(...release.elements.map((e) => (e.kind === 'integer' ? Number(e.value) : 0))))
      : NaN;
  if (!(number >= 25))
    throw new Error(
      `${connection.name} runs OTP ${Number.isNaN(number) ? 'of an unknown release' : number}: the probe needs OTP 25 or later`,
    );
}

/** Whether the target sees our files: then Unix sockets and mapped ring files work. A container of its own does not. */
async function sharesFiles(connection: NodeConnection): Promise<boolean> {
  const directory = mkdtempSync(join(tmpdir(), 'elixirscope-'));
  try {
    const path = join(directory, 'nonce');
    const nonce = randomBytes(16).toString('hex');
    writeFileSync(path, nonce, { mode: 0o644 });
    chmodSync(directory, 0o755);
    const answer = await connection.call('file', 'read_file', [binary(path)], { timeoutMs: CALL_MS });
    const content = answer.kind === 'tuple' ? answer.elements[1] : undefined;
    return content?.kind === 'binary' && Buffer.from(content.bytes).toString() === nonce;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
