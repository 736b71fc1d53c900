%% Puts the calls of elixirscope_nif into the functions of a module, given as abstract code.
%%
%%     f(P1, P2) when G -> Body
%%
%% becomes, where nothing in Body is a tail call and 4096 is the site of f/2,
%%
%%     f(P1 = V1, P2 = V2) when G ->
%%         elixirscope_nif:call(4096, V1, V2),
%%         try Body of V -> elixirscope_nif:return(4096, V)
%%         catch C:R:S -> elixirscope_nif:exception(4096, C, R, S), erlang:raise(C, R, S)
%%         end
%%
%% and at depth `lines` and deeper Body has points in it (elixirscope_rewrite_points). A tail call must stay one, or a loop would grow
%% the stack with each turn. So where Body has some, each of its ends gives either `[Value]`, or what a tail call needs, and the call
%% is made after `of`, where a last call is a tail call (elixirscope_rewrite_exits):
%%
%%         of [V] -> elixirscope_nif:return(4096, V);
%%            {1, V1, V2} -> elixirscope_nif:tail(4096), g(V1, V2)
%%
%% With a gate there are two bodies, and the gate is asked at each entry which one to take:
%%
%%     f(P1 = V1, P2 = V2) when G -> case Gate:'f/2'() of true -> …as above…; _ -> Body end
%%
%% Nothing else of the module changes, not even a name or a line (a function that the compiler would put into others may stand for itself), and an exception is passed on with its original stack. (Were the
%% stack not used but to raise again, the compiler would take a short cut that loses the line of a function_clause.) A stack trace
%% has at most some frames more: of functions that have ended with a call that surely comes back (elixirscope_tails), and now wait
%% for its value.
-module(elixirscope_rewrite).

-export([forms/3, gate_name/2]).

-export_type([site/0, depth/0, spec/0, declared/0]).

-type site() :: 0..16#ffffff.
-type depth() :: off | count | call | values | lines | expressions.
%% secrets: words, in lower case; a variable with one of them in its name keeps its value to itself.
-type spec() :: #{base := site(), depth := fun(({atom(), arity()}) -> depth()), gate := module() | none, exact => boolean(), secrets => [binary()]}.
-type declared() :: #{
    functions := [#{site := site(), name := atom(), arity := arity(), line := non_neg_integer(), depth := depth()}],
    points := [#{site := site(), function := site(), what := line | bound | expression, line := non_neg_integer(),
                 column := non_neg_integer(), label := binary(), names := [{binary(), non_neg_integer()}]}]
}.

%% What is known of the module while its functions are rewritten.
-record(f, {
    gate :: module() | none,
    comes_back :: fun((tuple(), arity()) -> boolean()),
    %% For a body with points.
    points = none :: none | elixirscope_rewrite_points:context(),
    language :: elixir | erlang,
    is_guard :: fun((tuple()) -> boolean()),
    secrets = [] :: [binary()]
}).

%% More arguments than this go as a list.
-define(MOST_ARGUMENTS, 8).
%% Of a function with more clauses all become one.
-define(MOST_CLAUSES, 8).
%% A function that would have more sites is recorded less deep.
-define(MOST_SITES, 1000).

%% The forms with what was put in and what its sites stand for, or why this module must stay as it is. Given are options of the
%% compiler that do not stand in the forms.
-spec forms([tuple()], [term()], spec()) -> {ok, [tuple()], declared()} | {error, binary()}.
forms(Forms, Given, #{base := Base, depth := Depth, gate := Gate} = Spec) ->
    case {reason(Forms), lists:keyfind(module, 3, Forms)} of
        {none, {attribute, _, module, Name}} ->
            Module = case Name of {M, _} -> M; _ -> Name end,
            Secrets = maps:get(secrets, Spec, []),
            State = #f{gate = Gate, comes_back = comes_back(Module, Forms), language = language(Given), is_guard = is_guard(Forms), secrets = Secrets},
            {New, Sites} = lists:mapfoldl(fun
                ({{function, _, F, A, _} = Form, IsForeign}, Acc) ->
                    case depth(F, Depth({F, A}), IsForeign) of
                        off -> {Form, Acc};
                        Deep -> numbered(Form, IsForeign, Deep, State, Acc)
                    end;
                ({Form, _}, Acc) ->
                    {Form, Acc}
            end, elixirscope_rewrite_sites:new(Base), with_files(Forms)),
            {ok, elixirscope_rewrite_secrets:hide(New, Secrets), elixirscope_rewrite_sites:declared(Sites)};
        {none, _} ->
            {error, <<"its source has no -module">>};
        {Reason, _} ->
            {error, Reason}
    end.

%% A function with thousands of points would keep the compiler busy for minutes: it is recorded less deep.
numbered(Form, IsForeign, Depth, State, Sites) ->
    {New, Acc} = elixirscope_rewrite_sites:number(function(Form, IsForeign, with_points(Depth, State)), Depth, Sites),
    case elixirscope_rewrite_sites:given(Acc) - elixirscope_rewrite_sites:given(Sites) > ?MOST_SITES of
        true when Depth =:= expressions -> numbered(Form, IsForeign, lines, State, Sites);
        true when Depth =:= lines -> numbered(Form, IsForeign, values, State, Sites);
        _ -> {New, Acc}
    end.

%% The function of a gate that stands for a function of its module.
-spec gate_name(atom(), arity()) -> atom().
gate_name(F, A) ->
    binary_to_atom(unicode:characters_to_binary(io_lib:format("~ts/~b", [F, A]))).

%% Native functions belong to the code that loaded them: that of another load of the module would be without. And what a module does when it
%% is loaded must not be done once more because of us.
reason(Forms) ->
    case {loads_native(Forms), [Name || {attribute, _, Name, _} <- Forms, Name =:= on_load orelse Name =:= nifs]} of
        {false, []} -> none;
        {false, [on_load]} -> <<"it does something when it is loaded">>;
        _ -> <<"it loads native code">>
    end.

loads_native({call, _, {remote, _, {atom, _, erlang}, {atom, _, load_nif}}, _}) -> true;
loads_native({call, _, {atom, _, load_nif}, [_, _]}) -> true;
loads_native([Head | Tail]) -> loads_native(Head) orelse loads_native(Tail);
loads_native(Form) when is_tuple(Form) -> loads_native(tuple_to_list(Form));
loads_native(_) -> false.

%% Each form, and whether it came out of another file than the module.
with_files(Forms) ->
    Own = case lists:keyfind(file, 3, Forms) of {attribute, _, file, {File, _}} -> File; false -> none end,
    {Marked, _} = lists:mapfoldl(fun
        ({attribute, _, file, {File, _}} = Form, _) -> {{Form, false}, File =/= Own};
        (Form, IsForeign) -> {{Form, IsForeign}, IsForeign}
    end, false, Forms),
    Marked.

depth(F, Depth, IsForeign) ->
    case is_own_business(F) of
        true -> off;
        false when IsForeign, Depth =:= lines orelse Depth =:= expressions -> values;
        false -> Depth
    end.

with_points(Depth, #f{language = Language, is_guard = IsGuard} = State) when Depth =:= lines; Depth =:= expressions ->
    Frame = fun(Clause) -> clause(Clause, State) end,
    State#f{points = elixirscope_rewrite_points:new(#{depth => Depth, language => Language, frame => Frame, is_guard => IsGuard})};
with_points(_, State) ->
    State.

%% Elixir gives the compiler Core Erlang.
language(Given) ->
    case lists:member(from_core, Given) of true -> elixir; false -> erlang end.

is_guard(Forms) ->
    Records = [Form || {attribute, _, record, _} = Form <- Forms],
    Locals = maps:from_list([{{F, A}, []} || {function, _, F, A, _} <- Forms]),
    fun(Filter) -> erl_lint:is_guard_test(Filter, Records, fun(FA) -> is_map_key(FA, Locals) end) end.

%% `__info__`, `__struct__`, macros: what the compiler of Elixir adds, or calls itself. And the tables of parsers and scanners.
is_own_business(F) ->
    case atom_to_list(F) of
        "__" ++ _ -> true;
        "MACRO-" ++ _ -> true;
        "yecc" ++ _ -> true;
        "yystate" -> true;
        "yyaction" ++ _ -> true;
        Name -> lists:member(Name, ["behaviour_info", "module_info", "record_info"])
    end.

%% Whether a call surely comes back, by what the names mean in this module.
comes_back(Own, Forms) ->
    Locals = maps:from_list([{{F, A}, []} || {function, _, F, A, _} <- Forms]),
    Imports = maps:from_list([{FA, From} || {attribute, _, import, {From, FAs}} <- Forms, FA <- FAs]),
    fun
        %% What has been put in itself.
        ({remote, _, {atom, _, elixirscope_nif}, _}, _) ->
            true;
        ({remote, _, {atom, _, M}, {atom, _, F}}, Arity) ->
            elixirscope_tails:returns(M, F, Arity, Own);
        ({atom, _, F}, Arity) ->
            case {Locals, Imports} of
                {#{{F, Arity} := _}, _} -> false;
                {_, #{{F, Arity} := M}} -> elixirscope_tails:returns(M, F, Arity, Own);
                _ -> elixirscope_tails:returns(erlang, F, Arity, Own)
            end;
        (_, _) ->
            false
    end.

function({function, Anno, F, A, Clauses}, IsForeign, State) ->
    New = {function, Anno, F, A, case length(Clauses) > ?MOST_CLAUSES of
        true -> [merged(Anno, Clauses, gate_name(F, A), State)];
        false -> [gated(Clause, gate_name(F, A), State) || Clause <- Clauses]
    end},
    elixirscope_rewrite_sites:frame(case IsForeign of true -> erl_anno:new(0); false -> Anno end, F, A, New).

%% --- a clause ------------------------------------------------------------------------------------------------------------------

gated({clause, _, _, _, Original} = Clause, Name, State) ->
    {clause, Anno, Heads, Guards, Recorded} = clause(pointed(Clause, State), State),
    {clause, Anno, Heads, Guards, gate(erl_anno:set_generated(true, Anno), Name, Recorded, Original, State)}.

gate(_, _, Recorded, _, #f{gate = none}) ->
    Recorded;
gate(A, Name, Recorded, Original, #f{gate = Gate}) ->
    Open = {call, A, {remote, A, {atom, A, Gate}, {atom, A, Name}}, []},
    [{'case', A, Open, [{clause, A, [{atom, A, true}], [], Recorded}, {clause, A, [{var, A, '_'}], [], Original}]}].

pointed({clause, A, Patterns, Guards, Body}, #f{points = Points}) when Points =/= none ->
    {clause, A, Patterns, Guards, elixirscope_rewrite_points:body(Patterns, Body, Points)};
pointed(Clause, _) ->
    Clause.

clause({clause, Anno, Patterns, Guards, Body}, State) ->
    A = erl_anno:set_generated(true, Anno),
    {Heads, Values} = lists:unzip([argument(Pattern, N, A) || {N, Pattern} <- lists:zip(lists:seq(1, length(Patterns)), Patterns)]),
    {clause, Anno, Heads, Guards, [entry(A, Values), body(A, Body, State)]}.

entry(A, Values) ->
    case length(Values) =< ?MOST_ARGUMENTS of
        true -> nif(A, call, [here(A) | Values]);
        false -> nif(A, call_list, [here(A), list(A, Values)])
    end.

%% Many clauses would each get a `try`, and a gate: with hundreds of them the compiler would take minutes. They become one that
%% chooses among the bodies, and fails as the heads of the function would.
merged(Anno, [{clause, _, First, _, _} | _] = Clauses, Name, State) ->
    A = erl_anno:set_generated(true, Anno),
    Values = [var(A, "a", N) || N <- lists:seq(1, length(First))],
    Failed = {call, Anno, {remote, Anno, {atom, Anno, erlang}, {atom, Anno, error}}, [{atom, Anno, function_clause}, list(A, Values)]},
    Choice = fun(Chosen) ->
        [{'case', A, {tuple, A, Values}, [{clause, CA, [{tuple, CA, Patterns}], Guards, Body} || {clause, CA, Patterns, Guards, Body} <- Chosen]
                                         ++ [{clause, A, [{var, A, '_'}], [], [Failed]}]}]
    end,
    Patterns = [Heads || {clause, _, Heads, _, _} <- Clauses],
    Recorded = [entry(A, elixirscope_rewrite_secrets:arguments(Values, Patterns, State#f.secrets)), body(A, Choice([pointed(Clause, State) || Clause <- Clauses]), State)],
    {clause, Anno, Values, [], gate(A, Name, Recorded, Choice(Clauses), State)}.

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

body(A, Body, #f{comes_back = ComesBack}) ->
    {Exits, Tails} = elixirscope_rewrite_exits:exits(Body, ComesBack, fun(G) -> nif(G, tail, [here(G)]) end),
    V = var(A, "v", 0),
    Return = nif(A, return, [here(A), V]),
    Of = case Tails of
        [] -> [{clause, A, [V], [], [Return]}];
        _ -> [{clause, A, [elixirscope_rewrite_exits:value(A, V)], [], [Return]} | Tails]
    end,
    [C, R, S] = [var(A, "x", N) || N <- [1, 2, 3]],
    Raise = {call, A, {remote, A, {atom, A, erlang}, {atom, A, raise}}, [C, R, S]},
    Caught = [{tuple, A, [C, R, S]}],
    {'try', A, case Tails of [] -> Body; _ -> Exits end, Of,
     [{clause, A, Caught, [], [nif(A, exception, [here(A), C, R, S]), Raise]}], []}.

%% --- pieces --------------------------------------------------------------------------------------------------------------------

here(A) ->
    elixirscope_rewrite_sites:here(A).

nif(A, Name, Arguments) ->
    {call, A, {remote, A, {atom, A, elixirscope_nif}, {atom, A, Name}}, Arguments}.

list(A, Values) ->
    lists:foldr(fun(V, Tail) -> {cons, A, V, Tail} end, {nil, A}, Values).

%% A name that no source can have.
var(A, Kind, N) ->
    {var, A, list_to_atom(" es " ++ Kind ++ integer_to_list(N))}.
