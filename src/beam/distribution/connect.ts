/** Reaching a node by its name. */
import { randomBytes, randomInt } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { BeamError } from '../beam-error.js';
import { checkCookie } from '../cookie.js';
import { lookUpNode } from '../epmd.js';
import { ownNodeName, parseNodeName, shortHost, type NodeName } from '../node-name.js';
import { NodeConnection } from './connection.js';
import { Handshake, type Peer } from './handshake.js';
import { PacketReader } from './packets.js';

export interface ConnectOptions {
  /** `shop@host`, or `shop` on this host. */
  readonly name: string;
  readonly cookie: string;
  /** For everything up to the end of the handshake; 7 s where absent. */
  readonly timeoutMs?: number;
  /** `ERL_EPMD_PORT` or 4369 where absent. */
  readonly epmdPort?: number;
  /** Larger messages of the node end the connection; 64 MiB where absent. */
  readonly maxMessageBytes?: number;
}

/** Connects as a hidden node. Throws a BeamError that says what to do. */
export async function connectNode(options: ConnectOptions): Promise<NodeConnection> {
  const node = parseNodeName(options.name);
  const cookie = checkCookie(options.cookie);
  const timeoutMs = options.timeoutMs ?? 7000;
  const deadline = Date.now() + timeoutMs;
  const { port, host } = await find(node, timeoutMs, options.epmdPort);
  const socket = connect({ host, port, noDelay: true });
  return new Promise((resolve, reject) => {
    const fail = (error: BeamError): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(
      () => {
        fail(
          new BeamError(
            'timeout',
            `${node.full} accepted the connection but said nothing within ${timeoutMs} ms: is it busy, or does it speak TLS?`,
          ),
        );
      },
      Math.max(1, deadline - Date.now()),
    );
    shakeHands(
      socket,
      node,
      cookie,
      options.maxMessageBytes ?? 64 * 1024 * 1024,
      (connection) => {
        clearTimeout(timer);
        resolve(connection);
      },
      fail,
    );
  });
}

/** Where the node listens. A host of our own name that the resolver does not know is ourselves. */
async function find(
  node: NodeName,
  timeoutMs: number,
  epmdPort: number | undefined,
): Promise<{ port: number; host: string }> {
  const epmd = epmdPort === undefined ? { timeoutMs } : { timeoutMs, port: epmdPort };
  try {
    return { host: node.host, port: (await lookUpNode(node.alive, node.host, epmd)).port };
  } catch (error) {
    if (!(error instanceof BeamError) || error.code !== 'host' || node.host !== shortHost()) throw error;
    return { host: '127.0.0.1', port: (await lookUpNode(node.alive, '127.0.0.1', epmd)).port };
  }
}

function shakeHands(
  socket: Socket,
  node: NodeName,
  cookie: string,
  maxMessageBytes: number,
  done: (connection: NodeConnection) => void,
  fail: (error: BeamError) => void,
): void {
  const packets = new PacketReader(maxMessageBytes);
  const creation = randomInt(4, 2 ** 32 - 1);
  let handshake: Handshake | undefined;
  let ownName = '';
  let heard = false;

  const write = (packet: Buffer): void => {
    const head = Buffer.alloc(2);
    head.writeUInt16BE(packet.length);
    socket.write(Buffer.concat([head, packet]));
  };
  const finish = (peer: Peer): void => {
    socket.removeAllListeners();
    packets.header = 4;
    done(new NodeConnection(socket, packets, peer, ownName, creation));
  };

  socket.on('connect', () => {
    const address = (socket.localAddress ?? '127.0.0.1').replace(/^::ffff:/, '');
    ownName = ownNodeName(node, address, randomBytes(4).readUInt32BE());
    handshake = new Handshake({
      ownName,
      creation,
      nodeName: node.full,
      cookie,
      challenge: randomBytes(4).readUInt32BE(),
    });
    write(handshake.start());
  });
  socket.on('data', (chunk) => {
    packets.push(chunk);
    const first = packets.peek(2);
    if (!heard && first.length === 2 && first[0] === 0x15 && first[1] === 0x03) {
      fail(
        new BeamError(
          'tls',
          `${node.full} speaks distribution over TLS, which is not supported: attach from its own host through a plain node, or use "run"`,
        ),
      );
      return;
    }
    heard = true;
    try {
      for (let packet = packets.next(); packet !== undefined; packet = packets.next()) {
        const step = (handshake as Handshake).packet(packet);
        step.send.forEach(write);
        if (step.peer !== undefined) {
          finish(step.peer);
          return;
        }
      }
    } catch (error) {
      if (!(error instanceof BeamError)) throw error;
      fail(error);
    }
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    if (handshake === undefined)
      fail(
        new BeamError(
          'host',
          `${node.full} is registered but cannot be reached (${error.code ?? error.message}): is a firewall between us?`,
        ),
      );
    else fail(hungUp(node, handshake));
  });
  socket.on('close', () => {
    fail(hungUp(node, handshake));
  });
}

function hungUp(node: NodeName, handshake: Handshake | undefined): BeamError {
  if (handshake?.answered === true) {
    return new BeamError(
      'cookie',
      `${node.full} did not accept the cookie: give the cookie that the node was started with (the node's log names the attempt)`,
    );
  }
  return new BeamError('refused', `${node.full} hung up during the handshake: it may speak TLS, or be on its way down`);
}
