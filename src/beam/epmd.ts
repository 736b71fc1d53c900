/** EPMD, the port mapper that every host with Erlang nodes runs: which port has the node of that name? */
import { connect } from 'node:net';
import { BeamError } from './beam-error.js';

export interface EpmdOptions {
  /** `ERL_EPMD_PORT` or 4369 where absent. */
  readonly port?: number;
  readonly timeoutMs?: number;
}

export interface RegisteredNode {
  readonly name: string;
  readonly port: number;
}

const DEFAULT_PORT = 4369;
/** More than a host with thousands of nodes answers. */
const MAX_ANSWER = 1 << 20;
const ALIVE_PORT2_RESPONSE = 119;

/** The port of the node `alive` on `host`, and the highest distribution protocol it speaks. Throws a BeamError. */
export async function lookUpNode(
  alive: string,
  host: string,
  options: EpmdOptions = {},
): Promise<{ port: number; highest: number }> {
  const answer = await ask(host, Buffer.concat([Buffer.from([122]), Buffer.from(alive)]), options);
  if (answer.length < 2 || answer[0] !== ALIVE_PORT2_RESPONSE) {
    throw new BeamError('protocol', `what listens on port ${portOf(options)} of ${host} is not EPMD`);
  }
  if (answer[1] !== 0) throw new BeamError('unknown', await unknownNode(alive, host, options));
  if (answer.length < 10) throw new BeamError('protocol', `EPMD on ${host} gave half an answer`);
  return { port: answer.readUInt16BE(2), highest: answer.readUInt16BE(6) };
}

/** All nodes that EPMD on `host` knows. Throws a BeamError. */
export async function listNodes(host: string, options: EpmdOptions = {}): Promise<RegisteredNode[]> {
  const answer = await ask(host, Buffer.from([110]), options);
  const nodes: RegisteredNode[] = [];
  for (const line of answer.toString('utf8', 4).split('\n')) {
    const match = /^name (.+) at port (\d+)$/.exec(line);
    if (match?.[1] !== undefined) nodes.push({ name: match[1], port: Number(match[2]) });
  }
  return nodes;
}

async function unknownNode(alive: string, host: string, options: EpmdOptions): Promise<string> {
  const names = await listNodes(host, options).then(
    (nodes) => nodes.map((node) => node.name),
    () => [],
  );
  const others =
    names.length === 0 ? 'no node is running there with a name' : `running there: ${names.slice(0, 20).join(', ')}`;
  return `there is no node "${alive}" on ${host} (${others}). Start it with --name or --sname`;
}

function portOf(options: EpmdOptions): number {
  const fromEnvironment = Number(process.env['ERL_EPMD_PORT']);
  return options.port ?? (fromEnvironment > 0 && fromEnvironment < 65536 ? fromEnvironment : DEFAULT_PORT);
}

/** Sends one request and reads until EPMD closes. */
function ask(host: string, request: Buffer, options: EpmdOptions): Promise<Buffer> {
  const port = portOf(options);
  const timeoutMs = options.timeoutMs ?? 5000;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const socket = connect({ host, port });
    const fail = (error: BeamError): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(() => {
      fail(new BeamError('timeout', `EPMD on ${host}, port ${port}, did not answer within ${timeoutMs} ms`));
    }, timeoutMs);
    socket.on('connect', () => {
      const head = Buffer.alloc(2);
      head.writeUInt16BE(request.length);
      socket.write(Buffer.concat([head, request]));
    });
    socket.on('data', (chunk) => {
      size += chunk.length;
      if (size > MAX_ANSWER) fail(new BeamError('protocol', `EPMD on ${host} answers without end`));
      else chunks.push(chunk);
    });
    socket.on('end', () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(Buffer.concat(chunks));
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      fail(connectError(error, host, port));
    });
  });
}

function connectError(error: NodeJS.ErrnoException, host: string, port: number): BeamError {
  switch (error.code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new BeamError(
        'host',
        `the host "${host}" cannot be resolved: check the part after the @ of the node's name`,
      );
    case 'ECONNREFUSED':
      return new BeamError(
        'epmd',
        `no EPMD listens on port ${port} of ${host}: no node with a name runs there, or ERL_EPMD_PORT differs`,
      );
    default:
      return new BeamError('host', `the host "${host}" cannot be reached (${error.code ?? error.message})`);
  }
}
