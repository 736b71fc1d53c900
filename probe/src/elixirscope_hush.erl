%% Processes whose messages and callbacks cost more than the budget allows, and which therefore are not traced for a while.
%%
%% What they do meanwhile is missing, and a gap says so. That they spawn, end, link and register stays recorded: a recording must know who lives.
%% One that floods again soon is left alone for longer each time.
-module(elixirscope_hush).

-export([new/0, begin_with/3, look/2, finish/2]).

-export_type([hushed/0]).

-define(FIRST_MS, 2000).
-define(MOST_MS, 60000).
%% For so long it is remembered that a process flooded.
-define(MEMORY_MS, 120000).
-define(GAP, 21).
-define(OVER_BUDGET, 7).

%% Since when (ns), until when and how long (ms); `undefined`: it is traced again.
-opaque hushed() :: #{pid() => {integer() | undefined, integer(), pos_integer()}}.
-type context() :: #{engine := elixirscope_engine:engine(), session := elixirscope_session:session(),
                     tracer := elixirscope_session:tracer(), flags := [atom()]}.

-spec new() -> hushed().
new() -> #{}.

%% Takes the flags from processes, given as numbers (docs/formats/wire.md, pid64).
-spec begin_with([non_neg_integer()], context(), hushed()) -> hushed().
begin_with(Numbers, Context, Hushed) ->
    lists:foldl(fun(Number, Map) ->
        case pid(Number) of
            undefined -> Map;
            Pid -> hush(Pid, Context, Map)
        end
    end, Hushed, Numbers).

pid(Number) ->
    Text = io_lib:format("<0.~b.~b>", [Number band 16#fffffff, Number bsr 28]),
    try list_to_pid(lists:flatten(Text)) catch error:badarg -> undefined end.

hush(Pid, #{session := Session} = Context, Hushed) ->
    case {Hushed, is_ours(Pid, Context)} of
        {#{Pid := {Since, _, _}}, _} when Since =/= undefined -> Hushed;
        {_, false} -> Hushed;
        _ ->
            _ = elixirscope_session:process(Session, Pid, false, costly(Context)),
            Wait = case Hushed of #{Pid := {_, _, Before}} -> min(2 * Before, ?MOST_MS); _ -> ?FIRST_MS end,
            Hushed#{Pid => {erlang:monotonic_time(nanosecond), now_ms() + Wait, Wait}}
    end.

costly(#{flags := Flags}) ->
    [Flag || Flag <- Flags, lists:member(Flag, [send, 'receive', call, running, garbage_collection])].

is_ours(Pid, #{session := Session, tracer := Tracer}) ->
    is_process_alive(Pid)
        andalso (elixirscope_session:is_isolated(Session) orelse elixirscope_session:info(Session, Pid, tracer) =:= {tracer, Tracer}).

now_ms() ->
    erlang:monotonic_time(millisecond).

%% Gives the flags back to those whose time is over.
-spec look(context(), hushed()) -> hushed().
look(_, Hushed) when Hushed =:= #{} ->
    Hushed;
look(Context, Hushed) ->
    Now = now_ms(),
    maps:fold(fun
        (Pid, {undefined, Until, _}, Map) when Now > Until + ?MEMORY_MS -> maps:remove(Pid, Map);
        (_, {undefined, _, _}, Map) -> Map;
        (Pid, {Since, Until, Wait}, Map) when Now >= Until ->
            give_back(Pid, Since, Context),
            Map#{Pid => {undefined, Until, Wait}};
        (_, _, Map) -> Map
    end, Hushed, Hushed).

give_back(Pid, Since, #{session := Session} = Context) ->
    %% Its flags of life are still there, unless somebody else has taken it over.
    _ = is_ours(Pid, Context) andalso elixirscope_session:process(Session, Pid, true, costly(Context)),
    gap(Pid, Since, Context).

gap(Pid, Since, #{engine := Engine}) ->
    Fields = [{u32, ?OVER_BUDGET}, {u64, 0} | [{u64, Ns band 16#ffffffffffffffff} || Ns <- [Since, erlang:monotonic_time(nanosecond)]]],
    elixirscope_engine:emit_patiently(Engine, ?GAP, 0, Pid, Fields).

%% Says what is missing of those that are still silent at the end.
-spec finish(context(), hushed()) -> hushed().
finish(Context, Hushed) ->
    maps:fold(fun
        (_, {undefined, _, _}, ok) -> ok;
        (Pid, {Since, _, _}, ok) -> gap(Pid, Since, Context)
    end, ok, Hushed),
    #{}.
