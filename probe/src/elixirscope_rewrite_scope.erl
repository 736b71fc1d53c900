%% Which variables are there, by Erlang's rules.
%%
%% A point may only be given what is surely bound where it stands: neither what only one branch of a `case` binds, nor what a `try`,
%% a fun or a comprehension keeps to itself. Where in doubt the answer is that a variable is not bound. The compiler of Elixir
%% spells a variable `_user@1` here and makes others as it needs them (`_@1`); in Elixir nothing is bound beyond a branch at all.
-module(elixirscope_rewrite_scope).

-export([of_patterns/1, of_expression/1, mentioned/1, captured/2, named/2, visible/1, name/1]).

-export_type([variables/0]).

%% Each variable with the annotation of the place that binds it.
-type variables() :: #{atom() => erl_anno:anno()}.

%% What a match with these patterns binds, if it was not bound before. Not what says how large a field is, or which key is meant.
-spec of_patterns([tuple()]) -> variables().
of_patterns(Patterns) ->
    lists:foldl(fun pattern/2, #{}, Patterns).

pattern({var, _, '_'}, Acc) -> Acc;
pattern({var, A, Name}, Acc) -> add(Name, A, Acc);
pattern({map_field_exact, _, _, Value}, Acc) -> pattern(Value, Acc);
pattern({bin_element, _, Value, _, _}, Acc) -> pattern(Value, Acc);
pattern({record_field, _, _, Value}, Acc) -> pattern(Value, Acc);
pattern({record, _, _, Fields}, Acc) -> lists:foldl(fun pattern/2, Acc, Fields);
pattern({map, _, Fields}, Acc) -> lists:foldl(fun pattern/2, Acc, Fields);
pattern({bin, _, Elements}, Acc) -> lists:foldl(fun pattern/2, Acc, Elements);
pattern({tuple, _, Elements}, Acc) -> lists:foldl(fun pattern/2, Acc, Elements);
pattern({cons, _, Head, Tail}, Acc) -> pattern(Tail, pattern(Head, Acc));
pattern({match, _, Left, Right}, Acc) -> pattern(Right, pattern(Left, Acc));
%% "prefix" ++ Rest
pattern({op, _, '++', _, Right}, Acc) -> pattern(Right, Acc);
pattern(_, Acc) -> Acc.

add(Name, A, Acc) ->
    case Acc of
        #{Name := _} -> Acc;
        _ -> Acc#{Name => A}
    end.

%% What is bound for those that come after when an expression has been evaluated.
-spec of_expression(tuple()) -> variables().
of_expression({match, _, Pattern, E}) -> maps:merge(of_patterns([Pattern]), of_expression(E));
of_expression({maybe_match, _, Pattern, E}) -> maps:merge(of_patterns([Pattern]), of_expression(E));
of_expression({block, _, Body}) -> of_all(Body);
of_expression({'case', _, E, Clauses}) -> maps:merge(of_expression(E), of_clauses(Clauses));
of_expression({'if', _, Clauses}) -> of_clauses(Clauses);
of_expression({'receive', _, Clauses}) -> of_clauses(Clauses);
of_expression({'receive', A, Clauses, _, After}) -> of_clauses([{clause, A, [], [], After} | Clauses]);
of_expression({op, _, Op, Left, _}) when Op =:= 'andalso'; Op =:= 'orelse' -> of_expression(Left);
of_expression({op, _, _, E}) -> of_expression(E);
of_expression({op, _, _, Left, Right}) -> of_all([Left, Right]);
of_expression({call, _, {remote, _, M, F}, Arguments}) -> of_all([M, F | Arguments]);
of_expression({call, _, F, Arguments}) -> of_all([F | Arguments]);
of_expression({tuple, _, Elements}) -> of_all(Elements);
of_expression({cons, _, Head, Tail}) -> of_all([Head, Tail]);
of_expression({map, _, Fields}) -> of_fields(Fields);
of_expression({map, _, E, Fields}) -> maps:merge(of_expression(E), of_fields(Fields));
of_expression({record, _, _, Fields}) -> of_fields(Fields);
of_expression({record, _, E, _, Fields}) -> maps:merge(of_expression(E), of_fields(Fields));
of_expression({record_field, _, E, _, _}) -> of_expression(E);
of_expression(_) -> #{}.

of_all(Expressions) ->
    lists:foldl(fun(E, Acc) -> maps:merge(of_expression(E), Acc) end, #{}, Expressions).

of_fields(Fields) ->
    of_all(lists:append([case Field of {record_field, _, _, Value} -> [Value]; {_, _, Key, Value} -> [Key, Value] end || Field <- Fields])).

%% What all branches bind.
of_clauses([]) ->
    #{};
of_clauses([First | Others]) ->
    Bound = fun({clause, _, Patterns, _, Body}) -> maps:merge(of_patterns(Patterns), of_all(Body)) end,
    Common = lists:foldl(fun(Clause, Acc) -> maps:with(maps:keys(Bound(Clause)), Acc) end, Bound(First), Others),
    maps:filter(fun(Name, _) -> not is_elixir(Name) end, Common).

%% Every variable that occurs, bound or not: what comes later and has the same name is not new.
-spec mentioned(term()) -> variables().
mentioned(Form) ->
    mentioned(Form, #{}).

mentioned({var, A, Name}, Acc) when is_atom(Name) -> Acc#{Name => A};
mentioned([Head | Tail], Acc) -> mentioned(Tail, mentioned(Head, Acc));
mentioned(Form, Acc) when is_tuple(Form) -> mentioned(tuple_to_list(Form), Acc);
mentioned(_, Acc) -> Acc.

%% Those among variables that the body of a fun surely takes from outside.
-spec captured([tuple()], variables()) -> variables().
captured(Body, Outside) ->
    maps:without(maps:keys(own(Body, #{})), maps:with(maps:keys(mentioned(Body)), Outside)).

%% Variables of generators and of heads of funs in it: these may be others than those outside that have their names.
own({Generate, _, Pattern, E}, Acc) when Generate =:= generate; Generate =:= b_generate; Generate =:= m_generate; Generate =:= generate_strict;
                                         Generate =:= b_generate_strict; Generate =:= m_generate_strict ->
    own(E, maps:merge(Acc, mentioned(Pattern)));
own({'fun', _, {clauses, Clauses}}, Acc) -> own_heads(Clauses, Acc);
own({named_fun, _, Name, Clauses}, Acc) -> own_heads(Clauses, Acc#{Name => none});
own([Head | Tail], Acc) -> own(Tail, own(Head, Acc));
own(Form, Acc) when is_tuple(Form) -> own(tuple_to_list(Form), Acc);
own(_, Acc) -> Acc.

own_heads(Clauses, Acc) ->
    lists:foldl(fun({clause, _, Patterns, _, Body}, Heads) -> own(Body, maps:merge(Heads, mentioned(Patterns))) end, Acc, Clauses).

%% All that can be read where these are bound, as the source spells it, with the line that binds it. Of an Elixir variable that was bound
%% again only the last.
-spec visible(variables()) -> [{Name :: binary(), Line :: non_neg_integer()}].
visible(Variables) ->
    Named = [{Name, version(Variable), erl_anno:line(A)} || {Variable, A} <- maps:to_list(Variables), {ok, Name} <- [name(Variable)]],
    Newest = lists:foldl(fun({Name, Version, Line}, Acc) -> Acc#{Name => {Version, Line}} end, #{}, lists:sort(Named)),
    [{Name, Line} || {Name, {_, Line}} <- lists:sort(maps:to_list(Newest))].

%% The number of `_x@7`.
version(Variable) ->
    Text = atom_to_binary(Variable),
    case elixir_name(Text) of
        none -> 0;
        {ok, _} -> binary_to_integer(lists:last(binary:split(Text, <<"@">>, [global])))
    end.

%% Those among variables that have a name in the source and are not among those known before, in the order of the source.
-spec named(variables(), variables()) -> [{atom(), Name :: binary(), Line :: non_neg_integer()}].
named(Variables, Known) ->
    Named = [{erl_anno:line(A), erl_anno:column(A), Variable, Name}
             || {Variable, A} <- maps:to_list(maps:without(maps:keys(Known), Variables)), {ok, Name} <- [name(Variable)]],
    [{Variable, Name, Line} || {Line, _, Variable, Name} <- lists:sort(Named)].

%% A variable as the source spells it, if it is there at all.
-spec name(atom()) -> {ok, binary()} | none.
name(Variable) ->
    Text = atom_to_binary(Variable),
    case elixir_name(Text) of
        {ok, <<"__STACKTRACE__">>} -> none;
        {ok, <<>>} -> none;
        {ok, Name} -> {ok, Name};
        none ->
            case Text of
                <<"_">> -> none;
                <<"_@", _/binary>> -> none;
                <<$_, _/binary>> -> {ok, Text};
                <<" ", _/binary>> -> none;
                %% Parse transforms name their own in small letters.
                <<C, _/binary>> when C >= $a, C =< $z -> none;
                _ -> {ok, Text}
            end
    end.

is_elixir(Variable) ->
    elixir_name(atom_to_binary(Variable)) =/= none.

%% `_NAME@NUMBER`
elixir_name(<<$_, Rest/binary>>) ->
    case binary:split(Rest, <<"@">>, [global]) of
        [_] -> none;
        Parts ->
            Number = lists:last(Parts),
            case Number =/= <<>> andalso << <<C>> || <<C>> <= Number, C >= $0, C =< $9 >> =:= Number of
                true -> {ok, binary:part(Rest, 0, byte_size(Rest) - byte_size(Number) - 1)};
                false -> none
            end
    end;
elixir_name(_) ->
    none.
