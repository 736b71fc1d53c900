%% How deep each function is recorded: what was asked for, as a person writes it, and what that means for a function.
%%
%% An entry names modules and functions by globs, and the last one that fits wins. Entries without a wildcard are kept in a map, since a
%% plan may have one for each function of a large system; the few others are tried one after the other.
-module(elixirscope_depths).

-export([new/1, with/2, is_empty/1, may_mean/2, names/2, rules/3, depth/3, asks/1, level/1, number/1, read/1]).

-export_type([depths/0, rules/0, depth/0, entry/0]).

-type depth() :: off | count | call | values | lines | expressions.
-type entry() :: {Module :: binary(), Function :: binary(), depth()}.

-record(depths, {
    %% Module => Function (`*`, `name` or `name/arity`) => which entry it was, and what it says.
    exact = #{} :: #{binary() => #{binary() => {pos_integer(), depth()}}},
    %% The others, the latest first. IsPlain: it names some part of a module's name.
    globs = [] :: [{pos_integer(), Module :: binary(), Function :: string(), depth(), IsPlain :: boolean()}],
    next = 1 :: pos_integer()
}).

-opaque depths() :: #depths{}.
%% What is said of one module.
-opaque rules() :: {#{binary() => {pos_integer(), depth()}}, [{pos_integer(), string(), depth()}]}.

%% Whoever keeps asking for other depths while a recording runs must not fill the node.
-define(MOST_GLOBS, 1000).
-define(MOST_MODULES, 100000).

-spec new([entry()]) -> depths().
new(Entries) ->
    with(Entries, #depths{}).

%% Further entries, which win over all before.
-spec with([entry()], depths()) -> depths().
with(Entries, Depths) ->
    lists:foldl(fun add/2, Depths, Entries).

add({Module0, Function, Depth}, #depths{exact = Exact, globs = Globs, next = Next} = Depths) ->
    Module = bare(Module0),
    case has_wildcard(Module) orelse not names(Function) of
        false when map_size(Exact) < ?MOST_MODULES; is_map_key(Module, Exact) ->
            Of = case Function of
                %% Nothing said before of this module's functions counts any more.
                <<"*">> -> #{};
                _ -> maps:get(Module, Exact, #{})
            end,
            Depths#depths{exact = Exact#{Module => Of#{Function => {Next, Depth}}}, next = Next + 1};
        false ->
            Depths;
        true ->
            Text = unicode:characters_to_list(Function),
            %% One that says the same of the same functions is forgotten.
            Others = [Each || {_, M, F, _, _} = Each <- Globs, {M, F} =/= {Module, Text}],
            New = {Next, Module, Text, Depth, elixirscope_glob:is_plain(Module)},
            Depths#depths{globs = lists:sublist([New | Others], ?MOST_GLOBS), next = Next + 1}
    end.

%% As modules are named here: neither `Elixir.` nor a colon in front.
bare(<<"Elixir.", Name/binary>>) -> Name;
bare(<<":", Name/binary>>) -> Name;
bare(Name) -> Name.

has_wildcard(Text) ->
    binary:match(Text, [<<"*">>, <<"?">>]) =/= nomatch.

%% Whether a function is named, or all are. Names of Elixir may end with a question mark.
names(<<"*">>) ->
    true;
names(Function) ->
    [Name | _] = binary:split(Function, <<"/">>),
    not has_wildcard(case Name of <<Part:(byte_size(Name) - 1)/binary, $?>> when Part =/= <<>> -> Part; _ -> Function end).

-spec is_empty(depths()) -> boolean().
is_empty(#depths{exact = Exact, globs = Globs}) ->
    Exact =:= #{} andalso Globs =:= [].

%% Whether functions of this module may have to be recorded. Quick: asked by every process that loads a module.
-spec may_mean(module(), depths()) -> boolean().
may_mean(Module, #depths{exact = Exact, globs = Globs}) ->
    is_map_key(name(Module), Exact)
        orelse lists:any(fun({_, Glob, _, Depth, _}) -> Depth =/= off andalso elixirscope_glob:matches(Module, [Glob]) end, Globs).

%% Whether anything is said of this module.
-spec names(module(), depths()) -> boolean().
names(Module, #depths{exact = Exact, globs = Globs}) ->
    is_map_key(name(Module), Exact) orelse lists:any(fun({_, Glob, _, _, _}) -> elixirscope_glob:matches(Module, [Glob]) end, Globs).

%% What is said of a module. What comes with Erlang and Elixir (IsLibrary) is not meant by a bare `*`.
-spec rules(module(), boolean(), depths()) -> rules().
rules(Module, IsLibrary, #depths{exact = Exact, globs = Globs}) ->
    {maps:get(name(Module), Exact, #{}),
     [{N, Function, Depth} || {N, Glob, Function, Depth, IsPlain} <- Globs, IsPlain orelse not IsLibrary,
                              elixirscope_glob:matches(Module, [Glob])]}.

%% The depth of one function; Otherwise where nothing is said of it.
-spec depth({atom(), arity()}, rules(), depth()) -> depth().
depth({F, A}, {Exact, Globs}, Otherwise) ->
    Name = atom_to_binary(F, utf8),
    Full = <<Name/binary, $/, (integer_to_binary(A))/binary>>,
    {_, Depth} = lists:max([{0, Otherwise}] ++ first(Globs, [unicode:characters_to_list(Text) || Text <- [Name, Full]])
                           ++ [Said || Key <- [Full, Name, <<"*">>], #{Key := Said} <- [Exact]]),
    Depth.

first([], _) ->
    [];
first([{N, Glob, Depth} | Globs], Names) ->
    case lists:any(fun(Name) -> elixirscope_glob:match(Glob, Name) end, Names) of
        true -> [{N, Depth}];
        false -> first(Globs, Names)
    end.

%% Whether some function may be meant to be recorded.
-spec asks(rules()) -> boolean().
asks({Exact, Globs}) ->
    lists:any(fun({_, Depth}) -> Depth =/= off end, maps:values(Exact)) orelse lists:any(fun({_, _, Depth}) -> Depth =/= off end, Globs).

name(Module) ->
    bare(atom_to_binary(Module, utf8)).

%% What elixirscope_nif:levels/1 is told of a function.
-spec level(depth()) -> 0..3.
level(Depth) -> min(number(Depth), 3).

%% As depths are written (docs/formats/wire.md).
-spec number(depth()) -> 0..5.
number(off) -> 0;
number(count) -> 1;
number(call) -> 2;
number(values) -> 3;
number(lines) -> 4;
number(expressions) -> 5.

%% Entries as they come from outside, those that are none left out.
-spec read(term()) -> [entry()].
read([{Module, Function, Text} | More]) when is_binary(Module), is_binary(Function), byte_size(Module) < 1024, byte_size(Function) < 1024 ->
    Known = [{atom_to_binary(Depth, utf8), Depth} || Depth <- [off, count, call, values, lines, expressions]],
    Found = case is_atom(Text) of
        true -> lists:keyfind(Text, 2, Known);
        false -> lists:keyfind(Text, 1, Known)
    end,
    case {Found, is_text(Module) andalso is_text(Function)} of
        {{_, Depth}, true} -> [{Module, Function, Depth} | read(More)];
        _ -> read(More)
    end;
read([_ | More]) -> read(More);
read(_) -> [].

is_text(Binary) -> is_list(unicode:characters_to_list(Binary)).
