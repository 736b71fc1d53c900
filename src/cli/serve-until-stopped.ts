/** Serves the browser view until Ctrl-C: what commands that open a browser share. */
import type { Recording } from '../recording/index.js';
import { serveRecording, type ServeOptions } from '../server/index.js';
import { wholeNumber } from './options.js';
import { UsageError } from './usage-error.js';

const MAX_PORT = 65_535;

const REFUSED: Record<string, ((port?: number) => string) | undefined> = {
  EADDRINUSE: (port) => `port ${port ?? ''} is in use: choose another, or leave --port out for a free one`,
  EACCES: (port) =>
    `you may not listen on port ${port ?? ''}: choose one from 1024 on, or leave --port out for a free one`,
  EADDRNOTAVAIL: () => 'this machine has no such address: leave --host out to listen on 127.0.0.1',
};

/** What `--port` says. @throws UsageError where there is no such port */
export function portOf(text: string | undefined): number | undefined {
  const port = text === undefined ? undefined : wholeNumber(text);
  if (port !== undefined && port > MAX_PORT) throw new UsageError(`there is no port ${port}: at most ${MAX_PORT}`);
  return port;
}

/** @param hash what of the view to open first, without `#` */
export async function serveUntilStopped(
  recording: Recording,
  options: Omit<ServeOptions, 'port'> & { port: number | undefined },
  hash = '',
): Promise<void> {
  const { port, ...others } = options;
  const server = await serveRecording(recording, { ...(port === undefined ? {} : { port }), ...others }).catch(
    (error: unknown) => {
      throw new UsageError(
        REFUSED[(error as NodeJS.ErrnoException).code ?? '']?.(port) ??
          (error instanceof Error ? error.message : String(error)),
      );
    },
  );
  process.stdout.write(`${recording.path}\nopen ${server.url}${hash === '' ? '' : `#${hash}`}\nCtrl-C ends\n`);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
  await server.close();
}
