import { Command } from 'commander';
import { serveRecording } from '../../server/index.js';
import { depthChanger } from '../depth-changer.js';
import { wholeNumber } from '../options.js';
import { isClickHouseUrl } from '../../fleet/index.js';
import { isPacked } from '../../recording/index.js';
import { openNamed, recordingPath } from '../recordings.js';
import { UsageError } from '../usage-error.js';

const MAX_PORT = 65_535;

const REFUSED: Record<string, ((port?: number) => string) | undefined> = {
  EADDRINUSE: (port) => `port ${port ?? ''} is in use: choose another, or leave --port out for a free one`,
  EACCES: (port) =>
    `you may not listen on port ${port ?? ''}: choose one from 1024 on, or leave --port out for a free one`,
};

interface Options {
  port?: string;
  readOnly?: boolean;
}

export const openCommand = (): Command =>
  new Command('open')
    .description('serve the browser view of a recording on this machine, until Ctrl-C')
    .argument('<recording>')
    .option('--port <port>', 'the port to listen on (default: a free one)')
    .option('--read-only', 'browsers write nothing: bookmarks stay in the browser, depths as they are')
    .action(async (name: string, options: Options) => {
      const port = options.port === undefined ? undefined : wholeNumber(options.port);
      if (port !== undefined && port > MAX_PORT) throw new UsageError(`there is no port ${port}: at most ${MAX_PORT}`);
      const recording = openNamed(name);
      const server = await serveRecording(recording, {
        ...(port === undefined ? {} : { port }),
        ...(options.readOnly ? {} : { changeDepth: depthChanger(recording.path) }),
        ...readOnlyWhy(name, options),
      }).catch((error: unknown) => {
        throw new UsageError(REFUSED[(error as NodeJS.ErrnoException).code ?? '']?.(port) ?? String(error));
      });
      process.stdout.write(`${recording.path}\nopen ${server.url}\nCtrl-C ends\n`);
      await new Promise<void>((resolve) => {
        process.once('SIGINT', () => resolve());
        process.once('SIGTERM', () => resolve());
      });
      await server.close();
      recording.close();
    });

/** Bookmarks in a packed recording would be gone with its unpacked copy. */
function readOnlyWhy(name: string, options: Options): { readOnly?: string } {
  if (options.readOnly) return { readOnly: 'it was opened with --read-only' };
  return !isClickHouseUrl(name) && isPacked(recordingPath(name)) ? { readOnly: 'it is one packed file' } : {};
}
