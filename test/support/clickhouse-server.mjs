/**
 * The HTTP interface of ClickHouse over its engine as a package (test/engines), in a process of its own:
 *
 *     node clickhouse-server.mjs FOLDER [PASSWORD [PORT]]      prints its port, ends with its standard input
 *
 * It speaks what a client of ours needs: queries in the URL or the body, data of an INSERT in the body, settings as parameters, user and password in
 * headers, errors with the status and the header of a real server. The user is `tester`; without a password anybody may ask.
 *
 * For tests: `POST /trouble?code=243&times=2` lets the next two INSERTs fail with that error.
 */
import { createServer } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [folder, password = '', port = '0'] = process.argv.slice(2);
const { Session } = createRequire(new URL('../engines/package.json', import.meta.url))('chdb');
const scratch = mkdtempSync(join(folder, 'inserts-'));
// Holds the engine open between requests.
const keeper = new Session(join(folder, 'data'));
let inserts = 0;
let trouble = { code: 0, times: 0 };

/** Parameters of the interface itself; every other one is a setting. */
const OWN = new Set(['query', 'database', 'default_format', 'user', 'password']);
const quoted = (text) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** One after the other. */
let last = Promise.resolve();
const server = createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => (last = last.then(() => reply(request, response, Buffer.concat(parts)))));
});

async function reply(request, response, body) {
  try {
    await answer(request, response, body);
  } catch (error) {
    const text = String(error.message).replace(/^Query failed: /, '');
    const code = /Code: (\d+)/.exec(text)?.[1] ?? '1000';
    const status = { 516: 403, 497: 403, 60: 404, 81: 404, 241: 500 }[code] ?? 500;
    response.writeHead(status, { 'x-clickhouse-exception-code': code }).end(`${text}\n`);
  }
}

async function answer(request, response, body) {
  const url = new URL(request.url, 'http://localhost');
  if (url.pathname === '/ping') return response.end('Ok.\n');
  if (url.pathname === '/trouble') {
    trouble = { code: Number(url.searchParams.get('code')), times: Number(url.searchParams.get('times')) };
    return response.end('Ok.\n');
  }
  const user = request.headers['x-clickhouse-user'] ?? 'default';
  if (password !== '' && (user !== 'tester' || request.headers['x-clickhouse-key'] !== password))
    throw new Error(
      `Code: 516. DB::Exception: ${user}: Authentication failed: password is incorrect, or there is no user with such name. (AUTHENTICATION_FAILED)`,
    );
  const given = url.searchParams.get('query');
  const insert = given !== null && body.length > 0 && /^\s*insert\s/i.test(given);
  let sql = insert ? given : (given ?? '') + body.toString('utf8');
  let file;
  if (insert) {
    if (trouble.times > 0) {
      trouble.times--;
      throw new Error(`Code: ${trouble.code}. DB::Exception: made up by the test. (TROUBLE)`);
    }
    file = join(scratch, `${++inserts}.bin`);
    writeFileSync(file, body);
    sql = sql.replace(
      /\sformat\s+(\w+)\s*$/i,
      (_, format) => ` SELECT * FROM file(${quoted(file)}, ${quoted(format)})`,
    );
  }
  const session = new Session(join(folder, 'data'));
  try {
    const database = url.searchParams.get('database');
    if (database) session.query(`USE \`${database}\``);
    for (const [name, value] of url.searchParams)
      if (!OWN.has(name) && name !== 'readonly') session.query(`SET ${name}=${quoted(value)}`);
    if (url.searchParams.has('readonly')) session.query(`SET readonly=${Number(url.searchParams.get('readonly'))}`);
    const format = url.searchParams.get('default_format') ?? 'TabSeparated';
    response.end((await session.queryAsync(sql, { format })).bytes());
  } finally {
    session.close();
    if (file) rmSync(file, { force: true });
  }
}

server.listen(Number(port), '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
process.stdin.resume();
process.stdin.on('end', () => {
  server.closeAllConnections();
  server.close();
  keeper.close();
  process.exit(0);
});
