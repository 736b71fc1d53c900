import { Command } from 'commander';
import { depthChanger } from '../depth-changer.js';
import { isClickHouseUrl } from '../../fleet/index.js';
import { isPacked } from '../../recording/index.js';
import { openNamed, recordingPath } from '../recordings.js';
import { portOf, serveUntilStopped } from '../serve-until-stopped.js';

interface Options {
  port?: string;
  host?: string;
  readOnly?: boolean;
}

export const openCommand = (): Command =>
  new Command('open')
    .description('serve the browser view of a recording on this machine, until Ctrl-C')
    .argument('<recording>')
    .option('--port <port>', 'the port to listen on (default: a free one)')
    .option(
      '--host <address>',
      'listen on this address rather than 127.0.0.1; whoever reaches it and has the whole address reads the recording, over plain HTTP',
    )
    .option('--read-only', 'browsers write nothing: bookmarks stay in the browser, depths as they are')
    .action(async (name: string, options: Options) => {
      const port = portOf(options.port);
      const recording = openNamed(name);
      await serveUntilStopped(recording, {
        port,
        ...(options.host === undefined ? {} : { host: options.host }),
        ...(options.readOnly ? {} : { changeDepth: depthChanger(recording.path) }),
        ...readOnlyWhy(name, options),
      });
      recording.close();
    });

/** Bookmarks in a packed recording would be gone with its unpacked copy. */
function readOnlyWhy(name: string, options: Options): { readOnly?: string } {
  if (options.readOnly) return { readOnly: 'it was opened with --read-only' };
  return !isClickHouseUrl(name) && isPacked(recordingPath(name)) ? { readOnly: 'it is one packed file' } : {};
}
