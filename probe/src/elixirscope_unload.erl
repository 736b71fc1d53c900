%% Takes the probe's own modules out of the node, at the very end.
%%
%% A module cannot delete itself and go on, and a process that runs our code would keep it from being purged. So the last steps
%% are given as forms to `erl_eval`, a module of stdlib, in a process whose stack never holds a frame of ours. `soft_purge`
%% only: a process that still is in our code (a log handler under way) makes us wait and try again, and in the end leave the
%% old code where it is, but is never killed.
-module(elixirscope_unload).

-export([start/1, modules/0]).

%% Everything that the probe consists of.
-spec modules() -> [module()].
modules() ->
    [elixirscope_probe, elixirscope_server, elixirscope_guard, elixirscope_flags, elixirscope_session, elixirscope_patterns,
     elixirscope_callbacks, elixirscope_behaviours, elixirscope_shapes, elixirscope_exclude, elixirscope_process, elixirscope_log,
     elixirscope_engine, elixirscope_tracer, elixirscope_link, elixirscope_control, elixirscope_record, elixirscope_encode, elixirscope_json,
     elixirscope_hello, elixirscope_redact, elixirscope_watch, elixirscope_loader, elixirscope_prepare, elixirscope_exchange,
     elixirscope_announce, elixirscope_source, elixirscope_depths, elixirscope_own, elixirscope_sites, elixirscope_gate, elixirscope_version,
     elixirscope_libraries, elixirscope_fallback, elixirscope_levels, elixirscope_budget, elixirscope_hush, elixirscope_cache,
     elixirscope_builtins, elixirscope_sampler, elixirscope_hook,
     elixirscope_rewrite, elixirscope_rewrite_exits, elixirscope_rewrite_sites,
     elixirscope_rewrite_points, elixirscope_rewrite_scope, elixirscope_rewrite_label, elixirscope_rewrite_secrets, elixirscope_recompile, elixirscope_tails,
     elixirscope_glob, elixirscope_nif, elixirscope_unload].

%% Starts the process that removes the modules, once the given processes are gone, and lets its caller go on.
-spec start([pid()]) -> ok.
start(Pids) ->
    Text = "[begin Monitor = monitor(process, Pid), receive {'DOWN', Monitor, process, _, _} -> ok "
           "                                         after 10000 -> demonitor(Monitor, [flush]) end end || Pid <- Pids],"
           "[code:soft_purge(Module) andalso code:delete(Module) || Module <- Modules],"
           "lists:foldl(fun(_, []) -> [];"
           "               (_, Left) -> case [Module || Module <- Left, not code:soft_purge(Module)] of"
           "                                [] -> []; Again -> timer:sleep(20), Again end end, Modules, lists:seq(1, 500)).",
    {ok, Tokens, _} = erl_scan:string(Text),
    {ok, Forms} = erl_parse:parse_exprs(Tokens),
    %% Only those that came by us: a module of the same name on disk would be none of our business, but there is none.
    %% And what rewritten code calls stays as long as somebody runs such code.
    Loaded = [Module || Module <- modules(), erlang:module_loaded(Module),
                        Module =/= elixirscope_nif orelse elixirscope_loader:is_clean()],
    Bindings = erl_eval:add_binding('Modules', Loaded, erl_eval:add_binding('Pids', Pids, erl_eval:new_bindings())),
    _ = spawn(erl_eval, exprs, [Forms, Bindings]),
    ok.
