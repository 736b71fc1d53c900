%% Puts the calls of elixirscope_nif into the functions of a module, given as abstract code.
%%
%%     f(P1, P2) when G -> Body
%%
%% becomes, where nothing in Body is a tail call,
%%
%%     f(P1 = V1, P2 = V2) when G ->
%%         elixirscope_nif:call({m,f,2}, V1, V2),
%%         try Body of V -> elixirscope_nif:return({m,f,2}, V)
%%         catch C:R:S -> elixirscope_nif:exception({m,f,2}, C, R, S), erlang:raise(C, R, S)
%%         end
%%
%% A tail call must stay one, or a loop would grow the stack with each turn. So where Body has some, each of its ends gives
%% either `[Value]`, or a tuple of a number that stands for the call and everything that the call needs, evaluated in the same
%% order as ever; and the call is made after `of`, where a last call is a tail call:
%%
%%         of [V] -> elixirscope_nif:return({m,f,2}, V);
%%            {1, V1, V2} -> elixirscope_nif:tail({m,f,2}), g(V1, V2)
%%
%% Nothing else of the module changes, not even a name or a line, and an exception is passed on with its original stack. (Were the
%% stack not used but to raise again, the compiler would take a short cut that loses the line of a function_clause.) A stack trace
%% has at most some frames more: of functions that have ended with a call that surely comes back (elixirscope_tails), and now wait
%% for its value.
-module(elixirscope_rewrite).

-export([forms/2]).

-record(f, {
    module :: module(),
    function :: {atom(), arity()},
    %% Functions of the module, and those that it imports: {Name, Arity} => Module.
    locals :: #{{atom(), arity()} => []},
    imports :: #{{atom(), arity()} => module()}
}).

%% More arguments than this go as a list.
-define(MOST_ARGUMENTS, 8).

%% The forms with what was put in, or why this module must stay as it is. Given are options of the compiler that do not stand in the forms.
-spec forms([tuple()], [term()]) -> {ok, [tuple()]} | {error, binary()}.
forms(Forms, Given) ->
    Compile = lists:flatten([Given | [Options || {attribute, _, compile, Options} <- Forms]]),
    case {reason(Forms, Compile), lists:keyfind(module, 3, Forms)} of
        {none, {attribute, _, module, Name}} ->
            Module = case Name of {M, _} -> M; _ -> Name end,
            Locals = maps:from_list([{{F, A}, []} || {function, _, F, A, _} <- Forms]),
            Imports = maps:from_list([{FA, From} || {attribute, _, import, {From, FAs}} <- Forms, FA <- FAs]),
            State = #f{module = Module, function = {'', 0}, locals = Locals, imports = Imports},
            Inlined = lists:flatten([FAs || {inline, FAs} <- Compile]),
            {ok, [form(Form, Inlined, State) || Form <- Forms]};
        {none, _} ->
            {error, <<"its source has no -module">>};
        {Reason, _} ->
            {error, Reason}
    end.

reason(Forms, Compile) ->
    case [Name || {attribute, _, Name, _} <- Forms, Name =:= on_load orelse Name =:= nifs] of
        [_ | _] ->
            <<"it loads native code">>;
        [] ->
            case lists:member(inline, Compile) of
                true -> <<"it asks the compiler to inline whatever it likes">>;
                false -> none
            end
    end.

form({function, Anno, F, A, Clauses} = Form, Inlined, State) ->
    case is_own_business(F) orelse lists:member({F, A}, Inlined) orelse calls_any(Inlined, Clauses) of
        true -> Form;
        false -> {function, Anno, F, A, [clause(Clause, State#f{function = {F, A}}) || Clause <- Clauses]}
    end;
form(Form, _, _) ->
    Form.

%% A function that others are put into is left alone like these: around them the compiler would choose other errors.
calls_any([], _) -> false;
calls_any(Inlined, {call, _, {atom, _, F}, Arguments}) ->
    lists:member({F, length(Arguments)}, Inlined) orelse calls_any(Inlined, Arguments);
calls_any(Inlined, Form) when is_tuple(Form) -> calls_any(Inlined, tuple_to_list(Form));
calls_any(Inlined, [Head | Tail]) -> calls_any(Inlined, Head) orelse calls_any(Inlined, Tail);
calls_any(_, _) -> false.

%% `__info__`, `__struct__`, macros: what the compiler of Elixir adds, or calls itself.
is_own_business(F) ->
    case atom_to_list(F) of
        "__" ++ _ -> true;
        "MACRO-" ++ _ -> true;
        Name -> lists:member(Name, ["behaviour_info", "module_info", "record_info"])
    end.

clause({clause, Anno, Patterns, Guards, Body}, State) ->
    A = erl_anno:set_generated(true, Anno),
    {Heads, Values} = lists:unzip([argument(Pattern, N, A) || {N, Pattern} <- lists:zip(lists:seq(1, length(Patterns)), Patterns)]),
    Call = case length(Values) =< ?MOST_ARGUMENTS of
        true -> nif(A, call, [mfa(A, State) | Values]);
        false -> nif(A, call_list, [mfa(A, State), list(A, Values)])
    end,
    {clause, Anno, Heads, Guards, [Call, body(A, Body, State)]}.

%% The pattern with a name for the whole argument.
argument({var, _, '_'}, N, A) ->
    V = var(A, "a", N),
    {V, V};
argument({var, _, _} = V, _, _) ->
    {V, V};
argument({match, _, {var, _, Name}, _} = Pattern, _, A) when Name =/= '_' ->
    {Pattern, {var, A, Name}};
argument({match, _, _, {var, _, Name}} = Pattern, _, A) when Name =/= '_' ->
    {Pattern, {var, A, Name}};
argument(Pattern, N, A) ->
    V = var(A, "a", N),
    {{match, A, Pattern, V}, V}.

body(A, Body, State) ->
    {Exits, {_, Tails}} = exits(Body, State, {1, []}),
    V = var(A, "v", 0),
    Return = nif(A, return, [mfa(A, State), V]),
    Of = case Tails of
        [] -> [{clause, A, [V], [], [Return]}];
        _ -> [{clause, A, [{cons, A, V, {nil, A}}], [], [Return]} | lists:reverse(Tails)]
    end,
    [C, R, S] = [var(A, "x", N) || N <- [1, 2, 3]],
    Raise = {call, A, {remote, A, {atom, A, erlang}, {atom, A, raise}}, [C, R, S]},
    Caught = [{tuple, A, [C, R, S]}],
    {'try', A, case Tails of [] -> Body; _ -> Exits end, Of,
     [{clause, A, Caught, [], [nif(A, exception, [mfa(A, State), C, R, S]), Raise]}], []}.

%% --- the ends of a body --------------------------------------------------------------------------------------------------------
%% Each function here rewrites what may be the last thing that is evaluated. The accumulator: the number of the next tail call, and
%% the clauses that make those found so far.

exits(Body, State, Acc0) ->
    {Before, [Last]} = lists:split(length(Body) - 1, Body),
    {Exit, Acc} = exit_of(Last, State, Acc0),
    {Before ++ [Exit], Acc}.

exit_of({block, A, Body}, State, Acc0) ->
    {Exits, Acc} = exits(Body, State, Acc0),
    {{block, A, Exits}, Acc};
exit_of({'case', A, Value, Clauses}, State, Acc0) ->
    {Exits, Acc} = clauses(Clauses, State, Acc0),
    {{'case', A, Value, Exits}, Acc};
exit_of({'if', A, Clauses}, State, Acc0) ->
    {Exits, Acc} = clauses(Clauses, State, Acc0),
    {{'if', A, Exits}, Acc};
exit_of({'receive', A, Clauses}, State, Acc0) ->
    {Exits, Acc} = clauses(Clauses, State, Acc0),
    {{'receive', A, Exits}, Acc};
exit_of({'receive', A, Clauses, Time, After}, State, Acc0) ->
    {Exits, Acc1} = clauses(Clauses, State, Acc0),
    {AfterExits, Acc} = exits(After, State, Acc1),
    {{'receive', A, Exits, Time, AfterExits}, Acc};
exit_of({'try', A, Body, Of, Catches, []}, State, Acc0) ->
    {CatchExits, Acc1} = clauses(Catches, State, Acc0),
    case Of of
        [] ->
            %% The value of the body is the value of all. It must come out as an end, without anything of it being caught twice.
            {Clause, Acc} = passed_on(A, Acc1),
            {{'try', A, Body, [Clause], CatchExits, []}, Acc};
        _ ->
            {OfExits, Acc} = clauses(Of, State, Acc1),
            {{'try', A, Body, OfExits, CatchExits, []}, Acc}
    end;
exit_of({'maybe', A, Body}, State, Acc0) ->
    {Exits, Acc1} = exits(Body, State, Acc0),
    {Clause, Acc} = passed_on(A, Acc1),
    {{'maybe', A, Exits, {'else', A, [Clause]}}, Acc};
exit_of({'maybe', A, Body, {'else', ElseA, Else}}, State, Acc0) ->
    {Exits, Acc1} = exits(Body, State, Acc0),
    {ElseExits, Acc} = clauses(Else, State, Acc1),
    {{'maybe', A, Exits, {'else', ElseA, ElseExits}}, Acc};
%% The right side of these is a last call, too.
exit_of({op, A, 'andalso', Left, Right}, State, Acc0) ->
    {Exit, Acc} = exit_of(Right, State, Acc0),
    {{'case', A, {op, A, 'andalso', Left, {atom, A, true}},
      [{clause, A, [{atom, A, true}], [], [Exit]}, {clause, A, [{atom, A, false}], [], [value(A, {atom, A, false})]}]}, Acc};
exit_of({op, A, 'orelse', Left, Right}, State, Acc0) ->
    {Exit, Acc} = exit_of(Right, State, Acc0),
    {{'case', A, {op, A, 'orelse', Left, {atom, A, false}},
      [{clause, A, [{atom, A, true}], [], [value(A, {atom, A, true})]}, {clause, A, [{atom, A, false}], [], [Exit]}]}, Acc};
exit_of({call, A, Function, Arguments} = Call, State, Acc) ->
    case comes_back(Function, length(Arguments), State) of
        true -> {value(A, Call), Acc};
        false -> tail(A, Function, Arguments, State, Acc)
    end;
exit_of(Expression, _, Acc) ->
    {value(element(2, Expression), Expression), Acc}.

clauses(Clauses, State, Acc0) ->
    lists:mapfoldl(fun({clause, A, Patterns, Guards, Body}, Acc1) ->
        {Exits, Acc} = exits(Body, State, Acc1),
        {{clause, A, Patterns, Guards, Exits}, Acc}
    end, Acc0, Clauses).

%% A clause that takes any value as the value of all.
passed_on(A, {N, Tails}) ->
    G = erl_anno:set_generated(true, A),
    V = var(G, "p", N),
    {{clause, G, [V], [], [value(G, V)]}, {N + 1, Tails}}.

value(A, Expression) ->
    {cons, A, Expression, {nil, A}}.

comes_back({remote, _, {atom, _, M}, {atom, _, F}}, Arity, #f{module = Own}) ->
    elixirscope_tails:returns(M, F, Arity, Own);
comes_back({remote, _, _, _}, _, _) ->
    false;
comes_back({atom, _, F}, Arity, #f{module = Own, locals = Locals, imports = Imports}) ->
    case {Locals, Imports} of
        {#{{F, Arity} := _}, _} -> false;
        {_, #{{F, Arity} := M}} -> elixirscope_tails:returns(M, F, Arity, Own);
        _ -> elixirscope_tails:returns(erlang, F, Arity, Own)
    end;
comes_back(_, _, _) ->
    false.

%% Everything that the call needs goes into a tuple here; the call itself is made in a clause of its own.
tail(A, Function, Arguments, State, {N, Tails}) ->
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
    Clause = {clause, G, [{tuple, G, [{integer, G, N} | Vars]}], [], [nif(G, tail, [mfa(G, State)]), {call, A, Called, Values}]},
    {{tuple, G, [{integer, G, N} | Dynamic ++ Arguments]}, {N + 1, [Clause | Tails]}}.

%% --- pieces --------------------------------------------------------------------------------------------------------------------

nif(A, Name, Arguments) ->
    {call, A, {remote, A, {atom, A, elixirscope_nif}, {atom, A, Name}}, Arguments}.

mfa(A, #f{module = M, function = {F, Arity}}) ->
    {tuple, A, [{atom, A, M}, {atom, A, F}, {integer, A, Arity}]}.

list(A, Values) ->
    lists:foldr(fun(V, Tail) -> {cons, A, V, Tail} end, {nil, A}, Values).

%% A name that no source can have.
var(A, Kind, N) ->
    {var, A, list_to_atom(" es " ++ Kind ++ integer_to_list(N))}.
