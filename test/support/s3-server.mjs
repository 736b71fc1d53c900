/**
 * An S3 server for tests (s3rver, of test/engines), in a process of its own: `node s3-server.mjs FOLDER` prints its port, has one bucket, `recordings`,
 * and ends with its standard input. Its keys are S3RVER and S3RVER. Who sends other keys is refused, as a store would.
 */
import { createRequire } from 'node:module';
import { createServer } from 'node:http';

const S3rver = createRequire(new URL('../engines/package.json', import.meta.url))('s3rver');
const [directory] = process.argv.slice(2);
const s3rver = new S3rver({
  directory,
  silent: true,
  address: '127.0.0.1',
  port: 0,
  configureBuckets: [{ name: 'recordings' }],
});
await s3rver.configureBuckets();
const handle = s3rver.callback();
// It neither checks signatures nor knows conditions; what a store does there is done here.
const server = createServer((request, response) => {
  const key = /Credential=([^/]+)\//.exec(request.headers.authorization ?? '')?.[1];
  if (key !== 'S3RVER') {
    response.writeHead(403, { 'content-type': 'application/xml' });
    return response.end('<Error><Code>InvalidAccessKeyId</Code></Error>');
  }
  handle(request, response);
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
