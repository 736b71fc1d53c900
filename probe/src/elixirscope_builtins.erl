%% Families of built-in functions whose calls are recorded where that is asked for: tables, timers, what is stored beside them, telemetry, monitors.
%%
%% These cannot be rewritten, so the VM traces them. Tables that the runtime itself asks for all the time are left out.
-module(elixirscope_builtins).

-export([families/0, calls/1]).

-define(OF_THE_RUNTIME, [ac_tab, logger, code, code_names, file_io_servers, inet_db, inet_cache, elixir_config, elixir_modules,
                         global_names, global_locks, 'Elixir.Logger', 'Elixir.Logger.Config', 'Elixir.Mix.State']).

-spec families() -> [atom()].
families() ->
    [tables, timers, stores, telemetry, monitors].

%% The breakpoints of the families that are asked for. Functions that this OTP has not are simply never called.
-spec calls([atom()]) -> [{mfa(), elixirscope_patterns:returns()}].
calls(Events) ->
    lists:append([calls_of(Family) || Family <- families(), lists:member(Family, Events)]).

calls_of(tables) ->
    [{{ets, F, A}, {except, ?OF_THE_RUNTIME, true}}
     || {F, As} <- [{new, [2]}, {insert, [2]}, {insert_new, [2]}, {lookup, [2]}, {lookup_element, [3, 4]}, {member, [2]}, {take, [2]},
                    {update_element, [3, 4]}, {update_counter, [3, 4]}, {delete, [1, 2]}, {delete_object, [2]}, {delete_all_objects, [1]},
                    {match_delete, [2]}, {select_delete, [2]}, {select_replace, [2]}, {rename, [2]}, {give_away, [3]},
                    {select, [2]}, {match, [2]}, {match_object, [2]}, {tab2list, [1]}], A <- As];
calls_of(timers) ->
    [{{erlang, F, A}, true} || {F, As} <- [{send_after, [3, 4]}, {start_timer, [3, 4]}, {cancel_timer, [1, 2]}], A <- As]
        ++ [{{timer, F, A}, true}
            || {F, As} <- [{apply_after, [2, 3, 4]}, {apply_interval, [2, 3, 4]}, {apply_repeatedly, [2, 3, 4]}, {send_after, [2, 3]},
                           {send_interval, [2, 3]}, {exit_after, [2, 3]}, {kill_after, [1, 2]}, {cancel, [1]}], A <- As];
%% What is written only: everybody reads the persistent terms all the time.
calls_of(stores) ->
    [{{persistent_term, put, 2}, true}, {{persistent_term, erase, 1}, true},
     {{erlang, put, 2}, true}, {{erlang, get, 1}, true}, {{erlang, erase, 1}, true}, {{erlang, erase, 0}, true}];
%% It calls its handlers last, and what it returns is always `ok`.
calls_of(telemetry) ->
    [{{telemetry, execute, 3}, false}];
%% The trace flags know links, but no monitors. Both are quick and call nothing.
calls_of(monitors) ->
    [{{erlang, F, A}, true} || {F, As} <- [{monitor, [2, 3]}, {demonitor, [1, 2]}], A <- As].
