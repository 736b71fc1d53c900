%% The ends of a body, for tail calls to stay such.
%%
%% Each function here rewrites what may be the last thing that is evaluated. In the end each exit of a body gives either `[Value]`,
%% or a tuple of a number that stands for a tail call and everything that this call needs, evaluated in the same order as ever;
%% the calls themselves are made in clauses that stand after `of`, where a last call is a tail call.
-module(elixirscope_rewrite_exits).

-export([exits/3, value/2]).

%% Accumulator: the number of the next tail call, and the clauses that make those found so far.
-record(e, {
    next = 1 :: pos_integer(),
    tails = [] :: [tuple()],
    %% Whether a call surely comes back (elixirscope_tails), so that it may lose its place.
    comes_back :: fun((tuple(), arity()) -> boolean()),
    %% What comes before a tail call, at its place.
    tail :: fun((erl_anno:anno()) -> tuple())
}).

%% The body with its exits changed, and the clauses that make its tail calls; none: the body has no tail call.
-spec exits([tuple()], fun((tuple(), arity()) -> boolean()), fun((erl_anno:anno()) -> tuple())) -> {[tuple()], [tuple()]}.
exits(Body, ComesBack, Tail) ->
    {Exits, #e{tails = Tails}} = body(Body, #e{comes_back = ComesBack, tail = Tail}),
    {Exits, lists:reverse(Tails)}.

%% What stands for an ordinary value.
-spec value(erl_anno:anno(), tuple()) -> tuple().
value(A, Expression) ->
    {cons, A, Expression, {nil, A}}.

body(Body, Acc0) ->
    {Before, [Last]} = lists:split(length(Body) - 1, Body),
    case Last of
        {maybe_match, A, Pattern, E} ->
            %% That may stand nowhere else than here.
            #e{next = N} = Acc0,
            V = var(erl_anno:set_generated(true, A), "p", N),
            {Before ++ [{maybe_match, A, Pattern, {match, A, V, E}}, value(A, V)], Acc0#e{next = N + 1}};
        _ ->
            {Exit, Acc} = exit_of(Last, Acc0),
            {Before ++ [Exit], Acc}
    end.

exit_of({block, A, Body}, Acc0) ->
    {Exits, Acc} = body(Body, Acc0),
    {{block, A, Exits}, Acc};
exit_of({'case', A, Value, Clauses}, Acc0) ->
    {Exits, Acc} = clauses(Clauses, Acc0),
    {{'case', A, Value, Exits}, Acc};
exit_of({'if', A, Clauses}, Acc0) ->
    {Exits, Acc} = clauses(Clauses, Acc0),
    {{'if', A, Exits}, Acc};
exit_of({'receive', A, Clauses}, Acc0) ->
    {Exits, Acc} = clauses(Clauses, Acc0),
    {{'receive', A, Exits}, Acc};
exit_of({'receive', A, Clauses, Time, After}, Acc0) ->
    {Exits, Acc1} = clauses(Clauses, Acc0),
    {AfterExits, Acc} = body(After, Acc1),
    {{'receive', A, Exits, Time, AfterExits}, Acc};
exit_of({'try', A, Body, Of, Catches, []}, Acc0) ->
    {CatchExits, Acc1} = clauses(Catches, Acc0),
    case Of of
        [] ->
            %% The value of the body is the value of all. It must come out as an end, without anything of it being caught twice.
            {Clause, Acc} = passed_on(A, Acc1),
            {{'try', A, Body, [Clause], CatchExits, []}, Acc};
        _ ->
            {OfExits, Acc} = clauses(Of, Acc1),
            {{'try', A, Body, OfExits, CatchExits, []}, Acc}
    end;
exit_of({'maybe', A, Body}, Acc0) ->
    {Exits, Acc1} = body(Body, Acc0),
    {Clause, Acc} = passed_on(A, Acc1),
    {{'maybe', A, Exits, {'else', A, [Clause]}}, Acc};
exit_of({'maybe', A, Body, {'else', ElseA, Else}}, Acc0) ->
    {Exits, Acc1} = body(Body, Acc0),
    {ElseExits, Acc} = clauses(Else, Acc1),
    {{'maybe', A, Exits, {'else', ElseA, ElseExits}}, Acc};
%% The right side of these is a last call, too.
exit_of({op, A, 'andalso', Left, Right}, Acc0) ->
    {Exit, Acc} = exit_of(Right, Acc0),
    {{'case', A, {op, A, 'andalso', Left, {atom, A, true}},
      [{clause, A, [{atom, A, true}], [], [Exit]}, {clause, A, [{atom, A, false}], [], [value(A, {atom, A, false})]}]}, Acc};
exit_of({op, A, 'orelse', Left, Right}, Acc0) ->
    {Exit, Acc} = exit_of(Right, Acc0),
    {{'case', A, {op, A, 'orelse', Left, {atom, A, false}},
      [{clause, A, [{atom, A, true}], [], [value(A, {atom, A, true})]}, {clause, A, [{atom, A, false}], [], [Exit]}]}, Acc};
exit_of({call, A, Function, Arguments} = Call, #e{comes_back = ComesBack} = Acc) ->
    case ComesBack(Function, length(Arguments)) of
        true -> {value(A, Call), Acc};
        false -> tail(A, Function, Arguments, Acc)
    end;
exit_of(Expression, Acc) ->
    {value(element(2, Expression), Expression), Acc}.

clauses(Clauses, Acc0) ->
    lists:mapfoldl(fun({clause, A, Patterns, Guards, Body}, Acc1) ->
        {Exits, Acc} = body(Body, Acc1),
        {{clause, A, Patterns, Guards, Exits}, Acc}
    end, Acc0, Clauses).

%% A clause that takes any value as the value of all.
passed_on(A, #e{next = N} = Acc) ->
    G = erl_anno:set_generated(true, A),
    V = var(G, "p", N),
    {{clause, G, [V], [], [value(G, V)]}, Acc#e{next = N + 1}}.

%% Everything that the call needs goes into a tuple here; the call itself is made in a clause of its own.
tail(A, Function, Arguments, #e{next = N, tails = Tails, tail = Before} = Acc) ->
    Dynamic = case Function of
        {remote, _, {atom, _, _}, {atom, _, _}} -> [];
        {remote, _, {atom, _, _}, F} -> [F];
        {remote, _, M, {atom, _, _}} -> [M];
        {remote, _, M, F} -> [M, F];
        {atom, _, _} -> [];
        _ -> [Function]
    end,
    G = erl_anno:set_generated(true, A),
    Vars = [var(G, "t", I) || I <- lists:seq(1, length(Dynamic) + length(Arguments))],
    {Heads, Values} = lists:split(length(Dynamic), Vars),
    Called = case {Function, Heads} of
        {{remote, RA, {atom, _, _} = M1, _}, [F1]} -> {remote, RA, M1, F1};
        {{remote, RA, _, {atom, _, _} = F1}, [M1]} -> {remote, RA, M1, F1};
        {{remote, RA, _, _}, [M1, F1]} -> {remote, RA, M1, F1};
        {_, []} -> Function;
        {_, [F1]} -> F1
    end,
    Clause = {clause, G, [{tuple, G, [{integer, G, N} | Vars]}], [], [Before(G), {call, A, Called, Values}]},
    {{tuple, G, [{integer, G, N} | Dynamic ++ Arguments]}, Acc#e{next = N + 1, tails = [Clause | Tails]}}.

%% A name that no source can have.
var(A, Kind, N) ->
    {var, A, list_to_atom(" es " ++ Kind ++ integer_to_list(N))}.
