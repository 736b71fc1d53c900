%% The process that owns a recording: it sets everything up, watches, and takes everything back.
%%
%% It is a plain process, not a gen_server, because the internals of gen_server are what we trace, and it is linked to nobody:
%% nothing of the program can take it down with it, and it can take down nothing. Its group leader is `init`, so that no remote
%% group leader is kept alive by a recording that was started from another node.
-module(elixirscope_server).

-export([start/3, stop/0, take_back/2, unload/2]).

-export_type([taken/0]).

%% What was done to the node, for whoever has to undo it. Keys appear as things are done.
-type taken() :: #{
    session => elixirscope_session:session(),
    tracer => elixirscope_session:tracer(),
    patterns => elixirscope_patterns:patterns(),
    handler => true,
    engine => elixirscope_engine:engine(),
    ring_file => file:filename_all(),
    pids => [pid()],
    loader => [pid()],
    levels => [pid()],
    sampler => [pid()]
}.

-define(NAME, elixirscope_server).
-define(TICK_MS, 250).
%% Modules and sessions are looked at every so many ticks.
-define(SLOW_TICKS, 4).
%% While a program starts, new modules are looked for this often: a process may begin as soon as its module is loaded.
-define(START_MS, 30000).
-define(PEEK_MS, 20).
%% Above this, a tracer process in Erlang is relieved of its work until it has come down to the second number.
-define(MOST_MEMORY, 268435456).
-define(CALM_MEMORY, 33554432).

-record(s, {
    config :: map(),
    guard :: pid(),
    guard_monitor :: reference(),
    taken = #{} :: taken(),
    engine :: undefined | elixirscope_engine:engine(),
    flags = [] :: [atom()],
    %% What elixirscope_flags:on/4 needs to do its work again.
    survey = {#{}, #{}, []} :: tuple(),
    modules :: undefined | elixirscope_watch:seen(),
    loaded = 0 :: non_neg_integer(),
    %% Modules of behaviours that are not OTP's, and every point that the engine knows.
    behaviours = undefined :: undefined | elixirscope_behaviours:known(),
    points = [] :: [elixirscope_callbacks:point()],
    elixir :: binary() | undefined,
    ticks = 0 :: non_neg_integer(),
    %% Processes that are not traced for a while.
    hushed = elixirscope_hush:new() :: elixirscope_hush:hushed(),
    %% Since when the flags are off because the tracer was overrun.
    paused :: undefined | integer()
}).

%% Starts the recording and waits for it.
-spec start(map(), pid(), timeout()) -> {ok, map()} | {error, term()}.
start(Config, Caller, Patience) ->
    {Server, Monitor} = spawn_monitor(fun() -> init(Config, Caller) end),
    receive
        {?MODULE, Server, Answer} ->
            demonitor(Monitor, [flush]),
            Answer;
        {'DOWN', Monitor, process, Server, Reason} ->
            {error, Reason}
    after Patience ->
        demonitor(Monitor, [flush]),
        {error, <<"the recording did not begin in time; it may begin yet">>}
    end.

%% Ends the recording; ok also when there is none.
-spec stop() -> ok.
stop() ->
    case whereis(?NAME) of
        undefined ->
            ok;
        Server ->
            Monitor = monitor(process, Server),
            Server ! {?MODULE, stop},
            receive {'DOWN', Monitor, process, Server, _} -> ok
            after 10000 -> demonitor(Monitor, [flush]), ok
            end
    end.

init(Config, Caller) ->
    group_leader(whereis(init), self()),
    try register(?NAME, self()) of
        true ->
            Guard = elixirscope_guard:start(#{}),
            S = #s{config = Config, guard = Guard, guard_monitor = monitor(process, Guard)},
            try begin_recording(S, Caller) of
                {ok, Started, Answer} ->
                    Caller ! {?MODULE, self(), {ok, Answer}},
                    _ = erlang:send_after(?TICK_MS, self(), tick),
                    _ = case Config of
                        #{mode := attach} -> ok;
                        _ -> erlang:send_after(?PEEK_MS, self(), {peek, erlang:monotonic_time(millisecond) + ?START_MS})
                    end,
                    loop(Started);
                {error, Reason, Begun} ->
                    finish(Begun, <<"stopped">>),
                    Caller ! {?MODULE, self(), {error, Reason}}
            catch
                Class:Reason:Stack ->
                    %% The guard knows what was done; it cleans up when this process ends.
                    Caller ! {?MODULE, self(), {error, {Class, Reason, Stack}}}
            end
    catch
        error:badarg -> Caller ! {?MODULE, self(), {error, <<"this node is being recorded already">>}}
    end.

begin_recording(#s{config = Config} = S0, Caller) ->
    Loader = elixirscope_loader:start(Config),
    Levels = elixirscope_levels:start(Config),
    Sampler = elixirscope_sampler:start(Config),
    Own = [self(), S0#s.guard | Levels ++ Sampler ++ Loader],
    RingFile = ring_file(Config),
    Hello = fun(Kind, Why, Rings) -> elixirscope_hello:json(Config, {Kind, Why, Rings}, RingFile, Own) end,
    S1 = took(#{pids => Own, loader => Loader, levels => Levels, sampler => Sampler, ring_file => RingFile}, S0),
    case elixirscope_engine:start(Config, Hello, options(Config, RingFile)) of
        {ok, Engine, Why} ->
            Pids = Own ++ elixirscope_engine:pids(Engine),
            S2 = took(#{engine => Engine, pids => Pids}, S1#s{engine = Engine}),
            say_engine(Engine, Why, Config),
            S3 = add_handler(S2),
            %% Whoever attached is a process that serves this one call. But under `run` it is the one that boots the program, and
            %% in `mix` and `elixir` it then runs it.
            Apart = case Config of #{mode := attach} -> [Caller | Pids]; _ -> Pids end,
            S4 = trace(Apart, S3),
            ok = elixirscope_levels:begin_with(Levels, Engine),
            ok = elixirscope_loader:begin_with(Loader, Engine),
            ok = elixirscope_sampler:begin_with(Sampler, Engine, Pids),
            ok = elixirscope_engine:sync(Engine),
            {ok, S4#s{elixir = elixirscope_hello:elixir()},
             #{engine => elixirscope_engine:kind(Engine), why => Why}};
        {error, Reason} ->
            {error, Reason, S1}
    end.

%% A name in the directory that nobody else has, here or in another VM.
ring_file(#{ring_dir := Directory} = Config) when Directory =/= undefined ->
    case Config of
        #{force_engine := erlang} ->
            undefined;
        _ ->
            Name = [os:getpid(), "-", integer_to_list(erlang:unique_integer([positive])), "-",
                    integer_to_list(erlang:system_time(), 36), ".rings"],
            unicode:characters_to_binary(filename:join(Directory, lists:flatten(Name)))
    end;
ring_file(_) ->
    undefined.

options(Config, RingFile) ->
    Mode = maps:get(mode, Config, run),
    Defaults = #{
        ring_bytes => 4194304,
        on_full => case Mode of run -> wait; attach -> drop end,
        limits => #{},
        redact => [],
        bytes_per_second => 0,
        silence_ms => case Mode of run -> 0; attach -> 5000 end
    },
    Given = maps:with(maps:keys(Defaults), Config),
    maps:merge(maps:merge(Defaults, maps:filter(fun(_, V) -> V =/= undefined end, Given)),
               #{address => maps:get(address, Config), token => maps:get(token, Config), ring_file => RingFile,
                 owner => self()}).

say_engine(_, undefined, _) ->
    ok;
say_engine(Engine, Why, _) ->
    elixirscope_engine:note(Engine, warning, <<"recording with the slower engine in plain Erlang: ", Why/binary>>).

add_handler(#s{config = Config, engine = Engine} = S) ->
    case lists:member(log, events(Config)) of
        true ->
            Told = took(#{handler => true}, S),
            case elixirscope_log:add(Engine, maps:get(log_level, Config, info), maps:get(redact, Config, [])) of
                ok -> ok;
                {error, _} -> elixirscope_engine:note(Engine, warning, <<"logger takes no handler: no log events">>)
            end,
            Told;
        false ->
            S
    end.

events(Config) ->
    maps:get(events, Config, [messages, processes, callbacks, log]).

%% Looks at all processes, sets the patterns, then the flags.
trace(Own, #s{config = Config, engine = Engine} = S0) ->
    Tracer = elixirscope_engine:tracer(Engine),
    Session = elixirscope_session:open(Tracer),
    S1 = took(#{session => Session, tracer => Tracer}, S0),
    Emit = emitter(Engine, Own),
    Survey = {_, _, Foreign} = elixirscope_flags:survey(Session, Tracer, elixirscope_exclude:set(Own), Emit),
    Asked = case maps:get(functions, Config, []) of
        [] -> events(Config);
        _ -> [functions | events(Config)]
    end,
    Flags = without_gc(Session, Engine, elixirscope_flags:names(Asked)),
    {Inside, Extra} = points(Engine, Config),
    Modules = elixirscope_watch:modules(),
    {Direct, Behaviours} = case lists:member(callbacks, events(Config)) of
        true -> elixirscope_behaviours:find(erlang:loaded(), elixirscope_behaviours:new([M || {{M, _, _}, _} <- Extra]));
        false -> {[], undefined}
    end,
    Points = Inside ++ Direct,
    ok = elixirscope_engine:shapes(Engine, Session, [{Function, Shape} || {Function, Shape, _} <- Points]),
    Calls = [{Function, Returns} || {Function, _, Returns} <- Points] ++ Extra,
    Patterns = elixirscope_patterns:set(Session, #{calls => Calls, arrivals => lists:member('receive', Flags)}, Foreign),
    S2 = took(#{patterns => Patterns}, S1),
    say_foreign(Engine, Foreign, elixirscope_patterns:taken(Patterns)),
    %% The Erlang engine needs the time in the message; the NIF reads the clock itself.
    Timed = case elixirscope_engine:kind(Engine) of
        erlang -> lists:usort([monotonic_timestamp | Flags]);
        nif -> lists:usort(Flags)
    end,
    ok = elixirscope_flags:on(Session, Timed, Survey, Emit),
    S2#s{flags = Timed, survey = Survey, modules = Modules, behaviours = Behaviours, points = Points}.

emitter(Engine, Own) ->
    fun(Pid, Known) ->
        lists:member(Pid, Own) orelse
            elixirscope_engine:emit_patiently(Engine, 2, 0, Pid, [{term, Known}])
    end.

%% Two tracers of garbage collection crash OTP 27 to 29.
without_gc(Session, Engine, Flags) ->
    case lists:member(garbage_collection, Flags) andalso elixirscope_session:others(Session) =/= [] of
        true ->
            elixirscope_engine:note(Engine, warning, <<"another trace session exists: no garbage collection events">>),
            lists:delete(garbage_collection, Flags);
        false ->
            Flags
    end.

points(Engine, Config) ->
    Extra = [case Function of
        {M, F, A, return} -> {{M, F, A}, true};
        {_, _, _} -> {Function, false}
    end || Function <- maps:get(functions, Config, [])] ++ elixirscope_builtins:calls(events(Config)),
    case lists:member(callbacks, events(Config)) of
        false ->
            {[], Extra};
        true ->
            case elixirscope_callbacks:points() of
                {Points, []} ->
                    {Points, Extra};
                {Points, Missing} ->
                    Names = lists:join(<<", ">>, [atom_to_binary(Name, utf8) || Name <- Missing]),
                    elixirscope_engine:note(Engine, warning, iolist_to_binary(
                        ["this OTP is not known well enough to see the states of: ", Names,
                         "; calls of the callbacks are recorded instead"])),
                    {Points, [{Function, true} || Function <- elixirscope_callbacks:fallback()] ++ Extra}
            end
    end.

%% Somebody else traces here. They were first, so we say what we do without.
say_foreign(_, [], []) ->
    ok;
say_foreign(Engine, Foreign, Taken) ->
    Now = erlang:monotonic_time(nanosecond),
    _ = [gap(Engine, 4, Pid, 0, Now, Now) || {Pid, _} <- Foreign, is_pid(Pid)],
    Text = io_lib:format("somebody else traces on this node: ~b process(es) and ~b function(s) are left to them~ts",
                         [length([Pid || {Pid, _} <- Foreign, is_pid(Pid)]), length(lists:delete('receive', Taken)),
                          case lists:member('receive', Taken) of
                              true -> "; arrivals are recorded without their sender";
                              false -> ""
                          end]),
    elixirscope_engine:note(Engine, warning, unicode:characters_to_binary(Text)).

gap(Engine, Reason, Subject, Count, From, To) ->
    elixirscope_engine:emit(Engine, 21, 0, Subject, [{u32, Reason}, {u64, Count}, {u64, unsigned(From)}, {u64, unsigned(To)}]).

unsigned(Ns) -> Ns band 16#ffffffffffffffff.

loop(S) ->
    receive
        tick ->
            _ = erlang:send_after(?TICK_MS, self(), tick),
            loop(tick(peek(S)));
        {peek, Until} ->
            _ = erlang:monotonic_time(millisecond) < Until andalso erlang:send_after(?PEEK_MS, self(), {peek, Until}),
            loop(peek(S));
        {elixirscope_nif, closed, stop_requested} ->
            finish(loud(S), detached(S));
        {elixirscope_nif, closed, _} ->
            finish(S, <<"stopped">>);
        {elixirscope_nif, control, Bytes} ->
            loop(control(Bytes, S));
        {elixirscope_levels, hush, Pids} ->
            loop(S#s{hushed = elixirscope_hush:begin_with(Pids, hush_context(S), S#s.hushed)});
        {elixirscope_loader, trace, Calls} ->
            loop(trace_calls(Calls, S));
        {?MODULE, stop} ->
            finish(loud(S), detached(S));
        {'DOWN', Monitor, process, _, _} when Monitor =:= S#s.guard_monitor ->
            loop(new_guard(S));
        _ ->
            loop(S)
    end.

%% What the recorder asks for while it records (docs/formats/wire.md). Nothing of it is believed.
control(Bytes, #s{engine = Engine} = S) ->
    Entries = try binary_to_term(uncompressed(Bytes), [safe]) of
        {depths, List} -> elixirscope_depths:read(List);
        _ -> []
    catch
        error:badarg -> []
    end,
    _ = case {Entries, elixirscope_engine:kind(Engine)} of
        {[], _} -> elixirscope_engine:note(Engine, warning, <<"the recorder asked for something that this probe does not understand">>);
        {_, nif} -> elixirscope_loader:change(Entries);
        {_, erlang} -> elixirscope_engine:note(Engine, warning, <<"functions are recorded by the native engine only">>)
    end,
    S.

%% A few bytes can stand for gigabytes.
uncompressed(<<131, 80, _/binary>>) -> error(badarg);
uncompressed(Bytes) -> Bytes.

%% Functions that cannot be rewritten are traced by the VM.
trace_calls(Calls, #s{taken = #{session := Session, patterns := Patterns, pids := Pids}, flags = Flags, engine = Engine} = S0) ->
    S = took(#{patterns => elixirscope_patterns:add(Calls, Patterns)}, S0),
    case lists:member(call, Flags) of
        true ->
            S;
        false ->
            More = [call | Flags],
            ok = elixirscope_flags:on(Session, More, S#s.survey, emitter(Engine, Pids)),
            S#s{flags = More}
    end.

%% Processes that make so many events that these cost more than is allowed are not traced for a while.
hush_context(#s{engine = Engine, flags = Flags, taken = #{session := Session, tracer := Tracer}}) ->
    #{engine => Engine, session => Session, tracer => Tracer, flags => Flags}.

loud(S) ->
    S#s{hushed = elixirscope_hush:finish(hush_context(S), S#s.hushed)}.

detached(#s{config = #{mode := attach}}) -> <<"detached">>;
detached(_) -> <<"stopped">>.

tick(#s{ticks = Ticks} = S) ->
    Calm = relieve(S#s{hushed = elixirscope_hush:look(hush_context(S), S#s.hushed)}),
    case Ticks rem ?SLOW_TICKS of
        0 -> look(Calm#s{ticks = Ticks + 1});
        _ -> Calm#s{ticks = Ticks + 1}
    end.

%% Cheap: whether the number of modules is another one.
peek(#s{loaded = Before} = S) ->
    case length(erlang:loaded()) of
        Before -> S;
        Now -> modules(S#s{loaded = Now})
    end.

modules(#s{engine = Engine, taken = #{patterns := Patterns}} = S) ->
    {Loaded, Modules} = elixirscope_watch:changed(S#s.modules),
    _ = [elixirscope_engine:emit(Engine, 22, 0, 0, [{atom, Module}]) || Module <- Loaded],
    _ = elixirscope_patterns:renew(Patterns, Loaded),
    ok = elixirscope_loader:late(Loaded),
    follow(Loaded, S#s{modules = Modules}).

%% The callbacks of modules whose behaviour is not one of OTP's.
follow(_, #s{behaviours = undefined} = S) ->
    S;
follow(Loaded, #s{engine = Engine, behaviours = Known, points = Points, taken = #{session := Session, patterns := Patterns}} = S) ->
    case elixirscope_behaviours:find(Loaded, Known) of
        {[], Next} ->
            S#s{behaviours = Next};
        {New, Next} ->
            All = New ++ Points,
            ok = elixirscope_engine:shapes(Engine, Session, [{Function, Shape} || {Function, Shape, _} <- All]),
            took(#{patterns => elixirscope_patterns:add([{Function, Returns} || {Function, _, Returns} <- New], Patterns)},
                 S#s{behaviours = Next, points = All})
    end.

look(#s{engine = Engine, taken = #{session := Session}} = S0) ->
    S = modules(S0),
    Careful = case lists:member(garbage_collection, S#s.flags) andalso elixirscope_session:others(Session) =/= [] of
        true ->
            _ = [elixirscope_session:process(Session, Which, false, [garbage_collection])
                 || Which <- [new_processes | processes()]],
            elixirscope_engine:note(Engine, warning, <<"another trace session appeared: garbage collection events end here">>),
            S#s{flags = lists:delete(garbage_collection, S#s.flags)};
        false ->
            S
    end,
    say_elixir(exclude(Careful)).

%% Log handlers, shells and connections to other nodes may come later; they are born with the flags of every new process.
exclude(#s{taken = #{session := Session, tracer := Tracer, pids := Pids}, survey = {Seen, Excluded, Foreign}} = S) ->
    Now = elixirscope_exclude:set(Pids),
    New = maps:keys(maps:without(maps:keys(Excluded), Now)),
    ok = elixirscope_flags:off_for(Session, Tracer, New),
    S#s{survey = {Seen, maps:merge(Now, Excluded), Foreign}}.

%% Elixir may come later than the probe, which is one of the first to run.
say_elixir(#s{elixir = undefined, engine = Engine} = S) ->
    case erlang:module_loaded('Elixir.Kernel') andalso elixirscope_hello:elixir() of
        Version when is_binary(Version) ->
            elixirscope_engine:note(Engine, info, <<"Elixir ", Version/binary>>),
            S#s{elixir = Version};
        _ ->
            S
    end;
say_elixir(S) ->
    S.

%% A tracer process in Erlang cannot slow anybody down, and single messages may be large; so when it holds too much, no events
%% are made for it until it has worked through them. The NIF needs none of this.
relieve(#s{engine = {erlang, Tracer, _}, taken = #{session := Session}, paused = undefined} = S) ->
    case process_info(Tracer, memory) of
        {memory, Memory} when Memory > ?MOST_MEMORY ->
            Since = erlang:monotonic_time(nanosecond),
            ok = elixirscope_flags:pause(Session, Tracer),
            S#s{paused = Since};
        undefined ->
            self() ! {elixirscope_nif, closed, recorder_gone},
            S;
        _ ->
            S
    end;
relieve(#s{engine = {erlang, Tracer, _} = Engine, taken = #{session := Session, pids := Pids}, paused = Since} = S)
        when is_integer(Since) ->
    case process_info(Tracer, memory) of
        {memory, Memory} when Memory < ?CALM_MEMORY ->
            gap(Engine, 1, 0, 0, Since, erlang:monotonic_time(nanosecond)),
            ok = elixirscope_flags:on(Session, S#s.flags, S#s.survey, emitter(Engine, Pids)),
            S#s{paused = undefined};
        _ ->
            ok = elixirscope_tracer:collect(Tracer),
            S
    end;
relieve(S) ->
    S.

%% Remembers what was done, here and with the guard, before it is done or right after.
took(New, #s{taken = Before, guard = Guard} = S) ->
    Taken = maps:merge(Before, New),
    ok = elixirscope_guard:tell(Guard, Taken),
    S#s{taken = Taken}.

%% Somebody killed the guard. The new one was born with our flags on it, as every new process.
new_guard(#s{taken = #{session := Session, pids := Pids} = Taken} = S) ->
    Guard = elixirscope_guard:start(Taken),
    _ = elixirscope_session:process(Session, Guard, false, [all]),
    {Seen, Excluded, Foreign} = S#s.survey,
    took(#{pids => [Guard | lists:delete(S#s.guard, Pids)]},
         S#s{guard = Guard, guard_monitor = monitor(process, Guard), survey = {Seen, Excluded#{Guard => []}, Foreign}}).

finish(#s{taken = Taken, guard = Guard}, Reason) ->
    take_back(Taken, Reason),
    unregister(?NAME),
    ok = elixirscope_guard:finish(Guard),
    unload(Taken, [self(), Guard]).

%% Undoes everything, the flags first, since they are what costs the program. Each step on its own: one that fails must not
%% keep the others from being done.
-spec take_back(taken(), binary()) -> ok.
take_back(Taken, Reason) ->
    Steps = [
        fun(#{sampler := Sampler}) -> elixirscope_sampler:stop(Sampler) end,
        fun(#{levels := Levels}) -> elixirscope_levels:stop(Levels) end,
        fun(#{loader := Loader}) -> elixirscope_loader:stop(Loader) end,
        fun(#{patterns := Patterns}) -> elixirscope_patterns:off(Patterns) end,
        fun(#{session := Session, tracer := Tracer}) -> elixirscope_flags:off(Session, Tracer) end,
        fun(#{session := Session}) -> elixirscope_session:close(Session) end,
        fun(#{handler := true}) -> elixirscope_log:remove() end,
        fun(#{engine := Engine}) -> elixirscope_engine:goodbye(Engine, Reason) end,
        fun(#{ring_file := File}) when File =/= undefined -> file:delete(File, [raw]) end
    ],
    _ = [catch Step(Taken) || Step <- Steps],
    ok.

%% Takes the modules out once the given processes, and those of the engine, are gone.
-spec unload(taken(), [pid()]) -> ok.
unload(Taken, Pids) ->
    elixirscope_unload:start(lists:usort(Pids ++ maps:get(pids, Taken, []))).
