%% Tests of the probe on a real node, once for each engine.
%%
%%   erl -noshell -pa EBIN -pa TEST_EBIN -s elixirscope_probe_test main
%%
%% With the path of the NIF (without extension) in ELIXIRSCOPE_TEST_NIF both engines are tested, else the one in plain Erlang.
%% Each test starts a node of its own, which this one controls over its standard input, so neither needs distribution.
-module(elixirscope_probe_test).

-export([main/0, spawn_many/1, plain/0, trace_other/0, other_count/1, flags_left/0, large/0, quiet/0, send_many/1, overfill/0, is_traced/1,
         sleeper/0, linked_to/1, staying/0, asked_to_add/1, use_all/0, full_mailbox/1, flooding/0]).

-define(R, elixirscope_test_recorder).

tests() -> [
    {"an attached probe says who it is", fun hello/1},
    {"processes that live already are described", fun living/1},
    {"a message is sent, arrives with its sender, and processes begin and end", fun messages/1},
    {"a gen_server shows its messages and its states, with secrets hidden", fun server/1},
    {"a gen_statem shows its events and its states", fun statem/1},
    {"a gen_event shows its events and its states", fun event/1},
    {"a behaviour with a loop of its own shows its messages and its states", fun direct/1},
    {"a process that enters such a loop from its init shows what follows", fun entered/1},
    {"modules of such behaviours that are loaded later are followed, a thousand at once", fun direct_later/1},
    {"a crash is an exit, a raised callback and a crash report without secrets", fun crash/1},
    {"detaching leaves no flag, pattern, process, module, handler or file", fun detach/1},
    {"the recorder can ask the probe to stop", fun asked/1},
    {"a recorder that dies takes the probe with it", fun recorder_dies/1},
    {"a recorder that falls silent takes the probe with it", fun recorder_silent/1},
    {"a server that is killed is cleaned up after by its guard", fun server_killed/1},
    {"a guard that is killed is replaced", fun guard_killed/1},
    {"server and guard killed at once leave no flag", fun both_killed/1},
    {"the tracer of somebody else is not disturbed", fun other_tracer/1},
    {"20,000 processes born while recording begins are all seen", fun births/1},
    {"terms without end are cut", fun large_terms/1},
    {"a second recording is refused", fun second/1},
    {"a recorder that is not there is an error and leaves nothing", fun no_recorder/1},
    {"a module loaded while recording is noticed", fun reload/1},
    {"functions asked for are recorded", fun functions/1},
    {"functions are recorded as deep as asked, and their module is what it was afterwards", fun deep/1},
    {"the depth is changed while a recording runs", fun deeper/1},
    {"calls that are only counted are counted exactly", fun counted/1},
    {"a module that the program loads again is recorded again", fun loaded_again/1},
    {"a module that a process stays in is never purged under it", fun stayed_in/1},
    {"a module that cannot be rewritten is traced by the VM", fun fallback/1},
    {"within a budget a hot loop is recorded less, and more again when it is over", fun budget/1},
    {"what is only counted for the sake of the budget adds up with what is recorded", fun adds_up/1},
    {"a process that floods is not traced for a while, and a gap says so", fun hushed/1},
    {"what the recorder asks for is checked", fun nonsense/1},
    {"tables, timers, stores and telemetry are recorded when asked for", fun families/1},
    {"memory and mailboxes of processes are looked at when asked for", fun memory/1},
    {"every module of the probe is known to be one", fun modules_known/1},
    {"garbage collection and scheduling are recorded when asked for", fun gc/1},
    {"a sensitive process is silent", fun sensitive/1},
    {"a flood is bounded: every event is recorded or counted in a gap", fun flood/1},
    {"a tracer in Erlang that holds too much is relieved for a while", fun relieved/1},
    {"a node that attaches by a remote call may go away, and remote pids are shown", fun remote/1},
    {"the file of the NIF is gone once it is loaded, when asked", fun delete_nif/1},
    {"a program started with the probe is recorded from its first process", fun run_erl/1},
    {"a program started with the probe runs as always when nobody records", fun run_alone/1},
    {"elixir -e runs as always and is recorded", fun run_elixir/1},
    {"a program that loads another version of a module is recorded in it", fun run_reload/1},
    {"the project's own modules are recorded from their first call, tests and scripts too", fun run_own/1},
    {"mix test in a new project runs as always and is recorded", fun run_mix/1}
].

main() ->
    Only = os:getenv("ELIXIRSCOPE_TEST_ONLY", ""),
    Engines = [erlang | [nif || os:getenv("ELIXIRSCOPE_TEST_NIF", "") =/= ""]],
    ok = filelib:ensure_dir(ring_directory() ++ "/one"),
    Results = [one(Engine, Name, Test) || Engine <- Engines, {Name, Test} <- tests(), string:find(Name, Only) =/= nomatch],
    ok = file:del_dir_r(ring_directory()),
    Failed = length([failed || failed <- Results]),
    io:format("~b passed, ~b failed~n", [length(Results) - Failed, Failed]),
    halt(case Failed of 0 -> 0; _ -> 1 end).

one(Engine, Name, Test) ->
    Before = erlang:monotonic_time(millisecond),
    try Test(Engine) of
        _ ->
            io:format("ok      ~-6s ~s (~b ms)~n", [Engine, Name, erlang:monotonic_time(millisecond) - Before]),
            passed
    catch
        Class:Reason:Stack ->
            io:format("FAILED  ~-6s ~s~n        ~0tp~n        ~0tP~n", [Engine, Name, {Class, Reason}, Stack, 30]),
            failed
    end.

%% --- a node to be recorded -------------------------------------------------------------------------------------------

with(Engine, Fun) -> with(Engine, #{}, Fun).

%% Starts a node and a recorder, attaches, and calls Fun with the three.
with(Engine, Extra, Fun) ->
    Recorder = ?R:start(maps:with([silent], Extra)),
    {ok, Peer, _} = node_start(),
    try
        {ok, #{engine := Engine}} = attach(Peer, Engine, Recorder, Extra),
        Fun(Peer, Recorder)
    after
        peer:stop(Peer),
        ?R:close(Recorder)
    end.

node_start() ->
    Paths = lists:append([["-pa", filename:dirname(code:which(M))] || M <- [?MODULE, elixirscope_probe]]),
    peer:start(#{connection => standard_io, args => Paths}).

temporary() -> os:getenv("TMPDIR", "/tmp").

%% As a recorder has one, which goes with it: a VM that halts before it has said hello leaves a file there.
ring_directory() -> temporary() ++ "/es-rings-" ++ os:getpid().

attach(Peer, Engine, Recorder, Extra) ->
    peer:call(Peer, elixirscope_probe, start, [config(Engine, Recorder, Extra)], 20000).

config(Engine, Recorder, Extra) ->
    maps:merge(#{
        address => ?R:address(Recorder), token => ?R:token(), mode => attach, force_engine => Engine,
        events => [messages, processes, callbacks, log], redact => [<<"password">>, <<"secret">>],
        nif => case os:getenv("ELIXIRSCOPE_TEST_NIF", "") of "" -> undefined; Path -> list_to_binary(Path) end,
        ring_dir => list_to_binary(ring_directory()), ring_bytes => 1048576,
        limits => #{depth => 12, length => 100, binary => 512, term_bytes => 2048, state_bytes => 8192}
    }, maps:remove(silent, Extra)).

%% Pids of the other node come through its own encoding only; their numbers are all that is compared.
pid64(Peer, Pid) -> peer:call(Peer, elixirscope_encode, pid64, [Pid]).

find(Recorder, Fun) -> ?R:wait(Recorder, 5000, fun(Events) ->
    case lists:filter(Fun, Events) of [] -> false; [First | _] -> First end end).

%% Waits until Fun() is true.
eventually(What, Fun) -> eventually(What, Fun, 100).
eventually(What, Fun, 0) -> error({never, What, Fun()});
eventually(What, Fun, N) ->
    case Fun() of
        true -> ok;
        _ -> timer:sleep(50), eventually(What, Fun, N - 1)
    end.

%% Nothing of the probe is left on the node.
clean(Peer) ->
    eventually(modules, fun() -> [M || M <- peer:call(Peer, erlang, loaded, []), ours(M)] =:= [] end),
    eventually(no_old_code, fun() -> [M || M <- elixirscope_unload:modules(), peer:call(Peer, erlang, check_old_code, [M])] =:= [] end),
    [] = [N || N <- peer:call(Peer, erlang, registered, []), ours(N)],
    [] = [H || H <- peer:call(Peer, logger, get_handler_ids, []), ours(H)],
    [] = peer:call(Peer, ?MODULE, flags_left, []).

ours(Name) -> lists:prefix("elixirscope", atom_to_list(Name)) andalso not lists:prefix("elixirscope_test", atom_to_list(Name))
                  andalso Name =/= ?MODULE.

%% On the node: every flag and pattern, of ours or of anybody.
flags_left() ->
    Flags = [{P, F} || P <- [new_processes | processes()], {flags, [_ | _] = F} <- [erlang:trace_info(P, flags)]],
    Patterns = [{MFA, T} || M <- [gen_server, gen_statem, gen_event], {F, A} <- M:module_info(functions),
                            MFA <- [{M, F, A}], {traced, T} <- [erlang:trace_info(MFA, traced)], T =/= false],
    Recv = [R || R <- [erlang:trace_info('receive', match_spec)], R =/= {match_spec, true}],
    Sessions = case erlang:function_exported(trace, session_info, 1) of
        true -> [S || {elixirscope, _} = S <- trace:session_info(all)];
        false -> []
    end,
    Flags ++ Patterns ++ Recv ++ Sessions.

%% --- the tests ---------------------------------------------------------------------------------------------------------

hello(Engine) ->
    with(Engine, fun(Peer, Recorder) ->
        Hello = ?R:hello(Recorder),
        Has = fun(Text) -> case binary:match(Hello, iolist_to_binary(Text)) of nomatch -> error({not_in, Hello, Text}); _ -> ok end end,
        Has(["\"engine\":\"", atom_to_list(Engine), "\""]),
        Has(["\"osPid\":", peer:call(Peer, os, getpid, [])]),
        Has(["\"otp\":\"", erlang:system_info(otp_release), "\""]),
        Has("\"mode\":\"attach\"")
    end).

living(Engine) ->
    with(Engine, fun(Peer, Recorder) ->
        Sup = pid64(Peer, peer:call(Peer, erlang, whereis, [kernel_sup])),
        #{known := #{registered_name := kernel_sup, initial_call := {supervisor, kernel, 1}, behaviour := supervisor}} =
            find(Recorder, fun(#{kind := K, subject := S}) -> K =:= process andalso S =:= Sup end)
    end).

plain() ->
    Parent = self(),
    Child = spawn(fun() -> register(echo, self()), receive {From, Message} -> From ! {echo, Message} end end),
    timer:sleep(20),
    Child ! {Parent, <<"hello">>},
    receive {echo, <<"hello">>} -> ok end,
    {Parent, Child}.

messages(Engine) ->
    with(Engine, fun(Peer, Recorder) ->
        {Parent, Child} = peer:call(Peer, ?MODULE, plain, []),
        [P, C] = [pid64(Peer, Pid) || Pid <- [Parent, Child]],
        #{child := C} = find(Recorder, fun(#{kind := K, subject := S}) -> K =:= spawn andalso S =:= P end),
        #{parent := P} = find(Recorder, fun(#{kind := K, subject := S}) -> K =:= spawned andalso S =:= C end),
        #{name := echo} = find(Recorder, fun(#{kind := K, subject := S}) -> K =:= register andalso S =:= C end),
        #{message := {_, <<"hello">>}, destination := absent} =
            find(Recorder, fun(#{kind := K, subject := S} = E) -> K =:= send andalso S =:= P andalso maps:get(to, E) =:= C end),
        #{from := P, message := {_, <<"hello">>}} =
            find(Recorder, fun(#{kind := K, subject := S}) -> K =:= arrive andalso S =:= C end),
        #{from := C, message := {echo, <<"hello">>}} =
            find(Recorder, fun(#{kind := K, subject := S} = E) -> K =:= arrive andalso S =:= P andalso maps:get(from, E) =:= C end),
        #{reason := normal} = find(Recorder, fun(#{kind := K, subject := S}) -> K =:= exit andalso S =:= C end)
    end).

server(Engine) ->
    with(Engine, fun(Peer, Recorder) ->
        {ok, Pid} = peer:call(Peer, elixirscope_test_server, start, []),
        12 = peer:call(Peer, gen_server, call, [Pid, {add, 7}]),
        ok = peer:call(Peer, gen_server, cast, [Pid, {set, 40}]),
        _ = peer:call(Peer, erlang, send, [Pid, {thrown, 41}]),
        41 = peer:call(Peer, gen_server, call, [Pid, get]),
        _ = peer:call(Peer, erlang, send, [Pid, stop]),
        S = pid64(Peer, Pid),
        _ = find(Recorder, fun(#{kind := K, subject := Sub}) -> K =:= exit andalso Sub =:= S end),
        Events = [E || #{subject := Sub, kind := K} = E <- ?R:events(Recorder), Sub =:= S, K =:= callback orelse K =:= callback_return],
        Secret = #{count => 5, password => '$redacted'},
        [#{kind := callback, mfa := {elixirscope_test_server, init, 1}, message := 5, behaviour := gen_server, state := absent},
         #{kind := callback_return, result := {ok, '$state', {continue, begun}}, state := Secret},
         #{kind := callback, mfa := {_, handle_continue, 2}, message := begun, state := absent},
         #{kind := callback_return, result := {noreply, '$state'}, state := #{begun := true}},
         #{kind := callback, mfa := {_, handle_call, 3}, message := {add, 7}, from := From, state := absent},
         #{kind := callback_return, result := {reply, 12, '$state'}, state := #{count := 12, password := '$redacted'}},
         #{kind := callback, mfa := {_, handle_cast, 2}, message := {set, 40}, from := absent},
         #{kind := callback_return, state := #{count := 40}},
         #{kind := callback, mfa := {_, handle_info, 2}, message := {thrown, 41}},
         #{kind := callback_return, result := {noreply, '$state'}, state := #{count := 41}},
         #{kind := callback, message := get},
         #{kind := callback_return, result := {reply, 41, '$state'}},
         #{kind := callback, message := stop},
         #{kind := callback_return, result := {stop, normal, '$state'}},
         #{kind := callback, mfa := {_, terminate, 2}, message := normal},
         #{kind := callback_return, result := ok, flags := 0}] = Events,
        {{pid, _, _}, [alias | {reference, _}]} = From
    end).

statem(Engine) ->
    with(Engine, fun(Peer, Recorder) ->
        {ok, Pid} = peer:call(Peer, elixirscope_test_statem, start, []),
        no = peer:call(Peer, gen_statem, call, [Pid, {open, 1}]),
        ok = peer:call(Peer, gen_statem, call, [Pid, {open, 7}]),
        ok = peer:call(Peer, gen_statem, cast, [Pid, close]),
        S = pid64(Peer, Pid),
        _ = find(Recorder, fun(#{kind := K, subject := Sub} = E) ->
            K =:= callback andalso Sub =:= S andalso maps:get(message, E) =:= close end),
        _ = ?R:wait(Recorder, 5000, fun(All) -> 6 =:= length([E || #{kind := callback_return, subject := Sub} = E <- All, Sub =:= S]) end),
        Events = [E || #{subject := Sub} = E <- ?R:events(Recorder), Sub =:= S],
        Calls = [{F, M} || #{kind := callback, mfa := {elixirscope_test_statem, F, 3}, message := M} <- Events],
        [{locked, locked}, {locked, {open, 1}}, {locked, {open, 7}}, {open, locked}, {open, close}, {locked, open}] = Calls,
        Results = [{R, State} || #{kind := callback_return, result := R, state := State, behaviour := gen_statem} <- Events],
        [{keep_state_and_data, absent}, {{keep_state, '$state', [{reply, _, no}]}, {locked, #{tries := 1}}},
         {{next_state, open, '$state', [{reply, _, ok}]}, {open, #{tries := 1}}}, {keep_state_and_data, absent},
         {{next_state, locked, '$state'}, {locked, #{tries := 1}}}, {keep_state_and_data, absent}] = Results,
        [State | _] = [State || #{kind := K, state := State} <- Events, K =:= callback orelse K =:= state, State =/= absent],
        {locked, #{tries := 0}} = State,
        [{call, {{pid, _, _}, _}} | _] = [From || #{kind := callback, message := {open, 1}, from := From} <- Events]
    end).

event(Engine) ->
    with(Engine, fun(Peer, Recorder) ->
        {ok, Pid} = peer:call(Peer, gen_event, start, []),
        ok = peer:call(Peer, gen_event, add_handler, [Pid, elixirscope_test_handler, 0]),
        ok = peer:call(Peer, gen_event, sync_notify, [Pid, {tick, 3}]),
        S = pid64(Peer, Pid),
        #{mfa := {elixirscope_test_handler, handle_event, 2}, state := 0} = find(Recorder, fun(#{kind := K, subject := Sub} = E) ->
            K =:= callback andalso Sub =:= S andalso maps:get(message, E) =:= {tick, 3} end),
        #{state := 3, behaviour := gen_event} = find(Recorder, fun(#{kind := K, subject := Sub}) ->
            K =:= callback_return andalso Sub =:= S end)
    end).

direct(Engine) ->
    with(Engine, fun(Peer, Recorder) ->
        _ = [{module, _} = peer:call(Peer, code, ensure_loaded, [M]) || M <- [elixirscope_test_loop, elixirscope_test_direct]],
        eventually(patterns, fun() -> is_watched(Peer, Recorder, elixirscope_test_direct, terminate) end),
        {ok, Pid} = peer:call(Peer, elixirscope_test_loop, start, [elixirscope_test_direct, 5]),
        12 = peer:call(Peer, elixirscope_test_loop, call, [Pid, {add, 7}]),
        13 = peer:call(Peer, elixirscope_test_loop, call, [Pid, {through, 1}]),
        {around, 15} = peer:call(Peer, elixirscope_test_loop, call, [Pid, {around, 2}]),
        _ = [peer:call(Peer, erlang, send, [Pid, Message]) || Message <-
             [{'$gen_cast', {set, 40}}, {set, 41}, {'$gen_cast', {throw, 42}}, {'$gen_cast', caught}, {'$gen_cast', crash}]],
        S = pid64(Peer, Pid),
        _ = find(Recorder, fun(#{kind := K, subject := Sub}) -> K =:= exit andalso Sub =:= S end),
        Events = [E || #{subject := Sub, kind := K} = E <- ?R:events(Recorder), Sub =:= S, K =:= callback orelse K =:= callback_return],
        [] = [E || #{behaviour := B} = E <- Events, B =/= elixirscope_test_loop],
        [#{kind := callback, mfa := {elixirscope_test_direct, init, 1}, message := 5, state := absent},
         #{kind := callback_return, result := {ok, '$state', hibernate, {backoff, 1000}},
           state := #{n := 5, password := '$redacted'}},
         #{kind := callback, mfa := {_, handle_call, 3}, message := {add, 7}, from := {_, _}, state := absent},
         #{kind := callback_return, result := {reply, 12, '$state'}, state := #{n := 12}},
         #{kind := callback, message := {through, 1}, from := {_, _}},
         #{kind := callback_return, mfa := {_, handle_call, 3}, result := {reply, 13, '$state'}, state := #{n := 13}},
         #{kind := callback, message := {around, 2}, from := {_, _}},
         #{kind := callback_return, result := {reply, {around, 15}, '$state'}, state := #{n := 15}},
         #{kind := callback, mfa := {_, handle_cast, 2}, message := {set, 40}, from := absent, state := absent},
         #{kind := callback_return, result := {noreply, '$state', hibernate}, state := #{n := 40}},
         #{kind := callback, mfa := {_, handle_info, 2}, message := {set, 41}, state := absent},
         #{kind := callback_return, mfa := {_, handle_info, 2}, result := {noreply, '$state', hibernate}, state := #{n := 41}},
         #{kind := callback, message := {throw, 42}},
         #{kind := callback_return, result := {noreply, '$state'}, state := #{n := 42}, flags := 0},
         #{kind := callback, message := caught},
         #{kind := callback_return, result := {noreply, '$state'}, flags := 0},
         #{kind := callback, message := crash},
         #{kind := callback_return, mfa := {_, handle_cast, 2}, result := {error, asked, []}, state := absent, flags := 1},
         #{kind := callback, mfa := {_, terminate, 2}, message := {asked, _}},
         #{kind := callback_return, result := ok, flags := 0}] = Events,
        %% Nothing is left behind.
        ok = peer:call(Peer, elixirscope_probe, stop, [], 20000),
        clean(Peer),
        [{_, {_, false}} = _ | _] = [{F, peer:call(Peer, erlang, trace_info, [{elixirscope_test_direct, F, A}, traced])}
                                     || {F, A} <- [{handle_call, 3}, {init, 1}]]
    end).

entered(Engine) ->
    with(Engine, fun(Peer, Recorder) ->
        _ = [{module, _} = peer:call(Peer, code, ensure_loaded, [M]) || M <- [elixirscope_test_loop, elixirscope_test_direct]],
        eventually(patterns, fun() -> is_watched(Peer, Recorder, elixirscope_test_direct, terminate) end),
        Pid = peer:call(Peer, elixirscope_test_direct, enter, [1]),
        2 = peer:call(Peer, elixirscope_test_loop, call, [Pid, {add, 1}]),
        _ = peer:call(Peer, erlang, send, [Pid, stop]),
        S = pid64(Peer, Pid),
        _ = find(Recorder, fun(#{kind := K, subject := Sub}) -> K =:= exit andalso Sub =:= S end),
        [{callback, init}, {callback_return, init}, {callback, handle_call}, {callback_return, handle_call},
         {callback, handle_info}, {callback_return, handle_info}, {callback, terminate}, {callback_return, terminate}] =
            [{K, F} || #{subject := Sub, kind := K, mfa := {_, F, _}} <- ?R:events(Recorder), Sub =:= S,
                       K =:= callback orelse K =:= callback_return]
    end).

direct_later(Engine) ->
    Module = fun(Name) ->
        Forms = [{attribute, 1, module, Name}, {attribute, 1, behaviour, elixirscope_test_loop},
                 {attribute, 1, export, [{init, 1}, {handle_call, 3}, {handle_cast, 2}, {handle_info, 2}]} |
                 [{function, 1, F, length(Vars), [{clause, 1, [{var, 1, V} || V <- Vars], [],
                                                   [{tuple, 1, [{atom, 1, Tag} | [{var, 1, V} || V <- Given]]}]}]}
                  || {F, Vars, Tag, Given} <- [{init, ['A'], ok, ['A', 'A']}, {handle_call, ['A', 'B', 'C'], reply, ['B', 'C']},
                                               {handle_cast, ['A', 'B'], noreply, ['A']}, {handle_info, ['A', 'B'], noreply, ['A']}]]],
        {ok, Name, Code} = compile:forms(Forms, [nowarn_unused_vars]),
        Code
    end,
    with(Engine, fun(Peer, Recorder) ->
        Names = [list_to_atom("elixirscope_many_" ++ integer_to_list(N)) || N <- lists:seq(1, 1000)],
        ok = peer:call(Peer, code, atomic_load, [[{Name, "none", Module(Name)} || Name <- Names]], 60000),
        {module, _} = peer:call(Peer, code, ensure_loaded, [elixirscope_test_loop]),
        Last = lists:last(Names),
        eventually(patterns, fun() -> is_watched(Peer, Recorder, Last, handle_info) end),
        _ = peer:call(Peer, Last, handle_cast, [the_message, the_state]),
        #{behaviour := elixirscope_test_loop, message := the_message, state := the_state} =
            find(Recorder, fun(#{kind := K, mfa := MFA} = E) ->
                K =:= callback andalso MFA =:= {Last, handle_cast, 2} andalso maps:get(message, E) =:= the_message;
                (_) -> false end)
    end).

%% Calls of a module's callbacks are seen by now. The last one of it that is exported is asked for.
is_watched(Peer, Recorder, Module, Function) ->
    _ = peer:call(Peer, Module, Function, [is_it, there]),
    timer:sleep(100),
    [] =/= [E || #{kind := callback, mfa := {M, F, 2}} = E <- ?R:events(Recorder), M =:= Module, F =:= Function].

crash(Engine) ->
    with(Engine, fun(Peer, Recorder) ->
        {ok, Pid} = peer:call(Peer, elixirscope_test_server, start, []),
        S = pid64(Peer, Pid),
        ok = peer:call(Peer, gen_server, cast, [Pid, crash]),
        #{reason := {{asked, 5}, [_ | _]}} = find(Recorder, fun(#{kind := K, subject := Sub}) -> K =:= exit andalso Sub =:= S end),
        #{flags := 1, result := {error, {asked, 5}, [_ | _]}, state := absent} =
            find(Recorder, fun(#{kind := K, subject := Sub} = E) ->
                K =:= callback_return andalso Sub =:= S andalso element(2, maps:get(mfa, E)) =:= handle_cast end),
        Log = find(Recorder, fun(#{kind := K, subject := Sub} = E) ->
            K =:= log andalso Sub =:= S andalso is_map_key(report, maps:get(log, E)) end),
        #{log := #{level := error, message := Text, time := Time}} = Log,
        true = is_integer(Time),
        true = is_binary(Text) orelse element(1, Text) =:= cut,
        {_, _} = binary:match(printed(Log), <<"asked">>),
        nomatch = binary:match(printed(Log), <<"hunter2">>)
    end).

printed(Event) -> unicode:characters_to_binary(io_lib:format("~0p", [Event])).

detach(Engine) ->
    with(Engine, fun(Peer, Recorder) ->
        ok = peer:call(Peer, elixirscope_probe, stop, []),
        clean(Peer),
        eventually(goodbye, fun() -> ?R:goodbye(Recorder) =/= none end),
        {_, _} = binary:match(?R:goodbye(Recorder), <<"\"reason\":\"detached\"">>),
        no_ring_file(Peer)
    end).

no_ring_file(Peer) ->
    eventually(ring_file, fun() ->
        filelib:wildcard(ring_directory() ++ "/" ++ peer:call(Peer, os, getpid, []) ++ "-*.rings") =:= [] end).

asked(Engine) ->
    with(Engine, fun(Peer, Recorder) ->
        ok = ?R:stop_probe(Recorder),
        eventually(goodbye, fun() -> ?R:goodbye(Recorder) =/= none end),
        clean(Peer)
    end).

recorder_dies(Engine) ->
    with(Engine, fun(Peer, Recorder) ->
        ok = ?R:kill(Recorder),
        clean(Peer),
        no_ring_file(Peer)
    end).

recorder_silent(Engine) ->
    with(Engine, #{silent => true, silence_ms => 600}, fun(Peer, _) ->
        clean(Peer),
        no_ring_file(Peer)
    end).

server_killed(Engine) ->
    with(Engine, fun(Peer, _) ->
        true = peer:call(Peer, erlang, exit, [peer:call(Peer, erlang, whereis, [elixirscope_server]), kill]),
        clean(Peer),
        no_ring_file(Peer)
    end).

guards(Peer) ->
    [P || P <- peer:call(Peer, erlang, processes, []),
          {current_function, {elixirscope_guard, _, _}} <- [peer:call(Peer, erlang, process_info, [P, current_function])]].

guard_killed(Engine) ->
    with(Engine, fun(Peer, _) ->
        [Guard] = guards(Peer),
        true = peer:call(Peer, erlang, exit, [Guard, kill]),
        eventually(new_guard, fun() -> case guards(Peer) of [New] -> New =/= Guard; _ -> false end end),
        true = peer:call(Peer, erlang, exit, [peer:call(Peer, erlang, whereis, [elixirscope_server]), kill]),
        clean(Peer)
    end).

both_killed(Engine) ->
    with(Engine, fun(Peer, _) ->
        [Guard] = guards(Peer),
        Server = peer:call(Peer, erlang, whereis, [elixirscope_server]),
        peer:call(Peer, lists, foreach, [fun(P) -> exit(P, kill) end, [Guard, Server]]),
        %% Flags name a tracer that is gone and end by themselves; the patterns without flags cost next to nothing.
        {ok, Pid} = peer:call(Peer, elixirscope_test_server, start, []),
        12 = peer:call(Peer, gen_server, call, [Pid, {add, 7}])
    end).

%% On the node: somebody traces calls, messages and all of one process, as recon or dbg would.
trace_other() ->
    {module, _} = code:ensure_loaded(elixirscope_test_server),
    Tracee = spawn(fun Loop() -> receive {From, N} -> From ! elixirscope_test_server:module_info(module), _ = N, Loop() end end),
    Tracer = spawn(fun() -> other_tracer_loop([]) end),
    1 = erlang:trace(Tracee, true, ['receive', call, send, {tracer, Tracer}]),
    {Tracee, Tracer}.

other_tracer_loop(Seen) ->
    receive
        {seen, From} -> From ! {seen, lists:reverse(Seen)}, other_tracer_loop(Seen);
        Trace -> other_tracer_loop([Trace | Seen])
    end.

other_count({Tracee, Tracer}) ->
    Tracee ! {self(), 1},
    receive elixirscope_test_server -> ok end,
    timer:sleep(50),
    Tracer ! {seen, self()},
    Seen = receive {seen, S} -> S end,
    {flags, Flags} = erlang:trace_info(Tracee, flags),
    {tracer, Tracer} = erlang:trace_info(Tracee, tracer),
    {[tuple_size(T) || {trace, P, _, _} = T <- Seen, P =:= Tracee] ++ [tuple_size(T) || T <- Seen, tuple_size(T) =/= 4], lists:sort(Flags)}.

other_tracer(Engine) ->
    Recorder = ?R:start(),
    {ok, Peer, _} = node_start(),
    try
        Other = {Tracee, _} = peer:call(Peer, ?MODULE, trace_other, []),
        {[4, 5], Flags} = peer:call(Peer, ?MODULE, other_count, [Other]),
        {ok, _} = attach(Peer, Engine, Recorder, #{}),
        {[4, 4, 5, 5], Flags} = peer:call(Peer, ?MODULE, other_count, [Other]),
        Isolated = list_to_integer(erlang:system_info(otp_release)) >= 27,
        Isolated orelse begin
            Subject = pid64(Peer, Tracee),
            #{reason := 4} = find(Recorder, fun(#{kind := K, subject := S}) -> K =:= gap andalso S =:= Subject end),
            [_ | _] = [N || N <- ?R:notes(Recorder), binary:match(N, <<"somebody else">>) =/= nomatch]
        end,
        ok = peer:call(Peer, elixirscope_probe, stop, []),
        eventually(modules, fun() -> [M || M <- peer:call(Peer, erlang, loaded, []), ours(M)] =:= [] end),
        {[4, 4, 4, 5, 5, 5], Flags} = peer:call(Peer, ?MODULE, other_count, [Other]),
        [{Tracee, _}] = peer:call(Peer, ?MODULE, flags_left, [])
    after
        peer:stop(Peer),
        ?R:close(Recorder)
    end.

%% On the node: births while the recording begins. Each child waits until it is told to end.
spawn_many(N) ->
    Parent = self(),
    Root = spawn(fun() ->
        Pids = [spawn(fun() -> receive finish -> ok end end) || _ <- lists:seq(1, N)],
        Parent ! {self(), Pids},
        receive finish -> [P ! finish || P <- Pids] end
    end),
    register(root, Root),
    receive {Root, Pids} -> [elixirscope_encode:pid64(P) || P <- Pids] end.

births(Engine) ->
    Recorder = ?R:start(),
    {ok, Peer, _} = node_start(),
    try
        Self = self(),
        Births = spawn_link(fun() -> Self ! {self(), peer:call(Peer, ?MODULE, spawn_many, [20000], 20000)} end),
        %% As much as a tracer may hold, however late it is, and rings that wait for the recorder: nothing may be lost.
        {ok, _} = attach(Peer, Engine, Recorder, #{events => [processes], on_full => wait}),
        Pids = receive {Births, P} -> P after 20000 -> error(births) end,
        _ = peer:call(Peer, erlang, send, [root, finish]),
        _ = ?R:wait(Recorder, 30000, fun(All) ->
            Exits = maps:from_list([{S, []} || #{kind := exit, subject := S} <- All]),
            lists:all(fun(P) -> is_map_key(P, Exits) end, Pids)
        end),
        Events = ?R:events(Recorder),
        Known = maps:from_list([{S, []} || #{kind := K, subject := S} <- Events, K =:= process orelse K =:= spawned]),
        [] = [P || P <- Pids, not is_map_key(P, Known)],
        [] = [gap || #{kind := gap} <- Events]
    after
        peer:stop(Peer),
        ?R:close(Recorder)
    end.

%% On the node: a process that gets terms without end.
large() ->
    Pid = spawn(fun Loop() -> receive finish -> ok; _ -> Loop() end end),
    Pid ! {list, lists:seq(1, 1000000)},
    Pid ! {map, maps:from_list([{N, N} || N <- lists:seq(1, 100000)])},
    Pid ! {binary, binary:copy(<<"x">>, 50000000)},
    Pid ! {deep, lists:foldl(fun(_, T) -> [T] end, [], lists:seq(1, 100000))},
    Pid ! {wide, list_to_tuple(lists:seq(1, 100000))},
    Pid ! {big, 1 bsl 100000},
    Pid ! {improper, [1, 2 | 3]},
    Pid ! {bits, <<5:3>>},
    Pid ! {fun lists:map/2, fun() -> Pid end},
    Pid ! finish,
    Pid.

large_terms(Engine) ->
    with(Engine, fun(Peer, Recorder) ->
        S = pid64(Peer, peer:call(Peer, ?MODULE, large, [], 20000)),
        _ = find(Recorder, fun(#{kind := K, subject := Sub}) -> K =:= exit andalso Sub =:= S end),
        [{list, List}, {map, {cut, 100000, Map}}, {binary, {cut, 50000000, Part}}, {deep, Deep}, {wide, {cut, 100000, _}},
         BigPair, {improper, [1, 2 | 3]}, {bits, <<5:3>>}, {F, {text, _}}, finish] =
            [M || #{kind := arrive, subject := Sub, message := M} <- ?R:events(Recorder), Sub =:= S],
        '$more' = lists:last(List),
        true = map_size(Map) =< 100,
        512 = byte_size(Part),
        [_] = Deep,
        %% An integer is whole or cut, never a part of itself.
        true = lists:member(BigPair, [{big, '$cut'}, {cut, 2, {big}}]),
        F = fun lists:map/2
    end).

second(Engine) ->
    with(Engine, fun(Peer, Recorder) ->
        {error, <<"this node is being recorded already">>} = attach(Peer, Engine, Recorder, #{})
    end).

no_recorder(Engine) ->
    {ok, Peer, _} = node_start(),
    try
        {error, Why} = attach(Peer, Engine, #{path => "/tmp/there-is-no-such-socket"}, #{}),
        true = is_binary(Why),
        clean(Peer)
    after
        peer:stop(Peer)
    end.

reload(Engine) ->
    with(Engine, fun(Peer, Recorder) ->
        {ok, elixirscope_test_new, Code} = compile:forms([{attribute, 1, module, elixirscope_test_new}]),
        {module, _} = peer:call(Peer, code, load_binary, [elixirscope_test_new, "none", Code]),
        _ = find(Recorder, fun(#{kind := K} = E) -> K =:= module andalso maps:get(module, E) =:= elixirscope_test_new end),
        %% gen_server itself anew: its breakpoints are gone with the old code, and come back.
        {gen_server, Bytes, File} = code:get_object_code(gen_server),
        true = peer:call(Peer, code, unstick_dir, [filename:dirname(File)]) =:= ok,
        {module, _} = peer:call(Peer, code, load_binary, [gen_server, File, Bytes]),
        eventually(again, fun() ->
            {ok, Pid} = peer:call(Peer, elixirscope_test_server, start, []),
            S = pid64(Peer, Pid),
            timer:sleep(50),
            [] =/= [E || #{kind := callback, subject := Sub, mfa := {elixirscope_test_server, init, 1}} = E <- ?R:events(Recorder), Sub =:= S]
        end)
    end).

functions(Engine) ->
    with(Engine, #{functions => [{lists, seq, 2}, {string, length, 1, return}]}, fun(Peer, Recorder) ->
        {module, _} = peer:call(Peer, code, ensure_loaded, [string]),
        eventually(patterns, fun() ->
            [1, 2, 3] = peer:call(Peer, lists, seq, [1, 3]),
            3 = peer:call(Peer, string, length, ["abc"]),
            timer:sleep(50),
            Events = ?R:events(Recorder),
            [] =/= [E || #{kind := call, mfa := {lists, seq, 2}, args := [1, 3]} = E <- Events] andalso
                [] =/= [E || #{kind := return, mfa := {string, length, 1}, value := 3} = E <- Events]
        end)
    end).

-define(D, deep_sample).

deep(erlang) ->
    with(erlang, #{depths => [{<<"deep_sample">>, <<"*">>, values}]}, fun(_, Recorder) ->
        eventually(note, fun() -> [N || N <- ?R:notes(Recorder), binary:match(N, <<"native engine only">>) =/= nomatch] =/= [] end)
    end);
deep(nif) ->
    Recorder = ?R:start(),
    {ok, Peer, _} = node_start(),
    try
        {module, ?D} = peer:call(Peer, code, ensure_loaded, [?D]),
        Before = peer:call(Peer, ?D, module_info, [md5]),
        {ok, _} = attach(Peer, nif, Recorder, #{depths => [{<<"deep_*">>, <<"*">>, call}, {<<"deep_sample">>, <<"add">>, <<"values">>},
                                                            {<<"deep_sample">>, <<"leaf/1">>, off}]}),
        false = Before =:= peer:call(Peer, ?D, module_info, [md5]),
        {twice, 6} = peer:call(Peer, ?D, twice, [3]),
        _ = peer:call(Peer, ?D, calls, [2, 1]),
        eventually(told, fun() -> lists:member({return, calls, absent}, ?R:told(Recorder, ?D)) end),
        [{call, twice, absent}, {call, add, [3, 3]}, {return, add, 6}, {return, twice, absent},
         {call, calls, absent}, {tail, calls}, {call, calls, absent}, {tail, calls}, {call, calls, absent}, {return, calls, absent}] =
            ?R:told(Recorder, ?D),
        [Source] = [Json || Json <- ?R:sources(Recorder), binary:match(Json, <<"\"deep_sample\"">>) =/= nomatch],
        {_, _} = binary:match(Source, <<"-export([add/2">>),
        ok = peer:call(Peer, elixirscope_probe, stop, [], 20000),
        Before = peer:call(Peer, ?D, module_info, [md5]),
        {twice, 6} = peer:call(Peer, ?D, twice, [3]),
        clean(Peer)
    after
        peer:stop(Peer),
        ?R:close(Recorder)
    end.

deeper(erlang) ->
    with(erlang, fun(_, Recorder) ->
        ok = ?R:control(Recorder, {depths, [{<<"lists">>, <<"*">>, <<"values">>}]}),
        eventually(note, fun() -> [N || N <- ?R:notes(Recorder), binary:match(N, <<"native engine only">>) =/= nomatch] =/= [] end)
    end);
deeper(nif) ->
    with(nif, fun(Peer, Recorder) ->
        {module, ?D} = peer:call(Peer, code, ensure_loaded, [?D]),
        Plans = fun() -> [{F, Before, After} || {plan, F, Before, After, _} <- ?R:told(Recorder, ?D)] end,
        ok = ?R:control(Recorder, {depths, [{<<"deep_sample">>, <<"*">>, <<"values">>}]}),
        eventually(values, fun() -> lists:member({add, 0, 3}, Plans()) end),
        5 = peer:call(Peer, ?D, add, [2, 3]),
        ok = ?R:control(Recorder, {depths, [{<<"deep_sample">>, <<"add/2">>, <<"lines">>}]}),
        eventually(lines, fun() -> lists:member({add, 3, 4}, Plans()) end),
        7 = peer:call(Peer, ?D, add, [3, 4]),
        _ = find(Recorder, fun(#{kind := K}) -> K =:= line end),
        [{call, add, [2, 3]}, {return, add, 5}, {call, add, [3, 4]}, {line, 7, _}, {line, 8, [{<<"Sum">>, 7}]}, {return, add, 7}] =
            [E || E <- ?R:told(Recorder, ?D), element(1, E) =/= plan],
        ok = ?R:control(Recorder, {depths, [{<<"deep_sample">>, <<"*">>, <<"off">>}]}),
        eventually(off, fun() -> lists:member({add, 4, 0}, Plans()) end),
        %% The original comes back while the recording goes on.
        {ok, {?D, Original}} = beam_lib:md5(code:which(?D)),
        eventually(original, fun() -> peer:call(Peer, ?D, module_info, [md5]) =:= Original end),
        11 = peer:call(Peer, ?D, add, [5, 6]),
        ok = peer:call(Peer, elixirscope_probe, stop, [], 20000),
        false = lists:member({call, add, [5, 6]}, ?R:told(Recorder, ?D)),
        clean(Peer)
    end).

counts(Recorder, F) -> lists:sum([N || {count, G, N} <- ?R:told(Recorder, ?D), G =:= F]).

counted(erlang) -> ok;
counted(nif) ->
    with(nif, #{depths => [{<<"deep_sample">>, <<"leaf">>, count}]}, fun(Peer, Recorder) ->
        {module, ?D} = peer:call(Peer, code, ensure_loaded, [?D]),
        eventually(rewritten, fun() -> {ok, {?D, Digest}} = beam_lib:md5(code:which(?D)), peer:call(Peer, ?D, module_info, [md5]) =/= Digest end),
        _ = peer:call(Peer, ?D, calls, [12345, 1]),
        eventually(counted, fun() -> counts(Recorder, leaf) =:= 12345 end),
        _ = peer:call(Peer, ?D, calls, [55, 1]),
        ok = peer:call(Peer, elixirscope_probe, stop, [], 20000),
        12400 = counts(Recorder, leaf),
        [] = [E || {call, _, _} = E <- ?R:told(Recorder, ?D)]
    end).

loaded_again(erlang) -> ok;
loaded_again(nif) ->
    with(nif, #{depths => [{<<"deep_sample">>, <<"*">>, values}]}, fun(Peer, Recorder) ->
        {ok, {?D, Digest}} = beam_lib:md5(code:which(?D)),
        Rewritten = fun() -> peer:call(Peer, ?D, module_info, [md5]) =/= Digest end,
        {module, ?D} = peer:call(Peer, code, ensure_loaded, [?D]),
        eventually(rewritten, Rewritten),
        true = peer:call(Peer, code, soft_purge, [?D]),
        {module, ?D} = peer:call(Peer, code, load_file, [?D]),
        eventually(again, Rewritten),
        3 = peer:call(Peer, ?D, add, [1, 2]),
        eventually(told, fun() -> lists:member({return, add, 3}, ?R:told(Recorder, ?D)) end)
    end).

stayed_in(erlang) -> ok;
stayed_in(nif) ->
    Recorder = ?R:start(),
    {ok, Peer, _} = node_start(),
    try
        {module, ?D} = peer:call(Peer, code, ensure_loaded, [?D]),
        Stays = peer:call(Peer, ?MODULE, staying, []),
        {ok, _} = attach(Peer, nif, Recorder, #{depths => [{<<"deep_sample">>, <<"*">>, values}]}),
        Again = peer:call(Peer, ?MODULE, staying, []),
        %% Two versions are in use now: no other can come.
        ok = ?R:control(Recorder, {depths, [{<<"deep_sample">>, <<"add">>, <<"lines">>}]}),
        eventually(note, fun() -> [N || N <- ?R:notes(Recorder), binary:match(N, <<"once no process runs older code">>) =/= nomatch] =/= [] end),
        [7, 7] = [peer:call(Peer, ?MODULE, asked_to_add, [Pid]) || Pid <- [Stays, Again]],
        %% Once the older one is gone, it does.
        _ = peer:call(Peer, erlang, send, [Stays, go]),
        eventually(lines, fun() -> lists:member({plan, add, 3, 4, <<"asked for">>}, ?R:told(Recorder, ?D)) end),
        7 = peer:call(Peer, ?MODULE, asked_to_add, [Again]),
        ok = peer:call(Peer, elixirscope_probe, stop, [], 30000),
        %% Its code may call the NIF for ever, which therefore stays, and does no harm.
        7 = peer:call(Peer, ?MODULE, asked_to_add, [Again]),
        true = peer:call(Peer, erlang, is_process_alive, [Again])
    after
        peer:stop(Peer),
        ?R:close(Recorder)
    end.

%% On the node.
staying() -> spawn(?D, stay, [spawn(fun relay/0)]).

relay() -> receive {sum, Sum} -> (catch (asking ! {sum, Sum})), relay() end.

asked_to_add(Pid) ->
    register(asking, self()),
    Pid ! {add, 3, 4},
    receive {sum, Sum} -> unregister(asking), Sum after 2000 -> unregister(asking), nothing end.

fallback(erlang) -> ok;
fallback(nif) ->
    Forms = [{attribute, 1, module, es_bare}, {attribute, 1, export, [{f, 1}, {loop, 1}]},
             {function, 2, f, 1, [{clause, 2, [{var, 2, 'X'}], [], [{tuple, 2, [{atom, 2, f}, {var, 2, 'X'}]}]}]},
             {function, 3, loop, 1, [{clause, 3, [{integer, 3, 0}], [], [{atom, 3, done}]},
                                     {clause, 4, [{var, 4, 'N'}], [], [{call, 4, {atom, 4, loop}, [{op, 4, '-', {var, 4, 'N'}, {integer, 4, 1}}]}]}]}],
    {ok, es_bare, Code} = compile:forms(Forms, []),
    Directory = temporary() ++ "/es_bare_" ++ os:getpid(),
    ok = file:make_dir(Directory),
    ok = file:write_file(Directory ++ "/es_bare.beam", Code),
    try
        with(nif, #{depths => [{<<"es_bare">>, <<"*">>, values}]}, fun(Peer, Recorder) ->
            true = peer:call(Peer, code, add_patha, [Directory]),
            {module, es_bare} = peer:call(Peer, code, ensure_loaded, [es_bare]),
            eventually(note, fun() -> [N || N <- ?R:notes(Recorder), binary:match(N, <<"es_bare">>) =/= nomatch] =/= [] end),
            eventually(traced, fun() ->
                {f, 1} = peer:call(Peer, es_bare, f, [1]),
                done = peer:call(Peer, es_bare, loop, [3]),
                Events = [{K, F} || #{kind := K, mfa := {es_bare, F, 1}} <- ?R:events(Recorder)],
                lists:all(fun(E) -> lists:member(E, Events) end, [{call, f}, {return, f}, {call, loop}])
                    andalso not lists:member({return, loop}, Events)
            end)
        end)
    after
        file:del_dir_r(Directory)
    end.

budget(erlang) -> ok;
budget(nif) ->
    with(nif, #{depths => [{<<"deep_sample">>, <<"*">>, values}], budget => 50}, fun(Peer, Recorder) ->
        {module, ?D} = peer:call(Peer, code, ensure_loaded, [?D]),
        eventually(rewritten, fun() -> {ok, {?D, Digest}} = beam_lib:md5(code:which(?D)), peer:call(Peer, ?D, module_info, [md5]) =/= Digest end),
        _ = peer:call(Peer, ?D, calls, [3000000, 1], 60000),
        eventually(plan, fun() -> [P || {plan, leaf, 3, _, <<"over budget: ", _/binary>>} = P <- ?R:told(Recorder, ?D)] =/= [] end),
        %% What was changed is raised again when there is room, and then a call is recorded again.
        eventually(raised, fun() -> [P || {plan, leaf, _, 3, <<"there is room", _/binary>>} = P <- ?R:told(Recorder, ?D)] =/= [] end, 400),
        _ = peer:call(Peer, ?D, leaf, [77]),
        eventually(recorded, fun() -> lists:member({call, leaf, [77]}, ?R:told(Recorder, ?D)) end)
    end).

adds_up(erlang) -> ok;
adds_up(nif) ->
    with(nif, #{depths => [{<<"deep_sample">>, <<"leaf">>, values}], budget => 10, on_full => wait}, fun(Peer, Recorder) ->
        {module, ?D} = peer:call(Peer, code, ensure_loaded, [?D]),
        eventually(rewritten, fun() -> {ok, {?D, Digest}} = beam_lib:md5(code:which(?D)), peer:call(Peer, ?D, module_info, [md5]) =/= Digest end),
        N = 300000,
        ok = peer:call(Peer, ?D, slowly, [N, binary:copy(<<"work">>, 5000)], 60000),
        ok = peer:call(Peer, elixirscope_probe, stop, [], 20000),
        Told = ?R:told(Recorder, ?D),
        Plans = [{Before, After} || {plan, leaf, Before, After, <<"over budget: ", _/binary>>} <- Told],
        true = Plans =/= [],
        Recorded = length([1 || {call, leaf, _} <- Told]),
        true = Recorded < N,
        %% Nobody counts what is off.
        case lists:keymember(0, 2, Plans) of
            false -> N = Recorded + counts(Recorder, leaf);
            true -> true = Recorded + counts(Recorder, leaf) =< N
        end
    end).

%% On the node: sends itself messages until it is told to be quiet.
flooding() ->
    spawn(fun Flood() ->
        _ = [self() ! flood || _ <- lists:seq(1, 20)],
        _ = [receive flood -> ok end || _ <- lists:seq(1, 20)],
        receive quiet -> quiet_now() after 1 -> Flood() end
    end).

quiet_now() -> receive {say, To, What} -> To ! What, quiet_now(); _ -> quiet_now() end.

hushed(erlang) -> ok;
hushed(nif) ->
    with(nif, #{budget => 50}, fun(Peer, Recorder) ->
        Flooding = peer:call(Peer, ?MODULE, flooding, []),
        F = pid64(Peer, Flooding),
        #{from := From, to := To} = find(Recorder, fun(#{kind := K} = E) -> K =:= gap andalso maps:get(reason, E) =:= 7 andalso maps:get(subject, E) =:= F end),
        true = To > From,
        [] = [E || #{kind := send, subject := S, time := T} = E <- ?R:events(Recorder), S =:= F, T > From + 500000000, T < To],
        _ = peer:call(Peer, erlang, send, [Flooding, quiet]),
        eventually(heard, fun() ->
            _ = peer:call(Peer, erlang, send, [Flooding, {say, peer:call(Peer, erlang, whereis, [init]), es_heard}]),
            [E || #{kind := send, subject := S, message := es_heard} = E <- ?R:events(Recorder), S =:= F] =/= []
        end)
    end).

nonsense(Engine) ->
    with(Engine, fun(Peer, Recorder) ->
        _ = [ok = ?R:control(Recorder, Term) || Term <- [nonsense, {depths, nonsense}, {depths, [{a, b, c}]}, {depths, [{<<"a">>, <<"b">>, <<"no such">>}]}]],
        eventually(notes, fun() -> length([N || N <- ?R:notes(Recorder), binary:match(N, <<"does not understand">>) =/= nomatch]) =:= 4 end),
        {_, Child} = peer:call(Peer, ?MODULE, plain, []),
        C = pid64(Peer, Child),
        _ = find(Recorder, fun(#{kind := K, subject := S}) -> K =:= exit andalso S =:= C end)
    end).

%% On the node.
use_all() ->
    Table = ets:new(es_table, [public]),
    true = ets:insert(Table, {key, 1}),
    2 = ets:update_counter(Table, key, 1),
    [{key, 2}] = ets:lookup(Table, key),
    ok = persistent_term:put({?MODULE, key}, value),
    undefined = put(es_word, 5),
    5 = erase(es_word),
    Timer = erlang:send_after(60000, self(), es_late),
    _ = erlang:cancel_timer(Timer),
    %% As the library would be, loaded later.
    Forms = [{attribute, 1, module, telemetry}, {attribute, 1, export, [{execute, 3}]},
             {function, 2, execute, 3, [{clause, 2, [{var, 2, '_'}, {var, 2, '_'}, {var, 2, '_'}], [], [{atom, 2, ok}]}]}],
    {ok, telemetry, Code} = compile:forms(Forms, []),
    {module, telemetry} = code:load_binary(telemetry, "telemetry.beam", Code),
    ok.

families(Engine) ->
    with(Engine, #{events => [messages, tables, timers, stores, telemetry]}, fun(Peer, Recorder) ->
        Before = length(?R:events(Recorder)),
        ok = peer:call(Peer, ?MODULE, use_all, []),
        Has = fun(Kind, Function, Key, Value) ->
            find(Recorder, fun(#{kind := K} = E) -> K =:= Kind andalso maps:get(mfa, E, none) =:= Function andalso maps:get(Key, E) =:= Value end)
        end,
        _ = Has(call, {ets, new, 2}, args, [es_table, [public]]),
        _ = find(Recorder, fun(#{kind := K} = E) -> K =:= call andalso maps:get(mfa, E, none) =:= {ets, insert, 2}
                                                        andalso tl(maps:get(args, E)) =:= [{key, 1}] end),
        _ = Has(return, {ets, update_counter, 3}, value, 2),
        _ = Has(return, {ets, lookup, 2}, value, [{key, 2}]),
        _ = Has(call, {persistent_term, put, 2}, args, [{?MODULE, key}, value]),
        _ = Has(call, {erlang, put, 2}, args, [es_word, 5]),
        _ = Has(return, {erlang, erase, 1}, value, 5),
        _ = find(Recorder, fun(#{kind := K} = E) -> K =:= call andalso maps:get(mfa, E, none) =:= {erlang, send_after, 3} end),
        _ = find(Recorder, fun(#{kind := K} = E) -> K =:= return andalso maps:get(mfa, E, none) =:= {erlang, cancel_timer, 1} end),
        eventually(telemetry, fun() ->
            ok = peer:call(Peer, telemetry, execute, [[es, event], #{n => 1}, #{}]),
            [E || #{kind := call, mfa := {telemetry, execute, 3}} = E <- ?R:events(Recorder)] =/= []
        end),
        [] = [E || #{kind := return, mfa := {telemetry, execute, 3}} = E <- ?R:events(Recorder)],
        true = Before < length(?R:events(Recorder)),
        ok = peer:call(Peer, elixirscope_probe, stop, [], 20000),
        clean(Peer)
    end).

memory(Engine) ->
    with(Engine, #{memory_ms => 20}, fun(Peer, Recorder) ->
        Init = pid64(Peer, peer:call(Peer, erlang, whereis, [kernel_sup])),
        #{bytes := Bytes, heap := Heap} = find(Recorder, fun(#{kind := K, subject := S}) -> K =:= memory andalso S =:= Init end),
        true = Bytes > 8 * Heap,
        #{bytes := All} = find(Recorder, fun(#{kind := K, subject := S}) -> K =:= memory andalso S =:= 0 end),
        true = All > Bytes,
        Full = peer:call(Peer, ?MODULE, full_mailbox, [200]),
        F = pid64(Peer, Full),
        _ = find(Recorder, fun(#{kind := K, subject := S} = E) -> K =:= memory andalso S =:= F andalso maps:get(mailbox, E) =:= 200 end),
        %% Whatever does not change is told once.
        [_] = lists:usort([{S, B} || #{kind := memory, subject := S, bytes := B} <- ?R:events(Recorder), S =:= F])
    end).

%% On the node.
full_mailbox(N) ->
    Pid = spawn(fun() -> receive never -> ok end end),
    _ = [Pid ! {waits, I} || I <- lists:seq(1, N)],
    Pid.

modules_known(_) ->
    Files = filelib:wildcard(filename:join(filename:dirname(code:which(elixirscope_probe)), "elixirscope_*.beam")),
    [] = [list_to_atom(filename:basename(File, ".beam")) || File <- Files] -- elixirscope_unload:modules().

gc(Engine) ->
    with(Engine, #{events => [messages, gc, schedule]}, fun(Peer, Recorder) ->
        {_, Child} = peer:call(Peer, ?MODULE, plain, []),
        _ = peer:call(Peer, erlang, garbage_collect, [peer:call(Peer, erlang, whereis, [kernel_sup])]),
        #{heap := Heap} = find(Recorder, fun(#{kind := K}) -> K =:= gc end),
        true = Heap > 0,
        C = pid64(Peer, Child),
        _ = find(Recorder, fun(#{kind := K, flags := F, subject := S}) -> K =:= schedule andalso F =:= 1 andalso S =:= C end)
    end).

%% On the node: a process that does not want to be seen.
quiet() ->
    Parent = self(),
    Pid = spawn(fun() -> process_flag(sensitive, true), Parent ! ready, receive {From, _} -> From ! answered end end),
    receive ready -> ok end,
    Pid ! {self(), whispered},
    receive answered -> Pid end.

sensitive(Engine) ->
    with(Engine, fun(Peer, Recorder) ->
        Quiet = pid64(Peer, peer:call(Peer, ?MODULE, quiet, [])),
        {_, Child} = peer:call(Peer, ?MODULE, plain, []),
        C = pid64(Peer, Child),
        _ = find(Recorder, fun(#{kind := K, subject := S}) -> K =:= exit andalso S =:= C end),
        [] = [E || #{kind := K, subject := S} = E <- ?R:events(Recorder), S =:= Quiet, K =:= arrive]
    end).

%% On the node: many messages at once to a process.
send_many(N) ->
    Sink = spawn(fun() -> sink() end),
    Monitor = monitor(process, Sink),
    _ = spawn(fun() -> _ = [Sink ! {number, I} || I <- lists:seq(1, N)], Sink ! finish end),
    receive {'DOWN', Monitor, process, Sink, _} -> Sink end.

sink() -> receive finish -> ok; _ -> sink() end.

flood(Engine) ->
    with(Engine, #{bytes_per_second => 100000}, fun(Peer, Recorder) ->
        Sink = pid64(Peer, peer:call(Peer, ?MODULE, send_many, [50000], 20000)),
        %% A gap is written when it is over, at the latest at the end.
        ok = peer:call(Peer, elixirscope_probe, stop, [], 20000),
        eventually(goodbye, fun() -> ?R:goodbye(Recorder) =/= none end),
        Events = ?R:events(Recorder),
        Arrived = length([E || #{kind := arrive, subject := S} = E <- Events, S =:= Sink]),
        Gaps = lists:sum([N || #{kind := gap, count := N} <- Events]),
        true = Gaps > 0,
        %% Sends and arrivals of that many, less what was recorded.
        true = Arrived + Gaps >= 50000
    end).

%% On the node: holds the tracer still, and gives it more than it may hold.
overfill() ->
    %% Known by what its encoder keeps: where it runs differs from moment to moment.
    [Tracer] = [P || P <- processes(), {dictionary, D} <- [process_info(P, dictionary)], lists:keymember({elixirscope, limits}, 1, D)],
    Sink = spawn(fun() -> sink() end),
    spawn(fun() ->
        true = erlang:suspend_process(Tracer),
        _ = [begin Sink ! lists:seq(1, 1000000), timer:sleep(5) end || _ <- lists:seq(1, 12)],
        receive resume -> erlang:resume_process(Tracer) end,
        receive finish -> ok end
    end).

is_traced(Pid) -> is_traced(Pid, erlang:function_exported(trace, session_info, 1)).

is_traced(Pid, false) -> erlang:trace_info(Pid, flags) =/= {flags, []};
is_traced(Pid, true) ->
    case trace:session_info(Pid) of Sessions when is_list(Sessions) -> lists:keymember(elixirscope, 1, Sessions); _ -> false end.

relieved(nif) ->
    ok;
relieved(erlang) ->
    with(erlang, fun(Peer, Recorder) ->
        Init = peer:call(Peer, erlang, whereis, [kernel_sup]),
        true = peer:call(Peer, ?MODULE, is_traced, [Init]),
        Holder = peer:call(Peer, ?MODULE, overfill, []),
        eventually(paused, fun() -> not peer:call(Peer, ?MODULE, is_traced, [Init]) end),
        _ = peer:call(Peer, erlang, send, [Holder, resume]),
        eventually(resumed, fun() -> peer:call(Peer, ?MODULE, is_traced, [Init]) end),
        #{reason := 1} = find(Recorder, fun(#{kind := K}) -> K =:= gap end),
        _ = peer:call(Peer, ?MODULE, plain, []),
        _ = find(Recorder, fun(#{kind := K} = E) -> K =:= arrive andalso maps:get(message, E) =:= {echo, <<"hello">>} end)
    end).

%% Two nodes that know each other without epmd, so that none is left running.
remote(Engine) ->
    {ok, Listen} = gen_tcp:listen(0, []),
    {ok, Port} = inet:port(Listen),
    ok = gen_tcp:close(Listen),
    Paths = lists:append([["-pa", filename:dirname(code:which(M))] || M <- [?MODULE, elixirscope_probe]]),
    Shared = ["-start_epmd", "false", "-erl_epmd_port", integer_to_list(Port), "-setcookie", "es" | Paths],
    Recorder = ?R:start(),
    {ok, Target, Name} = peer:start(#{connection => standard_io, name => peer:random_name(), host => "127.0.0.1",
                                      longnames => true, args => Shared}),
    {ok, Other, _} = peer:start(#{connection => standard_io, name => peer:random_name(), host => "127.0.0.1",
                                  longnames => true, args => ["-dist_listen", "false", "-hidden" | Shared]}),
    try
        {ok, #{engine := Engine}} =
            peer:call(Other, rpc, call, [Name, elixirscope_probe, start, [config(Engine, Recorder, #{})]], 20000),
        Server = peer:call(Target, erlang, whereis, [elixirscope_server]),
        %% A link across nodes, and what happens when the other node goes.
        Far = peer:call(Other, ?MODULE, sleeper, []),
        Near = peer:call(Target, ?MODULE, linked_to, [Far]),
        N = pid64(Target, Near),
        #{other := 0, other_term := {pid, _, _, _, _}} = find(Recorder, fun(#{kind := K, subject := S}) -> K =:= link andalso S =:= N end),
        peer:stop(Other),
        #{message := {'EXIT', {pid, _, _, _, _}, noconnection}} = find(Recorder, fun(#{kind := K, subject := S} = E) ->
            K =:= arrive andalso S =:= N andalso element(1, maps:get(message, E)) =:= 'EXIT' end),
        Server = peer:call(Target, erlang, whereis, [elixirscope_server]),
        _ = peer:call(Target, ?MODULE, plain, []),
        _ = find(Recorder, fun(#{kind := K} = E) -> K =:= arrive andalso maps:get(message, E) =:= {echo, <<"hello">>} end),
        ok = peer:call(Target, elixirscope_probe, stop, []),
        clean(Target)
    after
        catch peer:stop(Other),
        peer:stop(Target),
        ?R:close(Recorder)
    end.

%% On a node.
sleeper() -> spawn(fun() -> timer:sleep(60000) end).

linked_to(Far) ->
    spawn(fun() -> process_flag(trap_exit, true), link(Far), receive {'EXIT', Far, _} -> timer:sleep(1000) end end).

delete_nif(erlang) ->
    ok;
delete_nif(nif) ->
    Copy = temporary() ++ "/es-nif-" ++ os:getpid(),
    {ok, _} = file:copy(os:getenv("ELIXIRSCOPE_TEST_NIF") ++ ".so", Copy ++ ".so"),
    with(nif, #{nif => list_to_binary(Copy), delete_nif => true}, fun(Peer, Recorder) ->
        false = filelib:is_file(Copy ++ ".so"),
        _ = peer:call(Peer, ?MODULE, plain, []),
        _ = find(Recorder, fun(#{kind := K}) -> K =:= arrive end)
    end).

%% `run`: by the environment, as the command does it. The output and the exit status of the program, which runs in Directory.
run(Engine, Recorder, Program, Arguments, Directory) -> run(Engine, Recorder, Program, Arguments, Directory, #{}).

run(Engine, Recorder, Program, Arguments, Directory, Extra) ->
    File = temporary() ++ "/es-config-" ++ os:getpid(),
    ok = file:write_file(File, io_lib:format("~p.~n", [config(Engine, Recorder, Extra#{mode => run})])),
    Flags = "-pa " ++ filename:absname(filename:dirname(code:which(elixirscope_probe))) ++ " -s elixirscope_probe start",
    %% What is kept between two runs lies with the program, or goes at once.
    Cache = case Directory =:= temporary() of true -> temporary() ++ "/es-kept-" ++ os:getpid(); false -> Directory end,
    Port = open_port({spawn_executable, os:find_executable(Program)}, [
        {args, Arguments}, {cd, Directory}, {env, [{"ERL_AFLAGS", Flags}, {"ELIXIRSCOPE_CONFIG", File}, {"XDG_CACHE_HOME", Cache}]},
        exit_status, stderr_to_stdout, binary]),
    try output(Port, <<>>)
    after
        file:delete(File),
        _ = Cache =:= Directory orelse file:del_dir_r(Cache)
    end.

with_run(Engine, Program, Arguments, Directory, Fun) ->
    Recorder = ?R:start(),
    try
        Fun(run(Engine, Recorder, Program, Arguments, Directory), Recorder)
    after
        _ = [file:delete(Ring) || Ring <- ?R:ring_files(Recorder)],
        ?R:close(Recorder)
    end.

erl_program() ->
    "Pid = spawn(fun() -> receive {go, F} -> F ! went end end), Pid ! {go, self()}, "
    "receive went -> io:format(\"went~n\") end, halt(3).".

run_erl(Engine) ->
    with_run(Engine, "erl", ["-noshell", "-eval", erl_program()], temporary(), fun(Output, Recorder) ->
        {<<"went\n">>, 3} = Output,
        %% The rings outlive the VM; what waits for the tracer in Erlang when the VM halts does not.
        _ = Engine =:= erlang orelse
            find(Recorder, fun(#{kind := K} = E) -> K =:= arrive andalso maps:get(message, E) =:= went end),
        [_ | _] = [Pid || #{kind := process, subject := Pid} <- ?R:events(Recorder)]
    end).

run_alone(Engine) ->
    {<<"went\n">>, 3} = run(Engine, #{path => "/tmp/there-is-no-such-socket"}, "erl", ["-noshell", "-eval", erl_program()], temporary()).

run_elixir(Engine) ->
    Program = "{:ok, a} = Agent.start(fn -> 41 end); Agent.update(a, & &1 + 1); IO.puts(Agent.get(a, & &1)); Process.sleep(200)",
    os:find_executable("elixir") =:= false orelse with_run(Engine, "elixir", ["-e", Program], temporary(), fun(Output, Recorder) ->
        {<<"42\n">>, 0} = Output,
        #{state := 42} = find(Recorder, fun(#{kind := K} = E) ->
            K =:= callback_return andalso element(1, maps:get(mfa, E)) =:= 'Elixir.Agent.Server' andalso maps:get(state, E) =:= 42 end),
        {_, _} = binary:match(?R:hello(Recorder), <<"\"elixir\":\"1.">>)
    end).

%% A script that defines a module with and one without debug information, shows what it got, and runs them.
own_script() ->
    "{:module, _, with, _} = defmodule EsOwn do\n"
    "  def first(x), do: EsBare.second(x) + 1\n"
    "end\n"
    "Code.put_compiler_option(:debug_info, false)\n"
    "{:module, _, bare, _} = defmodule EsBare do\n"
    "  def second(x), do: x * 2\n"
    "end\n"
    "has = fn code -> {:ok, {_, [debug_info: {:debug_info_v1, _, data}]}} = :beam_lib.chunks(code, [:debug_info]); data != :none end\n"
    "IO.inspect({has.(with), has.(bare), byte_size(with) > byte_size(bare), EsOwn.first(20)})\n".

%% A program that loads another version of a module from the disk, in its middle.
run_reload(erlang) -> ok;
run_reload(nif) ->
    Directory = temporary() ++ "/es_reload_" ++ os:getpid(),
    Version = fun(N) ->
        Forms = [{attribute, 1, module, es_reload}, {attribute, 1, export, [{f, 0}]}, {function, 2, f, 0, [{clause, 2, [], [], [{integer, 2, N}]}]}],
        {ok, es_reload, Code} = compile:forms(Forms, [debug_info]),
        Code
    end,
    Recorder = ?R:start(),
    try
        ok = file:make_dir(Directory),
        ok = file:write_file(Directory ++ "/es_reload.beam", Version(1)),
        ok = file:write_file(Directory ++ "/other", Version(2)),
        Program = "1 = es_reload:f(), {ok, _} = file:copy(\"other\", \"es_reload.beam\"), code:purge(es_reload), {module, _} = code:load_file(es_reload), "
                  "io:format(\"~p\", [es_reload:f()]), timer:sleep(200), halt().",
        {<<"2">>, 0} = run(nif, Recorder, "erl", ["-noshell", "-pa", Directory, "-eval", Program], Directory, #{depths => [{<<"es_reload">>, <<"*">>, values}]}),
        eventually(told, fun() -> ?R:told(Recorder, es_reload) =:= [{call, f, []}, {return, f, 1}, {call, f, []}, {return, f, 2}] end)
    after
        _ = [file:delete(Ring) || Ring <- ?R:ring_files(Recorder)],
        ?R:close(Recorder),
        file:del_dir_r(Directory)
    end.

run_own(Engine) ->
    Directory = temporary() ++ "/es_own_" ++ os:getpid(),
    os:find_executable("elixir") =:= false orelse Engine =:= erlang orelse try
        ok = file:make_dir(Directory),
        ok = file:write_file(Directory ++ "/own.exs", own_script()),
        Own = #{own => #{below => [list_to_binary(Directory)], not_below => [], depth => values}},
        Bare = string:trim(os:cmd("cd " ++ Directory ++ " && elixir own.exs")),
        %% The second time what was compiled is taken from the disk.
        lists:foreach(fun(_) ->
            Recorder = ?R:start(),
            try
                {Output, 0} = run(Engine, Recorder, "elixir", ["own.exs"], Directory, Own),
                Bare = string:trim(binary_to_list(Output)),
                eventually(told, fun() ->
                    case ?R:told(Recorder, 'Elixir.EsOwn') of [{call, first, [20]}, {return, first, 41}] -> true; Other -> {Other, ?R:notes(Recorder)} end
                end, 400),
                [{call, second, [20]}, {return, second, 40}] = ?R:told(Recorder, 'Elixir.EsBare'),
                [] = [N || N <- ?R:notes(Recorder), binary:match(N, <<"warning">>) =/= nomatch],
                _ = [file:delete(Ring) || Ring <- ?R:ring_files(Recorder)]
            after
                ?R:close(Recorder)
            end
        end, [compiled, cached]),
        %% Two modules, and the two that ask us.
        4 = length(filelib:wildcard(Directory ++ "/elixirscope/rewritten/*"))
    after
        file:del_dir_r(Directory)
    end.

run_mix(Engine) ->
    Directory = temporary() ++ "/es_mix_" ++ os:getpid(),
    os:find_executable("mix") =:= false orelse try
        _ = os:cmd("cd " ++ temporary() ++ " && mix new " ++ filename:basename(Directory)),
        with_run(Engine, "mix", ["test"], Directory, fun({Output, Status}, Recorder) ->
            {0, {_, _}} = {Status, binary:match(Output, <<"1 doctest, 1 test, 0 failures">>)},
            nomatch = binary:match(Output, <<"elixirscope">>),
            %% The last events that wait for the tracer in Erlang are gone with the VM.
            _ = find(Recorder, fun(#{kind := K} = E) ->
                K =:= callback andalso (Engine =:= erlang orelse element(1, maps:get(mfa, E)) =:= 'Elixir.ExUnit.Server') end)
        end)
    after
        file:del_dir_r(Directory)
    end.

output(Port, Out) ->
    receive
        {Port, {data, Bytes}} -> output(Port, <<Out/binary, Bytes/binary>>);
        {Port, {exit_status, Status}} -> {Out, Status}
    after 20000 -> error({still_running, Out})
    end.

