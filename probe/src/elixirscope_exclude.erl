%% Which processes are never traced.
%%
%% Tracing what carries the recording, or what the VM needs to load code, print and log, would feed events about events back
%% into the recording, or slow down what everybody waits for. Processes are known by their registered name, by the function
%% that they run, or by a link to `net_kernel` (the controllers of connections to other nodes) or to `user_drv` (shells).
-module(elixirscope_exclude).

-export([set/1, by_call/1]).

%% Registered names; those that do not exist in a release simply are not found.
-define(NAMES, [init, erts_code_purger, erts_literal_area_collector, erts_dirty_process_signal_handler, erl_prim_loader,
                code_server, logger, logger_proxy, logger_handler_watcher, logger_sup, logger_std_h_default, error_logger,
                user, user_drv, user_drv_reader, user_drv_writer, standard_error, standard_error_sup,
                net_kernel, net_sup, auth, erl_epmd, erts_trace_cleaner, rex, socket_registry, inet_gethost_native]).

%% Modules whose processes are group leaders, terminals, logger handlers, or part of the distribution.
-define(MODULES, [group, user, user_drv, prim_tty, standard_error, logger_olp, logger_server, logger_proxy,
                  logger_std_h, logger_disk_log_h, net_kernel, inet_tcp_dist, inet6_tcp_dist, inet_tls_dist, inet6_tls_dist,
                  gen_tcp_dist, dist_util, tls_sender, erl_epmd, auth, erts_code_purger, erts_literal_area_collector,
                  erts_dirty_process_signal_handler, erts_internal, erts_trace_cleaner, code_server, erl_prim_loader,
                  socket_registry, elixirscope_server, elixirscope_guard, elixirscope_tracer, elixirscope_link]).

%% The processes to leave alone that can be named beforehand; Own are the probe's and those that serve it.
-spec set([pid()]) -> #{pid() => []}.
set(Own) ->
    Named = [Pid || Name <- ?NAMES, Pid <- [whereis(Name)], is_pid(Pid)],
    Handlers = [Pid || Name <- registered(), is_handler(Name), Pid <- [whereis(Name)], is_pid(Pid)],
    maps:from_list([{Pid, []} || Pid <- Own ++ Named ++ Handlers ++ linked()]).

%% Whether a process that runs this is to be left alone: its own or its translated initial call.
-spec by_call(term()) -> boolean().
by_call({Module, _, _}) -> lists:member(Module, ?MODULES);
by_call(_) -> false.

is_handler(Name) ->
    lists:prefix("logger_", atom_to_list(Name)).

%% What carries connections and terminals: acceptors, controllers and the ticker of `net_kernel`, and the groups of `user_drv`.
linked() ->
    [Link || Name <- [net_kernel, user_drv], Pid <- [whereis(Name)], is_pid(Pid),
             {links, Links} <- [process_info(Pid, links)], Link <- Links, is_pid(Link)].
