import { Command } from 'commander';
import { serveRecording } from '../../server/index.js';
import { wholeNumber } from '../options.js';
import { openNamed } from '../recordings.js';

interface Options {
  port?: string;
}

export const openCommand = (): Command =>
  new Command('open')
    .description('serve the browser view of a recording on this machine, until Ctrl-C')
    .argument('<recording>')
    .option('--port <port>', 'the port to listen on (default: a free one)')
    .action(async (name: string, options: Options) => {
      const recording = openNamed(name);
      const server = await serveRecording(
        recording,
        options.port === undefined ? {} : { port: wholeNumber(options.port) },
      );
      process.stdout.write(`${recording.path}\nopen ${server.url}\nCtrl-C ends\n`);
      await new Promise<void>((resolve) => {
        process.once('SIGINT', () => resolve());
        process.once('SIGTERM', () => resolve());
      });
      await server.close();
      recording.close();
    });
