/** Stands between a client and a node: an EPMD that leads to it, the packets that went through, and ticks of its own among them. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { lookUpNode, PacketReader } from '../../src/beam/index.js';
import type { TestNode } from './nodes.js';

export interface Relay {
  readonly epmdPort: number;
  /** What the packets behind the handshake begin with, and their size; ticks of the relay are not among them. */
  readonly fromNode: readonly { head: Buffer; size: number }[];
  readonly toNode: readonly { head: Buffer; size: number }[];
  /** Sends a packet to every client, as if the node had. */
  inject(packet: Uint8Array): void;
  stop(): void;
}

/** @param ticks puts a tick behind every packet that the node sends */
export async function startRelay(node: TestNode, epmdPort: number, ticks: boolean): Promise<Relay> {
  const { port } = await lookUpNode(node.name.split('@')[0] as string, '127.0.0.1', { port: epmdPort });
  const fromNode: { head: Buffer; size: number }[] = [];
  const toNode: { head: Buffer; size: number }[] = [];
  const sockets = new Set<Socket>();
  const clients = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('error', () => undefined);
  };
  const relay = createServer((client) => {
    const far = keep(connect({ port, host: '127.0.0.1' }));
    clients.add(keep(client));
    pass(client, far, 2, toNode, false);
    pass(far, client, 3, fromNode, ticks);
  });
  const relayPort = await listening(relay);
  const epmd = createServer((socket) => {
    const answer = Buffer.from([119, 0, relayPort >> 8, relayPort & 255, 77, 0, 0, 6, 0, 5, 0, 1, 120, 0, 0]);
    keep(socket).once('data', () => socket.end(answer));
  });
  return {
    epmdPort: await listening(epmd),
    fromNode,
    toNode,
    inject: (packet) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(packet.length);
      for (const client of clients) if (client.writable) client.write(Buffer.concat([length, packet]));
    },
    stop: () => {
      relay.close();
      epmd.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** The handshake's packets, so many of them, have two bytes of length. */
function pass(
  from: Socket,
  to: Socket,
  handshake: number,
  seen: { head: Buffer; size: number }[],
  ticks: boolean,
): void {
  const packets = new PacketReader(256 * 1024 * 1024);
  let left = handshake;
  from.on('data', (chunk) => {
    packets.push(chunk);
    for (let packet = packets.next(); packet !== undefined; packet = packets.next()) {
      const length = Buffer.alloc(packets.header);
      if (packets.header === 2) length.writeUInt16BE(packet.length);
      else {
        length.writeUInt32BE(packet.length);
        seen.push({ head: Buffer.from(packet.subarray(0, 18)), size: packet.length });
      }
      to.write(length);
      to.write(packet);
      if (packets.header === 4 && ticks) to.write(Buffer.alloc(4));
      if (--left === 0) packets.header = 4;
    }
  });
  from.on('close', () => to.end());
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (typeof address === 'object' && address !== null) resolve(address.port);
      else reject(new Error('no port'));
    });
  });
}
