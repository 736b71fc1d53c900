%% What is recorded less when recording costs too much, and more again when it does not: decisions only, nothing is done here.
%%
%% Each look at the node tells what was called how often, and a price list what that has cost. Recording may use up a share of the
%% program's own time. What it does not use is saved up, half a second's worth at most, so that a short burst is recorded whole. When all is
%% used up, the functions that cost most are recorded less deep, as far as it takes: of what is called that often a single call tells
%% least. When recording has cost little for a while, functions get their depth back step by step; one that had to be lowered again soon
%% after waits twice as long the next time.
-module(elixirscope_budget).

-export([new/2, decide/2, cost/2, lowered/1, forget/2]).

-export_type([budget/0, prices/0, sample/0, site/0, action/0]).

%% Nanoseconds: of a call and its end at each depth, of one passing of a point, of a byte written, of any other record (messages).
-type prices() :: #{count | call | values | point | byte | other := number()}.
%% A function that was called: how deep it shall be recorded, how deep it is, calls, bytes, passings of its points.
-type site() :: {Site :: pos_integer(), Asked :: elixirscope_depths:depth(), Now :: elixirscope_depths:depth(),
                 Calls :: non_neg_integer(), Bytes :: non_neg_integer(), Points :: non_neg_integer()}.
%% What was seen since the last look. cpu: what the whole VM used. waited: whether somebody had to wait until a record found room.
%% busy: records of processes, besides those of functions.
-type sample() :: #{cpu := non_neg_integer(), wall := pos_integer(), waited := boolean(), sites := [site()], other := non_neg_integer(),
                    busy := [{Pid64 :: non_neg_integer(), Records :: pos_integer()}]}.
-type action() :: {depth, Site :: pos_integer(), Before :: elixirscope_depths:depth(), After :: elixirscope_depths:depth(), Why :: binary()}
                | {hush, Pid64 :: non_neg_integer()}.

-record(low, {
    asked :: elixirscope_depths:depth(),
    now :: elixirscope_depths:depth(),
    %% Looks to wait before it is raised, how many are left, and how long ago it was raised last.
    wait :: pos_integer(),
    left :: integer(),
    %% Calls a look, of late.
    calls = 0.0 :: float(),
    raised = infinity :: non_neg_integer() | infinity
}).
-record(budget, {
    share :: float(),
    prices :: prices(),
    saved = 0.0 :: float(),
    low = #{} :: #{pos_integer() => #low{}}
}).

-opaque budget() :: #budget{}.

%% A program that does nothing may still be recorded as if it worked this share of the time.
-define(LEAST_WORK, 0.1).
%% Nanoseconds of full work whose share may be saved up.
-define(SAVED_NS, 500000000).
%% When lowering, down to this part of what is allowed; raised while below the second, up to the third.
-define(AIM, 0.7).
-define(CALM, 0.5).
-define(REFILL, 0.7).
%% Looks before the first raise, and at most.
-define(FIRST_WAIT, 20).
-define(MOST_WAIT, 600).
%% Lowered again within so many looks after a raise: too early.
-define(TOO_SOON, 100).
-define(MOST_RAISES, 100).
-define(MOST_HUSHED, 16).
%% What a function that was not recorded with values may write a call.
-define(BYTES_A_CALL, 150).

%% PerMille: the share.
-spec new(pos_integer(), prices()) -> budget().
new(PerMille, Prices) ->
    #budget{share = PerMille / 1000, prices = Prices}.

%% What has cost this much, in nanoseconds.
-spec cost(site(), prices()) -> float().
cost({_, _, Now, _, _, _} = Site, Prices) ->
    at(Now, Site, Prices).

%% The same at another depth, as far as one can tell.
at(off, _, _) -> 0.0;
at(count, {_, _, _, Calls, _, _}, #{count := Price}) -> float(Calls * Price);
at(call, {_, _, _, Calls, _, _}, #{call := Price}) -> float(Calls * Price);
at(Depth, {_, _, Now, Calls, Bytes, Points}, #{values := Price, byte := Byte, point := Point}) ->
    Written = case elixirscope_depths:number(Now) >= 3 of true -> Bytes; false -> Calls * ?BYTES_A_CALL end,
    Passed = case Depth of
        values -> 0;
        _ when Points > 0 -> Points;
        _ -> Calls * 4
    end,
    float(Calls * Price + Written * Byte + Passed * Point).

%% The functions that are recorded less deep than asked.
-spec lowered(budget()) -> #{pos_integer() => elixirscope_depths:depth()}.
lowered(#budget{low = Low}) ->
    maps:map(fun(_, #low{now = Now}) -> Now end, Low).

%% Another depth was asked for, so what was decided is void.
-spec forget([pos_integer()], budget()) -> budget().
forget(Sites, #budget{low = Low} = Budget) ->
    Budget#budget{low = maps:without(Sites, Low)}.

-spec decide(sample(), budget()) -> {[action()], budget()}.
decide(#{cpu := Cpu, wall := Wall, waited := Waited, sites := Sites, other := Other} = Sample, #budget{prices = Base, share = Share, saved = Saved} = Before) ->
    Prices = case Waited of true -> dearer(Wall - Cpu, Wall, Sites, Other, Base); false -> Base end,
    Costs = [{cost(Site, Prices), Site} || Site <- Sites],
    Records = Other * maps:get(other, Prices),
    Total = lists:sum([Cost || {Cost, _} <- Costs]) + Records,
    Allowed = Share * max(Cpu - Total, ?LEAST_WORK * Wall),
    Left = min(Saved + Allowed - Total, Share * ?SAVED_NS),
    Budget = (older(Sites, Before))#budget{prices = Prices},
    {Actions, After} = case Left < 0 of
        true ->
            Why = percent("over budget: ~b % of the program's time, ~ts % are allowed", Total, max(Cpu - Total, ?LEAST_WORK * Wall), Share),
            lower(Total - ?AIM * Allowed, Total, Allowed, Why, lists:reverse(lists:keysort(1, Costs)), Records, Sample, Budget#budget{saved = 0.0});
        false when Total =< ?CALM * Allowed ->
            raise(?REFILL * Allowed - Total, Sites, Budget#budget{saved = Left});
        false ->
            {[], Budget#budget{saved = Left}}
    end,
    {Actions, After#budget{prices = Base}}.

%% Where the recorder is slower than the program, and this waits for it, a record costs what the program has waited, too: all of the time
%% that it did not work, or at least half.
dearer(Idle, Wall, Sites, Other, #{count := Count, other := Price} = Prices) ->
    Total = lists:sum([cost(Site, Prices) || {_, _, Now, _, _, _} = Site <- Sites, Now =/= count]) + Other * Price,
    Times = 1 + max(Idle, Wall / 2) / max(Total, 1.0),
    (maps:map(fun(_, Each) -> Each * Times end, Prices))#{count := Count}.

percent(Format, Total, Work, Share) ->
    unicode:characters_to_binary(io_lib:format(Format, [round(100 * Total / Work), number(Share * 100)])).

number(N) ->
    case N == round(N) of
        true -> integer_to_list(round(N));
        false -> float_to_list(N, [{decimals, 1}])
    end.

%% That a function was not called just now does not mean that it is over.
-define(FADES, 0.8).

older(Sites, #budget{low = Low} = Budget) when map_size(Low) > 0 ->
    Seen = maps:from_list([{Site, Calls} || {Site, _, _, Calls, _, _} <- Sites, is_map_key(Site, Low)]),
    Budget#budget{low = maps:map(fun(Site, #low{left = Left, raised = Raised, calls = Calls} = Each) ->
        Each#low{left = Left - 1, calls = max(float(maps:get(Site, Seen, 0)), ?FADES * Calls),
                 raised = case Raised of infinity -> infinity; _ -> Raised + 1 end}
    end, Low)};
older(_, Budget) ->
    Budget.

%% --- lowering ------------------------------------------------------------------------------------------------------------------

lower(Excess, Total, Allowed, Why, Costs, Records, Sample, Budget) ->
    %% Messages are hushed in so far as they are what costs; of a process that floods a message tells little.
    {Hushed, Rest} = case Records > ?AIM * Allowed andalso Records > Total / 4 of
        true -> hush(Records - ?AIM * Allowed / 2, Sample, Budget);
        false -> {[], 0}
    end,
    {Actions, After} = functions(Excess - Rest, Allowed, Why, Costs, [], Budget),
    {Hushed ++ Actions, After}.

hush(Excess, #{busy := Busy, other := Other}, #budget{prices = #{other := Price}}) ->
    {Actions, Left} = lists:foldl(fun
        ({Pid, Records}, {Taken, Left}) when Left > 0, Records > Other / 50, length(Taken) < ?MOST_HUSHED ->
            {[{hush, Pid} | Taken], Left - Records * Price};
        (_, Acc) -> Acc
    end, {[], Excess}, Busy),
    {lists:reverse(Actions), Excess - max(Left, 0)}.

functions(Excess, _, _, Costs, Actions, Budget) when Excess =< 0; Costs =:= [] ->
    {lists:reverse(Actions), Budget};
functions(Excess, Allowed, Why, [{Cost, {_, _, Now, _, _, _} = Site} | Costs], Actions, #budget{prices = Prices} = Budget) ->
    Options = [{Depth, at(Depth, Site, Prices)} || Depth <- below(Now)],
    case choose(Cost, Excess, Allowed, Options) of
        none ->
            functions(Excess, Allowed, Why, Costs, Actions, Budget);
        {Depth, Then} ->
            {Action, After} = change(Site, Depth, Why, Budget),
            functions(Excess - (Cost - Then), Allowed, Why, Costs, [Action | Actions], After)
    end.

below(Depth) ->
    [Each || Each <- [lines, values, call, count, off], elixirscope_depths:number(Each) < elixirscope_depths:number(Depth)].

%% The least that is enough; else all but what can be had for little.
choose(_, _, _, []) ->
    none;
choose(Cost, Excess, Allowed, Options) ->
    case [Option || {_, Then} = Option <- Options, Cost - Then >= Excess] of
        [Enough | _] ->
            Enough;
        [] ->
            case [Option || {Depth, Then} = Option <- Options, Depth =:= count, Then =< Allowed / 4] of
                [Count] -> Count;
                [] -> lists:last(Options)
            end
    end.

change({Site, Asked, Now, Calls, _, _}, Depth, Why, #budget{low = Low} = Budget) ->
    New = case Low of
        #{Site := #low{wait = Wait, raised = Raised} = Known} ->
            Next = case Raised < ?TOO_SOON of true -> min(2 * Wait, ?MOST_WAIT); false -> Wait end,
            Known#low{asked = Asked, now = Depth, wait = Next, left = Next, raised = infinity};
        #{} ->
            #low{asked = Asked, now = Depth, wait = ?FIRST_WAIT, left = ?FIRST_WAIT, calls = float(Calls)}
    end,
    {{depth, Site, Now, Depth, Why}, Budget#budget{low = Low#{Site => New}}}.

%% --- raising -------------------------------------------------------------------------------------------------------------------

%% Those first that cost least. What is off is tried one function at a time, since nobody knows how often it is called.
raise(Room, Sites, #budget{low = Low, prices = Prices} = Budget) ->
    Seen = maps:from_list([{element(1, Site), Site} || Site <- Sites]),
    Due = [{Site, Each} || {Site, #low{left = Left, asked = Asked, now = Now} = Each} <- maps:to_list(Low), Left =< 0, Now =/= Asked],
    {Off, On} = lists:partition(fun({_, #low{now = Now}}) -> Now =:= off end, Due),
    Steps = lists:keysort(1, [step(Site, Each, Seen, Prices) || {Site, Each} <- On])
        ++ [{0.0, Site, Each, count} || {_, Site, Each} <- lists:sublist(lists:keysort(1, [{Wait, S, E} || {S, #low{wait = Wait} = E} <- Off]), 1)],
    raise(Steps, Room, 0, [], tidy(Budget)).

step(Site, #low{now = Now, asked = Asked, calls = Calls} = Each, Seen, Prices) ->
    {_, _, _, _, Bytes, Points} = maps:get(Site, Seen, {Site, Asked, Now, 0, 0, 0}),
    Sample = {Site, Asked, Now, round(Calls), Bytes, Points},
    Next = next(Now, Asked),
    {at(Next, Sample, Prices) - at(Now, Sample, Prices), Site, Each, Next}.

next(Now, Asked) ->
    Above = [Each || Each <- [count, call, values, lines, expressions], elixirscope_depths:number(Each) > elixirscope_depths:number(Now)],
    case hd(Above) of
        %% Between counting and values lies little.
        call when Asked =/= call -> values;
        Next -> Next
    end.

raise([{More, Site, #low{asked = Asked, now = Now} = Each, Next} | Steps], Room, Count, Actions, #budget{low = Low} = Budget)
        when More =< Room, Count < ?MOST_RAISES ->
    Action = {depth, Site, Now, Next, <<"there is room in the budget again">>},
    Left = case Next of
        %% Step by step, a second apart.
        Asked -> 0;
        _ -> 10
    end,
    raise(Steps, Room - More, Count + 1, [Action | Actions],
          Budget#budget{low = Low#{Site => Each#low{now = Next, left = Left, raised = 0}}});
raise(_, _, _, Actions, Budget) ->
    {lists:reverse(Actions), Budget}.

%% Forgets those that have had their depth for long.
tidy(#budget{low = Low} = Budget) ->
    Budget#budget{low = maps:filter(fun(_, #low{now = Now, asked = Asked, raised = Raised}) ->
        Now =/= Asked orelse Raised =< 10 * ?TOO_SOON end, Low)}.
