/** The HTTP server: the built view, and the WebSocket that answers its questions. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { isIP, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { WebSocketServer } from 'ws';
import type { Recording } from '../recording/index.js';
import { BackgroundDesk } from './background-desk.js';
import { Connection } from './connection.js';
import type { ChangeDepth } from './depth.js';
import { RpcFailure } from './failure.js';
import { admit, hostsOf, isLoopback, newToken, type Guard } from './guard.js';
import { MarkBook } from './mark-book.js';
import type { Tick } from './protocol.js';
import { Questions } from './questions.js';
import { SqlHouse } from './sql-desk.js';
import { loadStaticFiles, SECURITY_HEADERS, type StaticFile } from './static.js';

const REFRESH_MS = 250;
/** The second recording is read on less often: all that was compared with it has to be compared again. */
const OTHER_MS = 2_000;
const MAX_CONNECTIONS = 16;

export interface ServeOptions {
  /** 0 or absent: any free port. */
  port?: number;
  /** The address to listen on, `127.0.0.1` unless told otherwise. Any but a loopback one lets other machines ask, if they have the secret. */
  host?: string;
  /** Where the built view lies; found by itself when absent. */
  uiDirectory?: string;
  /** Lets browsers change how deep a live recording is recorded. Without it they only read. */
  changeDepth?: ChangeDepth;
  /** A second recording, to compare with. While it grows it is read on every two seconds. */
  other?: Recording;
  /** Why bookmarks may not be written, where they may not: `it was opened with --read-only`. */
  readOnly?: string;
  /** Where `sql-process.js`, `area-thread.js` and `background-thread.js` lie, when not beside this file. For tests. */
  programs?: string;
}

export interface Served {
  /** The address with its secret: whoever has it can read the recording. */
  url: string;
  port: number;
  close(): Promise<void>;
}

/**
 * Serves a recording to browsers, on this machine unless told otherwise, until closed; does not close the recording. While the recording is live, what was
 * written since is picked up four times a second and pushed.
 *
 * @throws RangeError when `host` is no address; the error of `listen` when the port is taken.
 */
export async function serveRecording(recording: Recording, options: ServeOptions = {}): Promise<Served> {
  const host = options.host ?? '127.0.0.1';
  const hosts = hostsOf(host);
  const program = (name: string): string | undefined => options.programs && join(options.programs, name);
  const areas = program('area-thread.js');
  const sqlHouse = new SqlHouse(recording.path, program('sql-process.js'));
  const markBook = new MarkBook(recording.path, options.readOnly);
  const other = options.other && new Questions(options.other, undefined, undefined, undefined, areas);
  const questions = new Questions(recording, options.changeDepth, markBook, other, areas);
  const background = new BackgroundDesk(recording, program('background-thread.js'));
  const otherBackground = options.other && new BackgroundDesk(options.other, program('background-thread.js'));
  const files = loadStaticFiles(options.uiDirectory);
  const guard: Guard = { token: newToken(), port: 0, hosts };
  const connections = new Set<Connection>();

  const server = createServer((request, response) => {
    answerHttp(request, response, guard, files);
  });
  server.headersTimeout = 10_000;
  server.requestTimeout = 10_000;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1 << 20, perMessageDeflate: false });

  server.on('upgrade', (request, socket, head) => {
    const verdict = admit(request, guard);
    // Browsers always send an origin with a WebSocket; whoever sends none is a program that has the token.
    const status = !verdict.ok
      ? verdict.status
      : verdict.path !== '/rpc'
        ? 404
        : connections.size >= MAX_CONNECTIONS
          ? 503
          : 0;
    if (status !== 0) {
      socket.end(`HTTP/1.1 ${String(status)} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const desk = sqlHouse.desk();
      const connection = new Connection(webSocket, (each, which) => {
        if (which === 1) {
          const asked = other ?? noOther();
          return otherBackground?.answer(each, asked.live, () => asked.answer(each));
        }
        const before = markBook.version;
        const answer = background.answer(each, questions.live, () => questions.answer(each, desk));
        if (markBook.version !== before) tell();
        return answer;
      });
      connections.add(connection);
      webSocket.on('close', () => {
        connections.delete(connection);
        desk.close();
      });
      connection.tick(questions.tick());
    });
  });

  const tell = (): void => {
    for (const connection of connections) connection.tick(questions.tick());
  };

  // A file that breaks while we look at it must not take the server down: what was read stays.
  const readOn = (grown: Recording, update: () => Tick): void => {
    try {
      const grew = grown.refresh();
      if (!grew && grown.info().live) return;
      const tick = update();
      for (const connection of connections) connection.tick(tick);
    } catch (error) {
      process.emitWarning(
        `the recording could not be read on: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  };
  const timer = setInterval(() => {
    if (markBook.refresh()) tell();
    if (questions.live) readOn(recording, () => questions.update());
  }, REFRESH_MS);
  timer.unref();
  const otherTimer = setInterval(() => {
    if (options.other !== undefined && other?.live === true) readOn(options.other, () => questions.updateOther());
  }, OTHER_MS);
  otherTimer.unref();

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  guard.port = (server.address() as AddressInfo).port;
  // An address for everybody is no address to go to.
  const shown =
    host === '0.0.0.0' || host === '::'
      ? (hosts.find((each) => !isLoopback(each)) ?? '127.0.0.1')
      : isIP(host) === 6
        ? `[${host}]`
        : host;
  return {
    url: `http://${shown}:${String(guard.port)}/${guard.token}/`,
    port: guard.port,
    close: async () => {
      await new Promise<void>((resolve) => {
        clearInterval(timer);
        clearInterval(otherTimer);
        questions.areas.close();
        other?.areas.close();
        background.close();
        otherBackground?.close();
        for (const client of sockets.clients) client.terminate();
        sockets.close();
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      });
      await sqlHouse.close();
    },
  };
}

function noOther(): never {
  throw new RpcFailure('not-found', 'there is no second recording');
}

function answerHttp(
  request: IncomingMessage,
  response: ServerResponse,
  guard: Guard,
  files: Map<string, StaticFile>,
): void {
  const end = (status: number, body: string | Buffer, headers: Record<string, string>): void => {
    response.writeHead(status, { ...SECURITY_HEADERS, ...headers, 'Content-Length': String(Buffer.byteLength(body)) });
    response.end(request.method === 'HEAD' ? undefined : body);
  };
  const fail = (status: number, error: string, headers: Record<string, string> = {}): void => {
    end(status, JSON.stringify({ error }), {
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
      ...headers,
    });
  };
  const verdict = admit(request, guard);
  if (!verdict.ok) {
    fail(verdict.status, verdict.why);
    return;
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    fail(405, 'only GET', { Allow: 'GET, HEAD' });
    return;
  }
  if (verdict.path === '') {
    end(302, '', { Location: `/${guard.token}/`, 'Cache-Control': 'no-store' });
    return;
  }
  const file = files.get(verdict.path === '/' ? '/index.html' : verdict.path);
  if (file === undefined) {
    fail(404, files.size === 0 ? 'the browser view is not built: npm run build:ui' : 'there is no such page');
    return;
  }
  end(200, file.body, {
    'Content-Type': file.type,
    'Cache-Control': file.immutable ? 'private, max-age=31536000, immutable' : 'no-store',
  });
}
