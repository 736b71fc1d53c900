%% The process that knows how deep each function is recorded at this moment, changes it, and says so in the recording.
%%
%% It writes how often functions were called that are only counted: now and then, and before each change. Where there is a budget
%% it looks ten times a second at what was called how often, and does what elixirscope_budget decides. It looks the less often the longer
%% that takes, so that it never costs much itself.
-module(elixirscope_levels).

-export([start/1, begin_with/2, known/1, asked/2, stop/1, is_open/0]).

-export_type([known/0]).

%% A function of rewritten code that is recorded: its site, what it is, how deep, and its points.
-type known() :: {Site :: pos_integer(), mfa(), elixirscope_depths:depth(), Points :: [{pos_integer(), line | bound | expression}]}.

-define(NAME, elixirscope_levels).
-define(LOOK_MS, 100).
-define(COUNT_NS, 1000000000).
%% As long as they are few, counts are written at each look, since a program that halts takes the last ones with it.
-define(FEW, 100).
%% A look may take this part of the time until the next.
-define(PAUSE, 50).
-define(LONGEST_MS, 1000).

-define(COUNT, 28).
-define(PLAN, 29).

-record(f, {
    function :: mfa(),
    asked :: elixirscope_depths:depth(),
    now :: elixirscope_depths:depth(),
    points = [] :: [{pos_integer(), atom()}]
}).
-record(s, {
    per_mille :: pos_integer() | undefined,
    engine :: undefined | elixirscope_engine:engine(),
    server :: pid(),
    budget :: undefined | elixirscope_budget:budget(),
    functions = #{} :: #{pos_integer() => #f{}},
    %% Point => site of its function.
    points = #{} :: #{pos_integer() => pos_integer()},
    %% When counts were written last, and when was looked last: CPU and wall time, records written, and how
    %% often somebody waited for room.
    counted :: integer(),
    many = false :: boolean(),
    seen = {0, 0, 0, 0} :: {integer(), integer(), integer(), integer()}
}).

%% Starts the process; it does nothing before begin_with/2.
-spec start(map()) -> [pid()].
start(Config) ->
    Server = self(),
    PerMille = case Config of #{budget := N} when is_integer(N), N > 0 -> N; _ -> undefined end,
    Pid = spawn(fun() ->
        register(?NAME, self()),
        _ = monitor(process, Server),
        Server ! {?NAME, self()},
        %% Short work, and what takes the program's time must not wait for it.
        _ = process_flag(priority, high),
        loop(#s{per_mille = PerMille, server = Server, counted = now_ns()})
    end),
    receive {?NAME, Pid} -> [Pid] after 5000 -> [] end.

-spec begin_with([pid()], elixirscope_engine:engine()) -> ok.
begin_with([Pid], nif) -> Pid ! {begin_with, nif}, ok;
begin_with(_, _) -> ok.

%% Functions that were given their levels just now, before they are loaded.
-spec known([known()]) -> ok.
known(Functions) ->
    tell({known, Functions}).

%% Another depth is asked for; Why is for a person.
-spec asked([{Site :: pos_integer(), elixirscope_depths:depth()}], binary()) -> ok.
asked(Depths, Why) ->
    tell({asked, Depths, Why}).

tell(Message) ->
    case whereis(?NAME) of
        undefined -> ok;
        Pid -> Pid ! Message, ok
    end.

%% Writes the last counts and ends.
-spec stop([pid()]) -> ok.
stop([Pid]) ->
    Monitor = monitor(process, Pid),
    Pid ! stop,
    receive {'DOWN', Monitor, process, _, _} -> ok after 5000 -> demonitor(Monitor, [flush]), ok end;
stop([]) ->
    ok.

loop(S) ->
    receive
        {begin_with, Engine} ->
            _ = erlang:send_after(?LOOK_MS, self(), look),
            loop(calibrated(S#s{engine = Engine, counted = now_ns()}));
        {known, Functions} ->
            loop(lists:foldl(fun add/2, S, Functions));
        {asked, Depths, Why} ->
            loop(ask(Depths, Why, S));
        look ->
            Before = now_ns(),
            New = try look(S) catch _:_ -> S end,
            Took = (now_ns() - Before) div 1000000,
            _ = erlang:send_after(min(max(?LOOK_MS, ?PAUSE * Took), ?LONGEST_MS), self(), look),
            loop(New);
        stop ->
            _ = S#s.engine =:= undefined orelse (catch counts(S)),
            ok;
        {'DOWN', _, process, _, _} ->
            ok;
        _ ->
            loop(S)
    end.

add({Site, Function, Depth, Points}, #s{functions = Functions, points = Of} = S) ->
    S#s{functions = Functions#{Site => #f{function = Function, asked = Depth, now = Depth, points = Points}},
        points = lists:foldl(fun({Point, _}, Map) -> Map#{Point => Site} end, Of, Points)}.

now_ns() ->
    erlang:monotonic_time(nanosecond).

%% --- changes -------------------------------------------------------------------------------------------------------------------

ask(Depths, Why, #s{functions = Functions, budget = Budget} = S0) ->
    S = counts(S0),
    Known = [{Site, Depth, maps:get(Site, Functions)} || {Site, Depth} <- Depths, is_map_key(Site, Functions)],
    Changes = [{Site, Now, Depth} || {Site, Depth, #f{now = Now}} <- Known, Now =/= Depth],
    After = lists:foldl(fun({Site, Depth, F}, Map) -> Map#{Site => F#f{asked = Depth}} end, Functions, Known),
    apply_changes([{Site, Before, Depth, Why} || {Site, Before, Depth} <- Changes],
                  S#s{functions = After,
                      budget = case Budget of undefined -> undefined; _ -> elixirscope_budget:forget([Site || {Site, _, _} <- Known], Budget) end}).

%% Opens gates before, and closes them after the levels are changed.
apply_changes([], S) ->
    S;
apply_changes(Changes, #s{functions = Functions, engine = Engine} = S) ->
    Gates = [{maps:get(Site, Functions), After =/= off} || {Site, Before, After, _} <- Changes, (Before =:= off) =/= (After =:= off)],
    _ = Gates =/= [] andalso elixirscope_loader:gates([{Function, IsOpen} || {#f{function = Function}, IsOpen} <- Gates]),
    ok = elixirscope_nif:levels(lists:append([levels(Site, After, maps:get(Site, Functions)) || {Site, _, After, _} <- Changes])),
    _ = [elixirscope_engine:emit_patiently(Engine, ?PLAN, 0, undefined,
                                           [{u32, Site}, {u32, elixirscope_depths:number(Before)}, {u32, elixirscope_depths:number(After)}, {term, Why}])
         || {Site, Before, After, Why} <- Changes],
    S#s{functions = lists:foldl(fun({Site, _, After, _}, Map) -> Map#{Site => (maps:get(Site, Map))#f{now = After}} end, Functions, Changes)}.

levels(Site, Depth, #f{points = Points}) ->
    Number = elixirscope_depths:number(Depth),
    [{Site, elixirscope_depths:level(Depth)}
     | [{Point, case What of expression -> at_least(Number, 5); _ -> at_least(Number, 4) end} || {Point, What} <- Points]].

at_least(Number, Least) when Number >= Least -> 3;
at_least(_, _) -> 0.

%% --- counts --------------------------------------------------------------------------------------------------------------------

counts(#s{engine = Engine, counted = From} = S) ->
    To = now_ns(),
    Counted = [Each || {Site, _} = Each <- elixirscope_nif:counted(), is_map_key(Site, S#s.functions)],
    _ = [elixirscope_engine:emit_patiently(Engine, ?COUNT, 0, undefined, [{u32, Site}, {u64, Calls}, {u64, unsigned(From)}, {u64, unsigned(To)}])
         || {Site, Calls} <- Counted],
    S#s{counted = To, many = length(Counted) > ?FEW}.

unsigned(Ns) -> Ns band 16#ffffffffffffffff.

%% --- the budget ----------------------------------------------------------------------------------------------------------------

look(#s{counted = Counted, many = Many} = S) ->
    New = case not Many orelse now_ns() - Counted >= ?COUNT_NS of true -> counts(S); false -> S end,
    budgeted(New).

budgeted(#s{budget = undefined} = S) ->
    S;
budgeted(#s{budget = Budget, functions = Functions, points = Points, seen = {Cpu0, Wall0, Records0, Waits0}} = S) ->
    Hits = elixirscope_nif:hits(),
    {Cpu, Wall, Records, Waits} = Seen = figures(),
    Calls = lists:foldl(fun({Site, Times, Bytes}, Map) -> hit(Site, Times, Bytes, Functions, Points, Map) end, #{}, Hits),
    Sites = [{Site, Asked, Now, N, Bytes, Passed}
             || {Site, {N, Bytes, Passed}} <- maps:to_list(Calls), #f{asked = Asked, now = Now} <- [maps:get(Site, Functions)]],
    Ours = lists:sum([Passed + case Now of off -> 0; count -> 0; _ -> 2 * N end || {_, _, Now, N, _, Passed} <- Sites]),
    Sample = #{cpu => Cpu - Cpu0, wall => max(Wall - Wall0, 1), waited => Waits > Waits0, sites => Sites, other => max(0, Records - Records0 - Ours),
               busy => elixirscope_nif:busy()},
    {Actions, Next} = elixirscope_budget:decide(Sample, Budget),
    _ = case [Pid || {hush, Pid} <- Actions] of [] -> ok; Pids -> S#s.server ! {?NAME, hush, Pids} end,
    %% Exact: what is only counted from now on begins with nothing, and what is counted no more is written.
    Counted = case Actions of [] -> S; _ -> counts(S) end,
    New = apply_changes([{Site, Before, After, Why} || {depth, Site, Before, After, Why} <- Actions, is_map_key(Site, Functions)],
                        Counted#s{budget = Next, seen = Seen}),
    case Actions of
        [] ->
            New;
        _ ->
            %% What happened while this was done was neither before nor after.
            _ = elixirscope_nif:hits(),
            New#s{seen = figures()}
    end.

hit(Site, Times, Bytes, Functions, Points, Map) ->
    case {Functions, Points} of
        {#{Site := _}, _} ->
            {N, B, P} = maps:get(Site, Map, {0, 0, 0}),
            Map#{Site => {N + Times, B + Bytes, P}};
        {_, #{Site := Of}} ->
            {N, B, P} = maps:get(Of, Map, {0, 0, 0}),
            Map#{Of => {N, B + Bytes, P + Times}};
        _ ->
            Map
    end.

figures() ->
    {Runtime, _} = erlang:statistics(runtime),
    Stats = elixirscope_nif:stats(),
    {Runtime * 1000000, now_ns(), maps:get(records, Stats, 0), maps:get(waits, Stats, 0)}.

%% --- prices --------------------------------------------------------------------------------------------------------------------

-define(TIMES, 100).
-define(ROUNDS, 5).
%% What the VM's tracing of a message costs, in records from rewritten code; and a byte on its way out, in nanoseconds.
-define(OTHER, 10).
%% Where other code runs between two calls, the processor has to fetch things again.
-define(IN_THE_WILD, 1.5).
-define(BYTE_NS, 0.3).

%% Measured here and now, in this process, which nobody shows. A point that is passed costs half of a call and its return.
calibrated(#s{per_mille = undefined} = S) ->
    S;
calibrated(#s{per_mille = PerMille} = S) ->
    [Base | _] = elixirscope_sites:bases(<<"elixirscope_levels">>),
    Site = case elixirscope_sites:take(Base, 1) of true -> Base; false -> 1 end,
    Price = fun(Level, Work) ->
        ok = elixirscope_nif:levels([{Site, Level}]),
        lists:min([begin
            Before = now_ns(),
            ok = repeat(?TIMES, Work),
            (now_ns() - Before) / ?TIMES
        end || _ <- lists:seq(1, ?ROUNDS)])
    end,
    Empty = Price(0, fun() -> plain(1, 2) end),
    Recorded = fun() -> recorded(Site, 1, 2) end,
    [Counted, Called, Values] = [?IN_THE_WILD * max(Price(Level, Recorded) - Empty, 1.0) || Level <- [1, 2, 3]],
    ok = elixirscope_nif:levels([{Site, 0}]),
    Prices = #{count => Counted, call => Called, values => Values, point => Values / 2, byte => ?BYTE_NS, other => ?OTHER * Values / 2},
    _ = elixirscope_nif:hits(),
    _ = elixirscope_nif:counted(),
    S#s{budget = elixirscope_budget:new(PerMille, Prices), seen = figures()}.

%% A function, and what it looks like rewritten.
plain(A, B) ->
    work(A, B).

recorded(Site, A, B) ->
    case ?MODULE:is_open() of
        true ->
            _ = elixirscope_nif:call(Site, A, B),
            try work(A, B) of
                Value -> elixirscope_nif:return(Site, Value)
            catch
                Class:Reason:Stack ->
                    _ = elixirscope_nif:exception(Site, Class, Reason, Stack),
                    erlang:raise(Class, Reason, Stack)
            end;
        _ ->
            work(A, B)
    end.

work(A, B) ->
    erlang:max(A, B).

%% A gate.
-spec is_open() -> boolean().
is_open() -> true.

repeat(0, _) -> ok;
repeat(N, Work) -> _ = Work(), repeat(N - 1, Work).
