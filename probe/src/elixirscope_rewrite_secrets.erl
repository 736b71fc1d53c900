%% Keeps what variables with telling names hold inside the node: `password`, `Token`, `_api_key`.
%%
%% Arguments and the values of lines are given to the probe by position, so it cannot see what they are called. Where a variable has one of
%% the words in its name, the probe is given an atom in its place that it writes as a secret (probe/c_src/encode.c). A value that is bound to such
%% a variable at once is not recorded as that of an expression either.
-module(elixirscope_rewrite_secrets).

-export([hide/2, arguments/3]).

-define(IN_PLACE, '$elixirscope_secret').

%% Forms that were rewritten already. Words are lower-case.
-spec hide([tuple()], [binary()]) -> [tuple()].
hide(Forms, []) -> Forms;
hide(Forms, Words) -> [form(Form, Words) || Form <- Forms].

%% What stands for the arguments of a function, given the heads of its clauses: hidden where any of them has a telling name for it.
-spec arguments([tuple()], [[tuple()]], [binary()]) -> [tuple()].
arguments(Values, Heads, Words) ->
    [case lists:any(fun(Patterns) -> is_secret_pattern(lists:nth(N, Patterns), Words) end, Heads) of
        true -> {atom, element(2, Value), ?IN_PLACE};
        false -> Value
    end || {N, Value} <- lists:zip(lists:seq(1, length(Values)), Values)].

is_secret_pattern({var, _, Name}, Words) -> is_secret(Name, Words);
is_secret_pattern({match, _, Left, Right}, Words) -> is_secret_pattern(Left, Words) orelse is_secret_pattern(Right, Words);
is_secret_pattern(_, _) -> false.

form({function, A, F, Arity, Clauses}, Words) -> {function, A, F, Arity, in(Clauses, Words)};
form(Form, _) -> Form.

in({match, A, {var, _, Name} = V, {call, _, {remote, _, {atom, _, elixirscope_nif}, {atom, _, value}}, [_, E]}} = Match, Words) ->
    case is_secret(Name, Words) of
        true -> {match, A, V, in(E, Words)};
        false -> descend(Match, Words)
    end;
in({call, A, {remote, _, {atom, _, elixirscope_nif}, {atom, _, Name}} = Function, [Site | Values]}, Words)
        when Name =:= call; Name =:= call_list; Name =:= line; Name =:= line_list ->
    {call, A, Function, [Site | [given(Value, Words) || Value <- Values]]};
in(Form, Words) ->
    descend(Form, Words).

descend([Head | Tail], Words) -> [in(Head, Words) | in(Tail, Words)];
descend(Form, Words) when is_tuple(Form) -> list_to_tuple(in(tuple_to_list(Form), Words));
descend(Form, _) -> Form.

given({cons, A, Head, Tail}, Words) ->
    {cons, A, given(Head, Words), given(Tail, Words)};
given({var, A, Name} = V, Words) ->
    case is_secret(Name, Words) of
        true -> {atom, A, ?IN_PLACE};
        false -> V
    end;
given(Other, _) ->
    Other.

is_secret(Variable, Words) ->
    Name = string:lowercase(atom_to_binary(Variable)),
    lists:any(fun(Word) -> binary:match(Name, Word) =/= nomatch end, Words).
