%% What stands at a place, in a few words: `Enum.map/2`, `+`, `case`, `%{…}`, `user = Repo.get/2`.
-module(elixirscope_rewrite_label).

-export([label/2, is_literal/1, is_field/1, is_for/1]).

-define(MOST, 60).

%% The language in which other modules are written: that of the module around.
-spec label(tuple(), elixir | erlang) -> binary().
label(Expression, Language) ->
    Text = unicode:characters_to_binary(words(Expression, Language)),
    case string:length(Text) > ?MOST of
        true -> unicode:characters_to_binary([string:slice(Text, 0, ?MOST), "…"]);
        false -> Text
    end.

words({match, _, P, E}, L) -> [words(P, L), " = ", words(E, L)];
words({maybe_match, _, P, E}, L) -> [words(P, L), " ?= ", words(E, L)];
words({var, _, Name}, _) ->
    case elixirscope_rewrite_scope:name(Name) of
        {ok, Text} -> Text;
        none -> "_"
    end;
words({call, _, F, Arguments} = Call, L) ->
    case L =:= elixir andalso is_for(Call) of
        true -> "for";
        false -> called(F, Arguments, L)
    end;
words({op, _, Op, _}, _) -> atom_to_list(Op);
words({op, _, Op, _, _}, L) -> operator(Op, L);
words({'case', _, E, [{clause, _, [{map, _, [{_, _, {atom, _, Field}, _}]}], _, _} | _]} = Case, elixir) ->
    case is_field(Case) of
        true -> [words(E, elixir), ".", atom_to_list(Field)];
        false -> "case"
    end;
words({'case', _, _, [{clause, _, [{var, _, V}], [[{op, _, 'orelse', {op, _, '=:=', {var, _, V}, {atom, _, false}}, _}]], [Body]}, {clause, _, [Other], [], _}]}, elixir) ->
    case {Body, Other} of
        {{var, _, V}, {var, _, '_'}} -> "&&";
        {_, {var, _, '_'}} -> "if";
        _ -> "||"
    end;
words({'case', _, _, [{clause, _, [{atom, A, false}], [], _}, {clause, _, [{atom, _, true}], [], _}]}, elixir) ->
    case erl_anno:generated(A) of true -> "if"; false -> "case" end;
words({'case', _, _, [{clause, _, [{atom, _, true}], [], _}, {clause, _, [{atom, _, false}], [], [{'case', _, _, _}]}]}, elixir) -> "cond";
words({'case', _, _, _}, _) -> "case";
words({'if', _, _}, _) -> "if";
words({'receive', _, _}, _) -> "receive";
words({'receive', _, _, _, _}, _) -> "receive";
words({'try', _, _, _, _, _}, _) -> "try";
words({'catch', _, _}, _) -> "catch";
words({'maybe', _, _}, _) -> "maybe";
words({'maybe', _, _, _}, _) -> "maybe";
words({block, _, [Only]}, L) -> words(Only, L);
words({block, _, Body}, L) -> ["…; ", words(lists:last(Body), L)];
words({lc, _, _, _}, erlang) -> "[… || …]";
words({bc, _, _, _}, erlang) -> "<<… || …>>";
words({mc, _, _, _}, erlang) -> "#{… || …}";
words({C, _, _, _}, elixir) when C =:= lc; C =:= bc; C =:= mc -> "for";
words({'fun', _, {function, M, F, A}}, L) -> ["&", called({remote, 0, M, F}, A, L)];
words({'fun', _, {function, F, A}}, _) -> [case is_integer(A) of true -> "fun "; false -> "" end, io_lib:format("~tw/~w", [F, A])];
words({'fun', _, _}, elixir) -> "fn";
words({'fun', _, _}, erlang) -> "fun";
words({named_fun, _, Name, _}, _) -> ["fun ", atom_to_list(Name)];
words({nil, _}, _) -> "[]";
words({tuple, _, []}, _) -> "{}";
words({tuple, _, [{atom, _, Tag} | _]}, L) -> ["{", atom(Tag, L), ", …}"];
words({tuple, _, _}, _) -> "{…}";
words({cons, _, _, _}, _) -> "[…]";
words({map, _, Fields}, elixir) -> ["%", struct(Fields), "{…}"];
words({map, _, _, _}, elixir) -> "%{… | …}";
words({map, _, _}, erlang) -> "#{…}";
words({map, _, E, _}, erlang) -> [words(E, erlang), "#{…}"];
words({record, _, Name, _}, _) -> ["#", atom_to_list(Name), "{…}"];
words({record, _, _, Name, _}, _) -> ["…#", atom_to_list(Name), "{…}"];
words({record_field, _, _, Name, {atom, _, Field}}, _) -> ["#", atom_to_list(Name), ".", atom_to_list(Field)];
words({bin, _, [{bin_element, _, {string, _, Text}, default, _}]}, elixir) -> literal(Text);
words({bin, _, _}, _) -> "<<…>>";
words({string, _, Text}, _) -> literal(Text);
words({atom, _, Atom}, L) -> atom(Atom, L);
words({Kind, _, Value}, _) when Kind =:= integer; Kind =:= float; Kind =:= char -> io_lib:format("~w", [Value]);
words(_, _) -> "…".

%% Elixir's compiler takes text apart into bytes.
literal(Text) ->
    Bytes = try list_to_binary(Text) catch error:badarg -> unicode:characters_to_binary(Text) end,
    case unicode:characters_to_binary(Bytes) of
        Good when is_binary(Good) -> [$", string:slice(Good, 0, 20), case string:length(Good) > 20 of true -> "…\""; false -> $" end];
        _ -> "<<…>>"
    end.

called(F, Arguments, L) when is_list(Arguments) ->
    called(F, {integer, 0, length(Arguments)}, L);
called({remote, _, {atom, _, erlang}, {atom, _, F}}, {integer, _, A}, _) ->
    [name(F), "/", integer_to_list(A)];
called({remote, _, {atom, _, M}, {atom, _, F}}, {integer, _, A}, L) ->
    case {atom_to_list(M), L} of
        {"Elixir." ++ Name, _} -> [Name, ".", name(F), "/", integer_to_list(A)];
        {Name, elixir} -> [":", Name, ".", name(F), "/", integer_to_list(A)];
        {_, erlang} -> io_lib:format("~tw:~tw/~b", [M, F, A])
    end;
called({remote, _, M, F}, {integer, _, A}, elixir) ->
    [part(M, elixir), ".", part(F, elixir), "/", integer_to_list(A)];
called({remote, _, M, F}, {integer, _, A}, erlang) ->
    [part(M, erlang), ":", part(F, erlang), "/", integer_to_list(A)];
called({remote, _, M, F}, _, _) ->
    [part(M, erlang), ":", part(F, erlang)];
called({atom, _, F}, {integer, _, A}, _) ->
    case string:split(atom_to_list(F), " (overridable ") of
        [_, _] -> "super";
        _ -> [name(F), "/", integer_to_list(A)]
    end;
called({var, _, _} = F, _, elixir) -> [words(F, elixir), ".(…)"];
called({var, _, _} = F, _, erlang) -> [words(F, erlang), "(…)"];
called(_, _, _) -> "…(…)".

part({atom, _, Name}, elixir) -> name(Name);
part({atom, _, Name}, erlang) -> io_lib:format("~tw", [Name]);
part({var, _, _} = V, L) -> words(V, L);
part(_, _) -> "…".

name(Atom) -> atom_to_list(Atom).

atom(Atom, erlang) -> io_lib:format("~tw", [Atom]);
atom(Atom, elixir) when Atom =:= nil; Atom =:= true; Atom =:= false -> atom_to_list(Atom);
atom(Atom, elixir) ->
    case atom_to_list(Atom) of
        "Elixir." ++ Name -> Name;
        Name -> [":", Name]
    end.

struct(Fields) ->
    case [M || {_, _, {atom, _, '__struct__'}, {atom, _, M}} <- Fields] of
        [M | _] -> atom(M, elixir);
        [] -> ""
    end.

operator('andalso', elixir) -> "and";
operator('orelse', elixir) -> "or";
operator('=:=', elixir) -> "===";
operator('=/=', elixir) -> "!==";
operator('/=', elixir) -> "!=";
operator('=<', elixir) -> "<=";
operator(Op, _) -> atom_to_list(Op).

%% Whether this is what `map.field` of Elixir becomes.
-spec is_field(tuple()) -> boolean().
is_field({'case', A, _, [{clause, _, [{map, _, [{map_field_exact, _, {atom, _, _}, {var, _, V}}]}], [], [{var, _, V}]} | _]}) ->
    erl_anno:generated(A);
is_field(_) ->
    false.

%% Whether this is what `for` of Elixir becomes: a reduction by a fun whose second argument has no name, and what is made of the result.
-spec is_for(tuple()) -> boolean().
is_for({call, _, {remote, _, {atom, _, 'Elixir.Enum'}, {atom, _, reduce}}, [_, _, {'fun', _, {clauses, [{clause, _, [_, {var, _, Name}], _, _} | _]}}]}) ->
    Name =/= '_' andalso elixirscope_rewrite_scope:name(Name) =:= none;
is_for({call, _, {remote, _, {atom, _, lists}, {atom, _, reverse}}, [Call]}) -> is_for(Call);
is_for({call, _, {remote, _, {atom, _, maps}, {atom, _, from_list}}, [Call]}) -> is_for(Call);
is_for({call, _, {remote, _, {atom, _, erlang}, {atom, _, element}}, [{integer, _, 1}, Call]}) -> is_for(Call);
is_for(_) -> false.

%% Whether an expression is a constant.
-spec is_literal(tuple()) -> boolean().
is_literal({Kind, _, _}) when Kind =:= atom; Kind =:= integer; Kind =:= float; Kind =:= char; Kind =:= string -> true;
is_literal({nil, _}) -> true;
is_literal({op, _, Sign, {Kind, _, _}}) when (Sign =:= '-' orelse Sign =:= '+'), (Kind =:= integer orelse Kind =:= float) -> true;
is_literal({cons, _, Head, Tail}) -> is_literal(Head) andalso is_literal(Tail);
is_literal({tuple, _, Elements}) -> lists:all(fun is_literal/1, Elements);
is_literal({map, _, Fields}) -> lists:all(fun({_, _, Key, Value}) -> is_literal(Key) andalso is_literal(Value) end, Fields);
is_literal({bin, _, Elements}) -> lists:all(fun({bin_element, _, Value, Size, _}) -> is_literal(Value) andalso (Size =:= default orelse is_literal(Size)) end, Elements);
is_literal(_) -> false.
