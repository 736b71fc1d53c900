/** Plans of real projects: what `elixirscope plan` prints, and what `run` makes of it. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makePlan, printPlan, readBeam } from '../../src/plan/index.js';
import { CHECKOUT, elixirscope, inDirectory, record, RELEASES, start } from '../support/elixirscope.js';
import { startEpmd, startNode } from '../support/nodes.js';

const SHAPED = join(CHECKOUT, 'test/integration/programs/phoenix_shaped');
const RABBITMQ = '/usr/lib/rabbitmq/lib';

/** The plan's text without its summary, and without where files lie. */
const told = (text: string): string =>
  text
    .split('\n\n')
    .slice(0, -1)
    .join('\n')
    .replace(/ {2}\(.*\/lib\//g, '  (lib/');

const PHOENIX = `Blog.Application  (lib/blog.ex)
  lines        start/2                           Application: the application begins; starts processes (Supervisor.start_link)
  off          stop/1: made by a macro of Application: nothing of it stands in the source
Blog.Mailer  (lib/blog.ex)
  lines        perform/1                         Oban worker: does a job; raises ArgumentError; talks to the world outside (File.write!)
  lines        fetch/1                           catches exceptions: the way it took is not in its value; talks to the world outside (httpc:request)
  off          backoff/1, new/1: made by a macro of Oban.Worker: nothing of it stands in the source
Blog.Moderator  (lib/blog.ex)
  lines        init/1                            GenServer: sets up the state of a GenServer; sets timers (send_after)
  lines        handle_continue/2                 GenServer: goes on with: :load
  lines        handle_call/3                     GenServer: answers calls: {:check, _}
  lines        handle_info/2                     GenServer: handles messages: :report; sets timers (send_after)
  values       start_link/1                      starts the process
  values       check/1                           a client of its own server: asks it {:check, _}
  values       ban/1                             a client of its own server: tells it {:ban, _}
  values       handle_cast/2                     GenServer: handles casts: {:ban, _}
  values       banned?/2                         only computes
  off          child_spec/1, code_change/3, terminate/2: made by a macro of GenServer: nothing of it stands in the source
  off          __struct__/0, __struct__/1: made by the compiler
Blog.Posts  (lib/blog.ex)
  lines        create_post/1                     writes to the database (Blog.Repo.insert)
  lines        publish_post/2                    a transaction (Blog.Repo.transaction, Blog.Repo.rollback); writes to the database (Blog.Repo.update)
  lines        parse/1                           catches exceptions: the way it took is not in its value
  values       list_posts/0                      reads the database (Blog.Repo.all)
  values       get_post!/1                       reads the database (Blog.Repo.get!)
  values       change_post/2                     leads on to others of this code
  values       import_posts/1                    a way in: nothing of this code calls it
  values       word_count/1                      a way in: nothing of this code calls it
  values       broadcast/1                       sends messages (Phoenix.PubSub.broadcast)
  count        change_post/1                     only fills in what change_post/2 takes besides
  count        count_words/2                     calls itself and only computes: its caller's arguments and value tell the same
  off          is_draft/1: a macro: runs while the program is compiled
Blog.Posts.Post  (lib/blog.ex)
  expressions  changeset/2                       a changeset: the value of each step shows what was changed and which validation failed
  count        published?/1                      small, only computes, and called again and again by loops
  count        title/1                           only takes its argument apart
  off          __changeset__/0, __schema__/1, __struct__/0, __struct__/1: made by the compiler
Blog.Repo  (lib/blog.ex)
  values       all/1                             the door to the database
  values       delete/1                          the door to the database
  values       get!/2                            the door to the database
  values       insert/1                          the door to the database
  values       rollback/1                        the door to the database
  values       transaction/1                     the door to the database
  values       update/1                          the door to the database
Blog.Rooms  (lib/blog.ex)
  lines        watch/1                           a process of its own kind: receives messages, again and again; sends {:said, _, _}; touches registered names (Registry.lookup)
  values       join/1                            starts processes (spawn_link); touches registered names (Registry.register)
Blog.SearchIndex  (lib/blog.ex)
  values       new/0                             touches tables (ets:new)
  values       put/1                             touches tables (ets:insert)
  values       find/1                            touches tables (ets:lookup)
  count        normal/1                          small, only computes, and called again and again by loops
BlogWeb.Endpoint  (lib/blog_web.ex)
  off          broadcast/3, call/2, child_spec/1, config/1, init/1, plug_builder_call/2, start_link/0, start_link/1: made by a macro of Phoenix.Endpoint: nothing of it stands in the source
BlogWeb.PostController  (lib/blog_web.ex)
  lines        create/2                          controller: the action create
  values       index/2                           controller: the action index
  values       path/1                            only computes
  off          action/2, call/2, init/1, phoenix_controller_pipeline/2: made by a macro of Phoenix.Controller: nothing of it stands in the source
BlogWeb.PostLive  (lib/blog_web.ex)
  lines        mount/3                           LiveView: a view begins
  lines        handle_event/3                    LiveView: a person did something: "publish", "like"
  values       handle_info/2                     LiveView: handles messages: {:post_created, _}
  values       title/1                           only computes
  values       badge/1                           only computes
  call         render/1                          LiveView: draws the page, at every change: its value is large and follows from the assigns
  off          __live__/0: made by the compiler
BlogWeb.RequireUser  (lib/blog_web.ex)
  lines        call/2                            Plug: handles a request
  values       init/1                            Plug: prepares the options of a plug
BlogWeb.RoomChannel  (lib/blog_web.ex)
  lines        join/3                            Channel: somebody joins: "room:" <> _
  lines        handle_in/3                       Channel: a client says: "say"; sends messages (Phoenix.Channel.broadcast!)
  off          child_spec/1: made by a macro of Phoenix.Channel: nothing of it stands in the source
BlogWeb.Router  (lib/blog_web.ex)
  lines        fetch_current_user/2              a plug: every request goes through it
  off          __match_route__/3, __routes__/0: made by the compiler
  off          call/2, init/1, browser/2: made by a macro of Phoenix.Router: nothing of it stands in the source`;

describe.each(RELEASES)('the plan, on $name', ({ prefix }) => {
  it('of a project that is shaped like one of Phoenix is what an expert would have chosen', () =>
    inDirectory(async (directory) => {
      for (const name of ['stubs', 'ebin']) mkdirSync(join(directory, name));
      cpSync(SHAPED, directory, { recursive: true });
      const compile = async (...args: string[]): Promise<void> => {
        const done = await start([...prefix, 'elixirc', ...args], { cwd: directory }).finished;
        expect(done.code, done.stderr).toBe(0);
      };
      await compile('-o', 'stubs', 'stubs.ex');
      await compile('-pa', 'stubs', '-o', 'ebin', 'lib/blog.ex', 'lib/blog_web.ex');
      const files = readdirSync(join(directory, 'ebin')).sort();
      const modules = files.map((name) => readBeam(readFileSync(join(directory, 'ebin', name))));
      const text = printPlan(makePlan(modules, { from: 'tests', command: '' }));
      expect(told(text)).toBe(PHOENIX);
      // In whatever order they come.
      expect(printPlan(makePlan([...modules].reverse(), { from: 'tests', command: '' }))).toBe(text);
    }));

  it('of the shop is printed before anything runs, can be edited, and is what is recorded', () =>
    inDirectory(async (directory) => {
      const project = join(directory, 'shop');
      const filter = (path: string): boolean => !path.endsWith('_build');
      cpSync(join(CHECKOUT, 'examples', 'shop'), project, { recursive: true, filter });
      const command = [...prefix, 'mix', 'test', '--only', 'none'];
      const planned = async (...options: string[]): Promise<string> => {
        const done = await elixirscope(['plan', ...options, '--', ...command], { cwd: project });
        expect(done.code, done.stderr).toBe(0);
        return done.stdout;
      };
      const sources = await planned();
      expect(sources).toContain('From 18 modules of 18 sources.');
      expect(existsSync(join(project, '_build'))).toBe(false);
      expect(
        (await start([...prefix, 'mix', 'compile'], { cwd: project, env: { MIX_ENV: 'test' } }).finished).code,
      ).toBe(0);
      const compiled = await planned();
      expect(compiled).toContain('From 17 compiled modules and 1 modules of 1 sources.');
      // Sources and compiled code are judged alike: the same line for what is decided in the shop.
      for (const wanted of [
        '  lines        handle_call/3                     GenServer: answers calls: {:ship, _}, :free',
        '  values       ship/1                            a client of its own server: asks it {:ship, _}',
        '  lines        test an order that is paid is shipped, and its goods are gone/1  a test',
      ])
        for (const text of [sources, compiled]) expect(text).toContain(wanted);
      // A source that has changed is read, and not what it was compiled to before.
      const stock = join(project, 'lib', 'shop', 'stock.ex');
      writeFileSync(
        stock,
        readFileSync(stock, 'utf8').replace('use GenServer', 'use GenServer\n  def all_free, do: free()'),
      );
      utimesSync(stock, new Date(Date.now() + 5000), new Date(Date.now() + 5000));
      expect(await planned()).toContain('all_free/0');

      const file = join(directory, 'plan.json');
      await planned('--out', file);
      const plan = JSON.parse(readFileSync(file, 'utf8')) as {
        functions: { module: string; depth: string }[];
        rules: unknown[];
      };
      plan.functions = plan.functions
        .filter(({ module }) => module === 'Shop.Catalog')
        .map((fn) => ({ ...fn, depth: 'values' }));
      plan.rules.push({ glob: 'Shop.Catalog.start_link', depth: 'call', reason: 'by hand' });
      writeFileSync(file, JSON.stringify(plan));
      writeFileSync(
        join(project, 'calls.exs'),
        'Shop.Catalog.start_link([])\nShop.Catalog.items()\nShop.Stock.module_info()\n',
      );
      await record(
        [...prefix, 'mix', 'run', '--no-start', 'calls.exs'],
        async (recording, run, path) => {
          expect(run.code, run.stderr).toBe(0);
          const calls = [...recording.events({ kinds: ['call'] })].map(({ fn, terms }) => {
            const { module, name } = recording.function(fn) ?? {};
            return `${module}.${name} ${terms.length}`;
          });
          expect(calls).toContain('Elixir.Shop.Catalog.items 1');
          expect(calls).toContain('Elixir.Shop.Catalog.start_link 0');
          expect(calls.every((call) => call.startsWith('Elixir.Shop.Catalog.'))).toBe(true);
          const kept = await elixirscope(['plan', path]);
          expect(kept.stdout).toMatch(/call\s+Shop\.Catalog\.start_link\s+by hand/);
          expect((await elixirscope(['plan', '--json', path])).stdout).toBe(
            readFileSync(join(path, 'plan.json'), 'utf8'),
          );
        },
        { cwd: project, args: ['--plan', file] },
      );
      writeFileSync(file, '{"version": 1}');
      const wrong = await elixirscope(['run', '--plan', file, '--', 'true'], { cwd: project });
      expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('plan.json: made')]);
    }));
});

describe('the plan of a node', () => {
  it('is of its own modules, or of those that are asked for', () =>
    inDirectory(async (directory) => {
      writeFileSync(
        join(directory, 'till.erl'),
        '-module(till).\n-behaviour(gen_server).\n-export([init/1, handle_call/3, handle_cast/2]).\ninit(X) -> {ok, X}.\nhandle_call({pay, N}, _, S) ->\n    T = S + N,\n    {reply, T, T}.\nhandle_cast(_, S) -> {noreply, S}.\n',
      );
      expect((await start(['erlc', '+debug_info', 'till.erl'], { cwd: directory }).finished).code).toBe(0);
      const epmd = await startEpmd();
      const node = await startNode({ epmd, args: ['-pa', directory, '-eval', 'code:ensure_loaded(till).'] });
      try {
        const env = { ERL_EPMD_PORT: String(epmd.port), ELIXIRSCOPE_COOKIE: node.cookie };
        const own = await elixirscope(['plan', node.name], { env });
        expect(own.stdout).toContain(
          '  lines        handle_call/3                     gen_server: answers calls: {pay,_}',
        );
        expect(own.stdout).toContain(`3 functions of 1 module: 1 lines, 2 values. From the code of ${node.name}.`);
        const other = await elixirscope(['plan', '--modules', 'gen_serv*', node.name], { env });
        expect(other.stdout).toMatch(/^gen_server {2}/);
      } finally {
        await node.stop();
        await epmd.stop();
      }
    }));
});

describe.runIf(existsSync(RABBITMQ))('the plan of RabbitMQ', () => {
  it('knows its servers, machines, loops and what is too hot', () => {
    const [version = ''] = readdirSync(RABBITMQ);
    const plugins = join(RABBITMQ, version, 'plugins');
    const modules = ['rabbit-', 'rabbit_common-', 'ra-', 'rabbitmq_management-'].flatMap((application) => {
      const name = readdirSync(plugins).find((one) => one.startsWith(application) && /\d$/.test(one)) ?? '';
      const ebin = join(plugins, name, 'ebin');
      return readdirSync(ebin).filter((one) => /^(rabbit_(amqqueue_process|fifo|channel|writer|mgmt_wm_queue|queue_index|misc)|ra_server_proc|gen_server2|mirrored_supervisor)\.beam$/.test(one)).map((one) => readBeam(readFileSync(join(ebin, one)))); // prettier-ignore
    });
    const plan = makePlan(modules, { from: 'tests', command: '' });
    const depth = (module: string, name: string, arity: number): [string | undefined, string | undefined] => {
      const found = plan.functions.find((fn) => fn.module === module && fn.function === name && fn.arity === arity);
      return [found?.depth, found?.reasons[0]];
    };
    expect(depth('rabbit_channel', 'handle_cast', 2)).toEqual([
      'lines',
      expect.stringContaining('gen_server2: handles casts: {method,_,_,_}, '),
    ]);
    expect(depth('rabbit_channel', 'prioritise_cast', 3)[0]).toBe('count');
    expect(depth('rabbit_channel', 'flush', 1)).toEqual(['values', 'a client of its own server: asks it flush']);
    expect(depth('rabbit_fifo', 'apply', 3)).toEqual([
      'lines',
      expect.stringContaining('ra_machine: applies a command'),
    ]);
    expect(depth('ra_server_proc', 'leader', 3)).toEqual([
      'lines',
      expect.stringContaining('gen_statem: the state leader'),
    ]);
    expect(depth('rabbit_mgmt_wm_queue', 'is_authorized', 2)[1]).toBe('cowboy_rest: decides who may');
    expect(depth('gen_server2', 'process_next_msg', 1)).toEqual([
      'lines',
      expect.stringContaining('receives messages, again and again'),
    ]);
    expect(plan.functions.filter((fn) => fn.depth === 'count').length).toBeGreaterThan(20);
    expect(plan.rules).toEqual([]);
  });
});
