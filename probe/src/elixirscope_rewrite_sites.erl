%% Gives numbers to what elixirscope_rewrite has marked, in the order of the code.
%%
%% Where a rewritten module calls the probe, a site says which function or place it is. What rewrites need not count: it leaves
%% marks, and this module walks once through the result, puts an integer in the place of each mark and writes down what it
%% stands for.
%%
%%     {es_frame, Anno, Name, Arity, Form}    Form is the code of a function, or of a fun, whose calls get a site of their own
%%     {es_here, Anno}                        the site of the frame around
%%     {es_point, Anno, Point}                a place: a site with Point (what, line, column, label, names) written down
%%     {es_keep, Anno, Expression, Call}      begin V = Expression, Call, V end, with a variable of its own
-module(elixirscope_rewrite_sites).

-export([new/1, frame/4, here/1, point/2, keep/3, number/3, given/1, declared/1]).

-export_type([state/0, mark/0, place/0]).

-record(n, {
    next :: elixirscope_rewrite:site(),
    frame = none :: elixirscope_rewrite:site() | none,
    depth = off :: elixirscope_rewrite:depth(),
    %% Of the function around: its text `name/arity`, the names that its funs have, and the number of the next variable.
    owner = "" :: string(),
    names = #{} :: #{string() => pos_integer()},
    variable = 1 :: pos_integer(),
    functions = [] :: [map()],
    points = [] :: [map()]
}).

-opaque state() :: #n{}.
-type mark() :: tuple().
-type place() :: #{what := line | bound | expression, line := non_neg_integer(), column := non_neg_integer(), label := binary(),
                   names := [{binary(), non_neg_integer()}], scope := [{binary(), non_neg_integer()}]}.

%% The first site to be given.
-spec new(elixirscope_rewrite:site()) -> state().
new(Base) -> #n{next = Base}.

%% The name of a fun is a text, to be made one in its function.
-spec frame(erl_anno:anno(), atom() | string(), arity(), tuple()) -> mark().
frame(A, Name, Arity, Form) -> {es_frame, A, Name, Arity, Form}.

-spec here(erl_anno:anno()) -> mark().
here(A) -> {es_here, A}.

-spec point(erl_anno:anno(), place()) -> mark().
point(A, Place) -> {es_point, A, Place}.

-spec keep(erl_anno:anno(), tuple(), tuple()) -> mark().
keep(A, Expression, Call) -> {es_keep, A, Expression, Call}.

%% The code of a function, recorded as deep as said, with integers in the place of marks.
-spec number(mark(), elixirscope_rewrite:depth(), state()) -> {tuple(), state()}.
number({es_frame, _, F, A, _} = Frame, Depth, State) ->
    walk(Frame, State#n{depth = Depth, owner = lists:flatten(io_lib:format("~ts/~b", [F, A])), names = #{}, variable = 1}).

%% The next site to be given.
-spec given(state()) -> elixirscope_rewrite:site().
given(#n{next = Next}) -> Next.

%% What the sites stand for.
-spec declared(state()) -> #{functions := [map()], points := [map()]}.
declared(#n{functions = Functions, points = Points}) ->
    #{functions => lists:reverse(Functions), points => lists:reverse(Points)}.

walk({es_frame, A, Name, Arity, Form}, #n{frame = Outer} = S0) ->
    {Atom, S1} = named(Name, S0),
    #n{next = Site, depth = Depth, functions = Functions} = S1,
    Function = #{site => Site, name => Atom, arity => Arity, line => erl_anno:line(A), depth => Depth},
    {New, S} = walk(Form, S1#n{next = Site + 1, frame = Site, functions = [Function | Functions]}),
    {New, S#n{frame = Outer}};
walk({es_point, A, Place}, #n{next = Site, frame = Frame, points = Points} = S) ->
    {{integer, A, Site}, S#n{next = Site + 1, points = [Place#{site => Site, function => Frame} | Points]}};
walk({es_here, A}, #n{frame = Frame} = S) ->
    {{integer, A, Frame}, S};
walk({es_keep, A, Expression, Call}, #n{variable = N} = S0) ->
    V = {var, A, list_to_atom(" es k" ++ integer_to_list(N))},
    {[E, C], S} = walk([Expression, Call], S0#n{variable = N + 1}),
    {{block, A, [{match, A, V, E}, C, V]}, S};
walk([Head | Tail], S0) ->
    {NewHead, S1} = walk(Head, S0),
    {NewTail, S} = walk(Tail, S1),
    {[NewHead | NewTail], S};
walk(Form, S0) when is_tuple(Form) ->
    {Elements, S} = walk(tuple_to_list(Form), S0),
    {list_to_tuple(Elements), S};
walk(Other, S) ->
    {Other, S}.

%% `-handle_call/3-fn-42-`, and where a line has several, `-handle_call/3-fn-42-2-`.
named(Name, S) when is_atom(Name) ->
    {Name, S};
named(Name, #n{owner = Owner, names = Names} = S) ->
    N = maps:get(Name, Names, 0) + 1,
    Text = ["-", Owner, "-", Name, "-", [[integer_to_list(N), "-"] || N > 1]],
    {binary_to_atom(shortened(unicode:characters_to_binary(Text))), S#n{names = Names#{Name => N}}}.

%% An atom has at most 255 characters.
shortened(Text) ->
    case string:length(Text) > 250 of
        true -> string:slice(Text, string:length(Text) - 250);
        false -> Text
    end.
