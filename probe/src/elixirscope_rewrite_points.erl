%% Puts points into the body of a function: where execution arrives at a line, what was bound by then, what an expression gave.
%%
%%     {ok, X} = g(A),                     elixirscope_nif:line(5, A), {ok, X} = elixirscope_nif:value(6, g(A)),
%%     h(X + 1)                            elixirscope_nif:line(7, X), h(elixirscope_nif:value(8, X + 1))
%%
%% A point before each expression of each body takes the variables that were bound since the one before it, in its frame and scope:
%% so one event says both. Where the last expression of a body binds something, a point after it takes that. At depth `expressions`
%% the values of calls, operators, branches and constructors are seen too, but for calls that stand last, which stay tail calls.
%% Patterns and guards stay as they are, and so do filters of comprehensions that are guards: these take an error for a no.
%%
%% A fun is a frame of its own, and so gets what a function gets.
%%
%% Points stand where the user wrote something: not at code that a macro or the compiler has marked `generated`, nor in functions that
%% came out of another file.
-module(elixirscope_rewrite_points).

-export([new/1, body/3]).

-export_type([context/0, frame/0]).

%% Makes the recorded form of a fun's clause, given that its body has points already.
-type frame() :: fun((Clause :: tuple()) -> tuple()).

-record(c, {
    depth :: lines | expressions,
    language :: elixir | erlang,
    frame :: frame(),
    %% Whether a filter of a comprehension is a guard.
    is_guard :: fun((tuple()) -> boolean()),
    %% Variables that were mentioned before.
    known = #{} :: elixirscope_rewrite_scope:variables(),
    %% Variables that are surely bound.
    scope = #{} :: elixirscope_rewrite_scope:variables(),
    %% Where the last point stands.
    line = 0 :: non_neg_integer()
}).

-opaque context() :: #c{}.

-define(MOST_VALUES, 8).

-spec new(#{depth := lines | expressions, language := elixir | erlang, frame := frame(), is_guard := fun((tuple()) -> boolean())}) -> context().
new(#{depth := Depth, language := Language, frame := Frame, is_guard := IsGuard}) ->
    #c{depth = Depth, language = Language, frame = Frame, is_guard = IsGuard}.

%% The body of a clause with its points. Its patterns bind all that is in them.
-spec body([tuple()], [tuple()], context()) -> [tuple()].
body(Patterns, Body, C) ->
    body(Body, true, elixirscope_rewrite_scope:of_patterns(Patterns), C).

%% --- bodies --------------------------------------------------------------------------------------------------------------------
%% Last: whether the value of the body is the value of the frame, so that a call at its end is a tail call. New: what has been bound
%% and no point has taken yet.

body(Body, Last, New, C) ->
    statements(Body, Last, elixirscope_rewrite_scope:named(New, C#c.known), true, with(New, C)).

%% A variable that stands in a pattern and is bound already is not bound there.
with(New, #c{known = Known, scope = Scope} = C) ->
    C#c{known = maps:merge(Known, New), scope = maps:merge(New, Scope)}.

statements([E | Rest], Last, Names, Needed, C) ->
    IsLast = Last andalso Rest =:= [],
    Place = place(E),
    Stands = Place =/= none andalso (Needed orelse Names =/= [] orelse element(1, Place) =/= C#c.line),
    {Before, Left} = case Stands of
        true -> {[point(line, E, Place, Names, C)], []};
        false when Rest =:= [], Names =/= [] -> {[point(bound, E, {element(3, lists:last(Names)), 0}, Names, C)], []};
        false -> {[], Names}
    end,
    Here = case Stands of true -> C#c{line = element(1, Place)}; false -> C end,
    Marked = expression(E, IsLast, Here),
    Binds = elixirscope_rewrite_scope:of_expression(E),
    Bound = elixirscope_rewrite_scope:named(Binds, C#c.known),
    Scope = maps:merge(Binds, C#c.scope),
    case Rest of
        [] ->
            Before ++ [bound(E, Marked, IsLast, Place, Bound, C#c{scope = Scope})];
        _ ->
            Known = maps:merge(C#c.known, elixirscope_rewrite_scope:mentioned(E)),
            Before ++ [Marked | statements(Rest, Last, Left ++ Bound, Needed, Here#c{known = Known, scope = Scope})]
    end.

%% What the last expression has bound is seen after it.
bound(_, Marked, _, none, _, _) -> Marked;
bound(_, Marked, _, _, [], _) -> Marked;
bound(E, Marked, IsLast, Place, Names, C) ->
    case ends_itself(E) orelse IsLast andalso element(1, E) =:= call of
        true -> Marked;
        false -> elixirscope_rewrite_sites:keep(made(element(2, E)), Marked, point(bound, E, Place, Names, C))
    end.

%% Its parts are bodies that see to what they bind; and what must stand where it stands.
ends_itself(E) ->
    lists:member(element(1, E), [block, 'case', 'if', 'receive', 'try', 'maybe', 'catch', maybe_match]).

clauses(Clauses, Last, New, C) ->
    [{clause, A, Patterns, Guards, body(Body, Last, maps:merge(New, elixirscope_rewrite_scope:of_patterns(Patterns)), C)}
     || {clause, A, Patterns, Guards, Body} <- Clauses].

%% Where a stack trace is used for nothing but to raise again, the compiler takes a short cut, by which a function_clause loses its line.
%% So it must stay, and the variable be none of ours.
catches(Clauses, Last, C) ->
    lists:append([case Pattern of
        {tuple, _, [_, _, {var, A, Stack}]} ->
            case is_used(Stack, Body) of
                true -> clauses([Clause], Last, #{}, C);
                false -> clauses([Clause], Last, #{}, C#c{known = (C#c.known)#{Stack => A}})
            end;
        _ ->
            clauses([Clause], Last, #{}, C)
    end || {clause, _, [Pattern], _, Body} = Clause <- Clauses]).

is_used(Stack, {call, _, {remote, _, {atom, _, erlang}, {atom, _, raise}}, [Class, Reason, {var, _, Stack}]}) -> is_used(Stack, [Class, Reason]);
is_used(Stack, {var, _, Stack}) -> true;
is_used(Stack, [Head | Tail]) -> is_used(Stack, Head) orelse is_used(Stack, Tail);
is_used(Stack, Form) when is_tuple(Form) -> is_used(Stack, tuple_to_list(Form));
is_used(_, _) -> false.

%% In what a compiler has made, a body on the line that was reached already is nothing new unless something is bound.
inner(Clauses, A, Last, New, C) ->
    lists:append([case erl_anno:generated(A) orelse erl_anno:generated(CA) of
        true -> [{clause, CA, Patterns, Guards, quiet(Body, Last, maps:merge(New, elixirscope_rewrite_scope:of_patterns(Patterns)), C)}];
        false -> clauses([Clause], Last, New, C)
    end || {clause, CA, Patterns, Guards, Body} = Clause <- Clauses]).

quiet(Body, Last, New, C) ->
    statements(Body, Last, elixirscope_rewrite_scope:named(New, C#c.known), false, with(New, C)).

%% --- expressions ---------------------------------------------------------------------------------------------------------------

%% Last: its value is the value of the frame.
expression({match, A, P, E}, _, C) ->
    {match, A, P, expression(E, false, C)};
expression({maybe_match, A, P, E}, _, C) ->
    {maybe_match, A, P, expression(E, false, C)};
expression({block, A, Body}, Last, C) ->
    {block, A, quiet(Body, Last, #{}, C)};
expression({'case', A, E, Clauses} = Whole, Last, C) ->
    Bound = elixirscope_rewrite_scope:of_expression(E),
    Known = C#c{known = maps:merge(C#c.known, maps:without(maps:keys(Bound), elixirscope_rewrite_scope:mentioned(E)))},
    case elixirscope_rewrite_label:is_field(Whole) of
        true -> field(Whole, {'case', A, expression(E, false, C), Clauses}, place(E), Last, C);
        false -> branch(Whole, {'case', A, expression(E, false, C), inner(Clauses, A, Last, Bound, Known)}, Last, C)
    end;
expression({'if', A, Clauses} = Whole, Last, C) ->
    branch(Whole, {'if', A, clauses(Clauses, Last, #{}, C)}, Last, C);
expression({'receive', A, Clauses} = Whole, Last, C) ->
    branch(Whole, {'receive', A, clauses(Clauses, Last, #{}, C)}, Last, C);
expression({'receive', A, Clauses, Time, After} = Whole, Last, C) ->
    branch(Whole, {'receive', A, clauses(Clauses, Last, #{}, C), expression(Time, false, C), body(After, Last, #{}, C)}, Last, C);
expression({'try', A, Body, Of, Catches, After} = Whole, Last, C) ->
    IsEnd = Last andalso After =:= [],
    Seen = C#c{known = maps:merge(C#c.known, elixirscope_rewrite_scope:mentioned(Body))},
    branch(Whole, {'try', A, body(Body, false, #{}, C), clauses(Of, IsEnd, #{}, Seen), catches(Catches, IsEnd, C),
                   case After of [] -> []; _ -> body(After, false, #{}, C) end}, Last, C);
expression({'maybe', A, Body} = Whole, Last, C) ->
    branch(Whole, {'maybe', A, body(Body, Last, #{}, C)}, Last, C);
expression({'maybe', A, Body, {'else', ElseA, Else}} = Whole, Last, C) ->
    branch(Whole, {'maybe', A, body(Body, Last, #{}, C), {'else', ElseA, clauses(Else, Last, #{}, C)}}, Last, C);
expression({'catch', A, E} = Whole, _, C) ->
    seen(Whole, {'catch', A, expression(E, false, C)}, C);
expression({op, A, Op, Left, Right} = Whole, Last, C) when Op =:= 'andalso'; Op =:= 'orelse' ->
    branch(Whole, {op, A, Op, expression(Left, false, C), expression(Right, Last, C)}, Last, C);
expression({op, A, Op, E} = Whole, _, C) ->
    seen(Whole, {op, A, Op, expression(E, false, C)}, C);
expression({op, A, Op, Left, Right} = Whole, _, C) ->
    seen(Whole, {op, A, Op, expression(Left, false, C), expression(Right, false, C)}, C);
expression({call, A, F, Arguments} = Whole, Last, C) ->
    Marked = {call, A, called(F, C), arguments(Whole, Arguments, C)},
    case Last orelse never_returns(F) of
        true -> Marked;
        false -> seen(Whole, Marked, C)
    end;
expression({tuple, A, Elements} = Whole, _, C) ->
    constructed(Whole, fun() -> {tuple, A, expressions(Elements, C)} end, C);
expression({cons, _, _, _} = Whole, _, C) ->
    constructed(Whole, fun() -> cons(Whole, C) end, C);
expression({map, A, Fields} = Whole, _, C) ->
    constructed(Whole, fun() -> {map, A, fields(Fields, C)} end, C);
expression({map, A, E, Fields} = Whole, _, C) ->
    seen(Whole, {map, A, expression(E, false, C), fields(Fields, C)}, C);
expression({record, A, Name, Fields} = Whole, _, C) ->
    seen(Whole, {record, A, Name, fields(Fields, C)}, C);
expression({record, A, E, Name, Fields} = Whole, _, C) ->
    seen(Whole, {record, A, expression(E, false, C), Name, fields(Fields, C)}, C);
expression({record_field, A, E, Name, Field} = Whole, _, C) ->
    seen(Whole, {record_field, A, expression(E, false, C), Name, Field}, C);
expression({bin, A, Elements} = Whole, _, C) ->
    constructed(Whole, fun() -> {bin, A, elements(Elements, C)} end, C);
expression({lc, A, E, Qualifiers} = Whole, _, C) ->
    {Marked, Inner} = qualifiers(Qualifiers, E, C),
    seen(Whole, {lc, A, expression(E, false, Inner), Marked}, C);
expression({bc, A, {bin, BA, Elements} = E, Qualifiers} = Whole, _, C) ->
    %% What stands left of `||` must be a binary that is put together there.
    {Marked, Inner} = qualifiers(Qualifiers, E, C),
    seen(Whole, {bc, A, {bin, BA, elements(Elements, Inner)}, Marked}, C);
expression({mc, A, {map_field_assoc, FA, Key, Value} = E, Qualifiers} = Whole, _, C) ->
    {Marked, Inner} = qualifiers(Qualifiers, E, C),
    seen(Whole, {mc, A, {map_field_assoc, FA, expression(Key, false, Inner), expression(Value, false, Inner)}, Marked}, C);
expression({'fun', A, {clauses, Clauses}} = Fun, _, C) ->
    framed(Fun, A, Clauses, fun(New) -> {'fun', A, {clauses, New}} end, C);
expression({named_fun, A, Name, Clauses} = Fun, _, #c{known = Known} = C) ->
    framed(Fun, A, Clauses, fun(New) -> {named_fun, A, Name, New} end, C#c{known = Known#{Name => A}});
expression(E, _, _) ->
    E.

expressions(Expressions, C) ->
    [expression(E, false, C) || E <- Expressions].

%% `map.field` of Elixir: what happens when there is none is the compiler's.
field(Whole, Marked, {_, _} = Place, false, #c{depth = expressions} = C) ->
    nif(made(element(2, Whole)), value, [site(expression, Whole, Place, [], C), Marked]);
field(_, Marked, _, _, _) ->
    Marked.

%% Calls around a call that `for` of Elixir has become say nothing more.
arguments(Call, Arguments, #c{language = elixir} = C) ->
    case elixirscope_rewrite_label:is_for(Call) of
        true ->
            [case elixirscope_rewrite_label:is_for(Argument) of
                true -> {call, A, F, Inner} = Argument, {call, A, F, arguments(Argument, Inner, C)};
                false -> expression(Argument, false, C)
             end || Argument <- Arguments];
        false ->
            expressions(Arguments, C)
    end;
arguments(_, Arguments, C) ->
    expressions(Arguments, C).

%% The value of a branch that ends the frame is seen as the frame's.
branch(_, Marked, true, _) -> Marked;
branch(Whole, Marked, false, C) -> seen(Whole, Marked, C).

called({remote, A, M, F}, C) -> {remote, A, expression(M, false, C), expression(F, false, C)};
called(F, C) -> expression(F, false, C).

never_returns({remote, _, {atom, _, erlang}, {atom, _, F}}) -> lists:member(F, [error, exit, throw, raise, nif_error, halt]);
never_returns({atom, _, F}) -> lists:member(F, [error, exit, throw, halt]);
never_returns(_) -> false.

constructed(Whole, Marked, C) ->
    case elixirscope_rewrite_label:is_literal(Whole) of
        true -> Whole;
        false -> seen(Whole, Marked(), C)
    end.

%% A list is seen once, not again for each of its tails.
cons({cons, A, Head, Tail}, C) -> {cons, A, expression(Head, false, C), cons(Tail, C)};
cons(E, C) -> expression(E, false, C).

fields(Fields, C) ->
    [case Field of
        {record_field, A, Name, Value} -> {record_field, A, Name, expression(Value, false, C)};
        {Kind, A, Key, Value} -> {Kind, A, expression(Key, false, C), expression(Value, false, C)}
     end || Field <- Fields].

elements(Elements, C) ->
    [case Element of
        {bin_element, _, {string, _, _}, _, _} -> Element;
        {bin_element, A, Value, Size, Types} -> {bin_element, A, expression(Value, false, C), Size, Types}
     end || Element <- Elements].

seen(Whole, Marked, #c{depth = expressions} = C) ->
    A = element(2, Whole),
    case is_written(A) of
        true -> nif(made(A), value, [site(expression, Whole, {erl_anno:line(A), column(A)}, [], C), Marked]);
        false -> Marked
    end;
seen(_, Marked, _) ->
    Marked.

%% --- comprehensions ------------------------------------------------------------------------------------------------------------

%% A point stands after the last qualifier, as a filter that lets everything pass: there all is bound.
qualifiers(Qualifiers, E, C0) ->
    {Marked, {New, C}} = lists:mapfoldl(fun qualifier/2, {#{}, C0}, Qualifiers),
    Names = elixirscope_rewrite_scope:named(New, C0#c.known),
    Inner = C#c{scope = maps:merge(C#c.scope, New)},
    case place(E) of
        none ->
            {Marked, Inner};
        {Line, _} = Place ->
            A = made(element(2, E)),
            {Marked ++ [{block, A, [point(line, E, Place, Names, Inner), {atom, A, true}]}], Inner#c{line = Line}}
    end.

%% What a generator binds is new, whatever its name.
qualifier({zip, A, Generators}, Acc0) ->
    {Marked, Acc} = lists:mapfoldl(fun qualifier/2, Acc0, Generators),
    {{zip, A, Marked}, Acc};
qualifier({Generate, A, Pattern, E}, {New, C}) when Generate =:= generate; Generate =:= b_generate; Generate =:= m_generate;
                                                    Generate =:= generate_strict; Generate =:= b_generate_strict;
                                                    Generate =:= m_generate_strict ->
    Bound = elixirscope_rewrite_scope:of_patterns(case Pattern of {map_field_exact, _, Key, Value} -> [Key, Value]; _ -> [Pattern] end),
    {{Generate, A, Pattern, expression(E, false, C)}, {maps:merge(New, Bound), C}};
qualifier(Filter, {New, C}) ->
    case (C#c.is_guard)(Filter) of
        true -> {Filter, {New, C}};
        false -> {expression(Filter, false, C), {maps:merge(New, elixirscope_rewrite_scope:of_expression(Filter)), C}}
    end.

%% --- funs ----------------------------------------------------------------------------------------------------------------------

%% One that the compiler has made is no frame for a reader: what is in it happens where it stands.
framed(_, A, Clauses, Make, C) ->
    case is_written(A) of
        true ->
            Marked = [(C#c.frame)({clause, CA, Patterns, Guards, fun_body(Patterns, Body, C)}) || {clause, CA, Patterns, Guards, Body} <- Clauses],
            [{clause, _, Patterns1, _, _} | _] = Clauses,
            elixirscope_rewrite_sites:frame(A, kind(Patterns1, C) ++ "-" ++ integer_to_list(erl_anno:line(A)), length(Patterns1), Make(Marked));
        false ->
            Make([{clause, CA, Patterns, Guards, fun_body(Patterns, Body, C)} || {clause, CA, Patterns, Guards, Body} <- Clauses])
    end.

%% A variable of a head is new, though one outside may have its name. What it has of the outside is bound when its frame begins; only what it
%% mentions anyway, so that it holds no more than before.
fun_body(Patterns, Body, #c{known = Known, scope = Scope} = C) ->
    New = elixirscope_rewrite_scope:of_patterns(Patterns),
    Has = elixirscope_rewrite_scope:captured(Body, maps:without(maps:keys(New), Scope)),
    body(Body, true, maps:merge(Has, New), C#c{known = maps:without(maps:keys(New) ++ maps:keys(Has), Known), scope = #{}, line = 0}).

%% `for x <- list, do: …` becomes a fun of x and of what has been gathered, which has no name.
kind([_, {var, _, Gathered}], #c{language = elixir}) ->
    case Gathered =/= '_' andalso elixirscope_rewrite_scope:name(Gathered) of
        none -> "for";
        _ -> "fn"
    end;
kind(_, _) ->
    "fn".

%% --- points --------------------------------------------------------------------------------------------------------------------

point(What, E, Place, Names, C) ->
    A = made(element(2, E)),
    Values = [{var, A, Variable} || {Variable, _, _} <- Names],
    Site = site(What, E, Place, [{Name, Line} || {_, Name, Line} <- Names], C),
    case length(Values) =< ?MOST_VALUES of
        true -> nif(A, line, [Site | Values]);
        false -> nif(A, line_list, [Site, lists:foldr(fun(V, Tail) -> {cons, A, V, Tail} end, {nil, A}, Values)])
    end.

site(What, E, {Line, Column}, Names, #c{language = Language, scope = Scope}) ->
    elixirscope_rewrite_sites:point(made(element(2, E)), #{what => What, line => Line, column => Column,
                                                            label => elixirscope_rewrite_label:label(E, Language), names => Names,
                                                            scope => elixirscope_rewrite_scope:visible(Scope)}).

%% Where an expression begins: the first place of what the user wrote in it, branches and funs left out.
place(E) ->
    places(E, none).

places({Branches, A, Clauses}, Acc) when Branches =:= 'if'; Branches =:= 'receive'; Branches =:= 'maybe' ->
    case Clauses of
        [{clause, _, _, _, _} | _] -> earlier(A, Acc);
        [First | _] -> places(First, earlier(A, Acc))
    end;
places({'receive', A, _, _, _}, Acc) -> earlier(A, Acc);
places({'try', A, [First | _], _, _, _}, Acc) -> places(First, earlier(A, Acc));
places({'maybe', A, [First | _], _}, Acc) -> places(First, earlier(A, Acc));
places({'case', A, E, _}, Acc) -> places(E, earlier(A, Acc));
places({'fun', A, {clauses, _}}, Acc) -> earlier(A, Acc);
places({named_fun, A, _, _}, Acc) -> earlier(A, Acc);
places({block, A, [First | _]}, Acc) -> places(First, earlier(A, Acc));
places({bin_element, _, Value, _, _}, Acc) -> places(Value, Acc);
places({_, A}, Acc) -> earlier(A, Acc);
places({var, A, Name}, Acc) ->
    case elixirscope_rewrite_scope:name(Name) of none -> Acc; _ -> earlier(A, Acc) end;
places({Kind, A, _}, Acc) when Kind =:= atom; Kind =:= integer; Kind =:= float; Kind =:= char; Kind =:= string ->
    earlier(A, Acc);
places(E, Acc) when is_tuple(E), tuple_size(E) >= 2, is_atom(element(1, E)) ->
    [_, A | Parts] = tuple_to_list(E),
    lists:foldl(fun parts/2, earlier(A, Acc), Parts);
places(_, Acc) ->
    Acc.

parts(Parts, Acc) when is_list(Parts) -> lists:foldl(fun parts/2, Acc, Parts);
parts(Part, Acc) -> places(Part, Acc).

earlier(A, Acc) ->
    case is_anno(A) andalso is_written(A) of
        true when Acc =:= none -> {erl_anno:line(A), column(A)};
        true -> min(Acc, {erl_anno:line(A), column(A)});
        false -> Acc
    end.

is_anno(A) ->
    is_integer(A) orelse is_list(A) orelse is_tuple(A) andalso tuple_size(A) =:= 2 andalso is_integer(element(1, A)).

%% By the user, as far as can be told.
is_written(A) ->
    not erl_anno:generated(A) andalso erl_anno:line(A) > 0.

column(A) ->
    case erl_anno:column(A) of
        undefined -> 0;
        Column -> Column
    end.

made(A) ->
    erl_anno:set_generated(true, A).

nif(A, Name, Arguments) ->
    {call, A, {remote, A, {atom, A, elixirscope_nif}, {atom, A, Name}}, Arguments}.
