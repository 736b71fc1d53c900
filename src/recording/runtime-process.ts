/** Which processes come with Erlang, Elixir and their tools, and which are the program's own. A guess by names, for showing the latter first. */
import type { FunctionInfo, ProcessInfo } from './model.js';

const NAME =
  /^(?:init|erl_\w+|erts_\w+|error_logger|logger\w*|application_controller|kernel_\w+|code_server|file_server_2|rex|inet_\w+|global_\w+|standard_error\w*|user|user_drv|net_\w+|auth|socket_registry|literal_area_collector|ssl_\w+|tls_\w+|dtls_\w+|httpc_\w+|inets_\w+|httpd_\w+|crypto\w*|elixir_\w+|timer_server|disk_log_\w+|dets\w*|release_handler|sasl_\w+|alarm_handler|pg|prim_\w+|gr_\w+|Logger\b.*|Mix\b.*|Hex\b.*|IEx\b.*|ExUnit\.?(?:Server|OnExitHandler|CaptureServer)?|dist_\w+)$/;
const MODULE =
  /^(?:erts_\w+|erl_\w+|init|application_master|application_controller|code|Kernel\.LexicalTracker|Kernel\.ParallelCompiler|Module|kernel|kernel_\w+|logger\w*|code_server|user\w*|group|standard_error\w*|inet_\w+|global\w*|elixir_\w+|ssl_\w+|prim_\w+|file_io_server|disk_log|rpc|erpc|auth|net_kernel|Logger|Mix|Hex|IEx|elixir)\b/;
const FUNCTION = /^supervisor_bridge\.(?:user_sup|standard_error)$/;
const PROBE = 'elixirscope probe';

/** @param fn what the process runs */
export function isRuntimeProcess(
  process: Pick<ProcessInfo, 'name' | 'label' | 'spawnSeq'>,
  fn: FunctionInfo | undefined,
): boolean {
  if (process.label === PROBE) return true;
  if (process.name !== undefined) return NAME.test(plain(process.name));
  // Of some that were there before nothing is known but that others speak of them.
  if (fn === undefined) return process.spawnSeq === 0 && process.label === undefined;
  const module = plain(fn.module);
  // The first process of a node and its like: there before anything was recorded, and of no module of their own.
  if (process.spawnSeq === 0 && module.startsWith('erlang')) return true;
  return MODULE.test(module) || FUNCTION.test(`${module}.${fn.name}`);
}

const plain = (atom: string): string => atom.replace(/^Elixir\./, '');
