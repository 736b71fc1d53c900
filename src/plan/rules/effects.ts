/** What a call does beside giving a value, told by its name: the same list for both languages, since Elixir's are inlined into Erlang's. */
import type { CallFact } from '../facts.js';

export type Effect =
  | 'server' // asks or tells another process through a behaviour
  | 'send'
  | 'spawn'
  | 'table'
  | 'name'
  | 'timer'
  | 'store'
  | 'read' // reads a database
  | 'write'
  | 'transaction'
  | 'changeset'
  | 'outside' // files, sockets, ports, other programs
  | 'log'
  | 'clock' // what the machine says: time, environment
  | 'exit' // raises
  | 'process' // links, monitors, flags
  | 'wait'
  | 'unknown';

interface Rule {
  module: RegExp;
  /** Any function unless told. */
  name?: RegExp;
  effect: Effect;
}

/** The first that fits counts. */
const RULES: readonly Rule[] = [
  { module: /^(Elixir\.GenServer|gen_server|gen_statem|gen_event|gen_server2|Elixir\.Agent|Elixir\.GenStage|gen)$/, name: /^(call|cast|abcast|multi_call|send_request|notify|sync_notify|get|update|get_and_update|delegate_call)$/, effect: 'server' },
  { module: /^(Elixir\.GenServer|gen_server|gen_statem|gen_event|gen_server2|Elixir\.Agent|Elixir\.Supervisor|Elixir\.DynamicSupervisor|supervisor|Elixir\.Task(\.Supervisor)?|proc_lib|Elixir\.GenStage|Elixir\.PartitionSupervisor)$/, name: /^(start|start_link|start_monitor|start_child|async|async_nolink|async_stream|async_stream_nolink|spawn|spawn_link|spawn_opt)$/, effect: 'spawn' },
  { module: /^erlang$/, name: /^spawn/, effect: 'spawn' },
  { module: /^Elixir\.(Process|Node)$/, name: /^spawn/, effect: 'spawn' },
  { module: /^erlang$/, name: /^(send|send_nosuspend|!)$/, effect: 'send' },
  { module: /^Elixir\.(Process|Kernel)$/, name: /^send$/, effect: 'send' },
  { module: /^(Elixir\.GenServer|gen_server|gen_statem)$/, name: /^reply$/, effect: 'send' },
  { module: /^Elixir\.(Phoenix\.PubSub|Phoenix\.Channel|Phoenix\.Endpoint|Registry)$|Endpoint$/, name: /^(broadcast|broadcast_from|local_broadcast|push|dispatch)!?$/, effect: 'send' },
  { module: /^(erlang|timer)$/, name: /^(send_after|start_timer|cancel_timer|apply_after|apply_interval|send_interval|read_timer|exit_after|kill_after)$/, effect: 'timer' },
  { module: /^Elixir\.Process$/, name: /^(send_after|cancel_timer|read_timer)$/, effect: 'timer' },
  { module: /^(ets|dets|mnesia)$/, effect: 'table' },
  { module: /^(global|pg|pg2|gproc|syn)$/, effect: 'name' },
  { module: /^Elixir\.(Registry|Horde\.Registry)$/, effect: 'name' },
  { module: /^erlang$/, name: /^(register|unregister|whereis)$/, effect: 'name' },
  { module: /^Elixir\.Process$/, name: /^(register|unregister|whereis)$/, effect: 'name' },
  { module: /^(persistent_term|counters|atomics|application)$/, name: /^(put|erase|add|sub|exchange|compare_exchange|set_env|unset_env|put_new)$/, effect: 'store' },
  { module: /^Elixir\.Application$/, name: /^(put_env|delete_env|put_all_env)$/, effect: 'store' },
  { module: /^erlang$/, name: /^(put|erase)$/, effect: 'store' },
  { module: /^Elixir\.Process$/, name: /^(put|delete)$/, effect: 'store' },
  { module: /^erlang$/, name: /^(link|unlink|monitor|demonitor|exit|process_flag|group_leader|halt|suspend_process|resume_process)$/, effect: 'process' },
  { module: /^Elixir\.Process$/, name: /^(link|unlink|monitor|demonitor|exit|flag)$/, effect: 'process' },
  { module: /^(Elixir\.Process|timer)$/, name: /^(sleep|hibernate)$/, effect: 'wait' },
  { module: /^erlang$/, name: /^(error|throw|raise|nif_error)$/, effect: 'exit' },
  { module: /^Elixir\.Ecto\.Multi$/, effect: 'transaction' },
  { module: /(^|\.)Repo$/, name: /^(transaction|transact|checkout|rollback)$/, effect: 'transaction' },
  { module: /(^|\.)Repo$/, name: /^(insert|update|delete|insert_or_update|insert_all|update_all|delete_all|query)!?$/, effect: 'write' },
  { module: /(^|\.)Repo$/, effect: 'read' },
  { module: /^Elixir\.Ecto\.Changeset$/, effect: 'changeset' },
  { module: /^(gen_tcp|gen_udp|gen_sctp|ssl|inet|httpc|file|prim_file|filelib|os|hackney|gun|ssh|ftp|socket)$/, effect: 'outside' },
  { module: /^erlang$/, name: /^(open_port|port_command|port_close)$/, effect: 'outside' },
  { module: /^Elixir\.System$/, name: /^(cmd|shell|halt|stop|put_env|delete_env|find_executable)$/, effect: 'outside' },
  { module: /^Elixir\.System$/, effect: 'clock' },
  { module: /^Elixir\.(File|Port|Req|HTTPoison|Tesla|Finch|Mint\..*|Redix|Postgrex|MyXQL|Broadway.*|Swoosh\..*|ExAws)$|(^|\.)Mailer$/, effect: 'outside' },
  { module: /^(logger|error_logger|lager|Elixir\.Logger)$/, effect: 'log' },
  { module: /^(io|Elixir\.IO)$/, effect: 'log' },
  { module: /^(telemetry)$/, effect: 'log' },
]; // prettier-ignore

/** Modules whose functions do nothing but give a value. `Stream` and `Enum` call what they are given. */
const PURE =
  /^(Elixir\.(Enum|Map|MapSet|Keyword|List|String|String\.Chars|Integer|Float|Tuple|Access|Kernel|Kernel\.Utils|Range|Date|Time|DateTime|NaiveDateTime|Calendar(\..*)?|URI|Base|Bitwise|Regex|Stream|Enumerable|Collectable|Inspect|Inspect\..*|Atom|Function|Macro|Version|Decimal|Exception|Path|Record|Jason|Protocol|Struct|Duration|Phoenix\.(HTML|Component|Param|LiveView|Controller|Naming).*|Plug\.Conn|Ecto\.Query.*|Ecto\.Schema.*|Ecto\.Type)|[A-Za-z.]*Error|lists|maps|string|binary|math|orddict|dict|sets|ordsets|gb_trees|gb_sets|queue|proplists|array|unicode|re|filename|io_lib|base64|erl_scan|calendar|uri_string|zlib|crypto|json|jsx|thoas)$/;

/** Of erlang's own functions, those that look at more than their arguments. */
const IMPURE_BIF =
  /^(self|node|now|get|process_info|system_info|statistics|whereis|registered|processes|ports|nodes|memory|trace|apply|make_ref|system_time|monotonic_time|unique_integer|garbage_collect|load_nif|get_cookie|date|time|localtime|universaltime|system_flag|spawn|yield|hibernate|delete_module|purge_module|check_process_code|nif_error|dist_ctrl_put_data|group_leader|is_process_alive|disconnect_node|halt|monitor_node|set_cookie|bump_reductions|port_info|display)/;

/** What a call of another module does; undefined: nothing, it only gives a value. */
export function effectOf({ module, name }: Pick<CallFact, 'module' | 'name'>): Effect | undefined {
  if (module === undefined) return undefined;
  const rule = RULES.find((one) => one.module.test(module) && (one.name === undefined || one.name.test(name)));
  if (rule) return rule.effect;
  if (module === 'erlang') return IMPURE_BIF.test(name) ? 'unknown' : undefined;
  return PURE.test(module) ? undefined : 'unknown';
}
