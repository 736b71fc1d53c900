/**
 * The door through which a recording that is being written takes wishes. The socket lies in the workplace of the capture, for its owner only;
 * where, says a small file in the recording, which is there only as long as the recorder is.
 */
import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { CONTROL_VERSION, DOOR_FILE, MAX_LINE, Request, type Answer } from './control-messages.js';
import type { DepthRule } from '../plan/index.js';

const MAX_CONNECTIONS = 16;
const IDLE_MS = 30_000;

export interface ControlHandlers {
  /** @returns how many nodes were told */
  depth: (changes: readonly DepthRule[]) => number;
}

export class ControlServer {
  readonly #sockets = new Set<Socket>();
  #door: string | undefined;

  private constructor(
    private readonly server: Server,
    private readonly path: string,
    handlers: ControlHandlers,
  ) {
    server.maxConnections = MAX_CONNECTIONS;
    server.on('connection', (socket) => this.#serve(socket, handlers));
    // What goes wrong with one who asks is no matter of the recording.
    server.on('error', () => undefined);
  }

  /** Rejects when the socket cannot be made. */
  static async listen(path: string, handlers: ControlHandlers): Promise<ControlServer> {
    const server = createServer();
    const control = new ControlServer(server, path, handlers);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, () => {
        server.off('error', reject);
        resolve();
      });
    });
    chmodSync(path, 0o600);
    return control;
  }

  /** The recording has begun: says there where the door is. */
  open(recording: string): void {
    const door = join(recording, DOOR_FILE);
    const next = `${door}.next`;
    writeFileSync(next, `${JSON.stringify({ version: CONTROL_VERSION, socket: this.path })}\n`, { mode: 0o600 });
    renameSync(next, door);
    this.#door = door;
  }

  close(): void {
    if (this.#door !== undefined) rmSync(this.#door, { force: true });
    this.#door = undefined;
    this.server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(socket: Socket, handlers: ControlHandlers): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    let before = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = (before + text).split('\n');
      before = lines.pop() ?? '';
      if (before.length > MAX_LINE || lines.some((line) => line.length > MAX_LINE)) return void socket.destroy();
      for (const line of lines) socket.write(`${JSON.stringify(answer(line, handlers))}\n`);
    });
  }
}

function answer(line: string, handlers: ControlHandlers): Answer {
  try {
    const request = Request.safeParse(JSON.parse(line));
    if (!request.success) {
      const issue = request.error.issues[0];
      return { ok: false, error: `not understood: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}` };
    }
    return { ok: true, nodes: handlers.depth(request.data.changes) };
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}
