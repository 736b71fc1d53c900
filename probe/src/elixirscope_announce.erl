%% What the recorder is told of rewritten modules before they are loaded: their functions, points and source (docs/formats/wire.md).
-module(elixirscope_announce).

-export([module/3, source/2, plan/4]).

-define(FUNCTION, 24).
-define(POINT, 25).
-define(PLAN, 29).
-define(SOURCE, 6).

%% Waits while there is no room: a record that names a site must not come before that site's own.
-spec module(elixirscope_engine:engine(), module(), elixirscope_prepare:prepared()) -> ok.
module(Engine, Module, #{functions := Functions, points := Points}) ->
    _ = [say(Engine, ?FUNCTION, [{u32, Site}, {atom, Module}, {atom, F}, {u32, A}, {u32, line(Function)}, {u32, elixirscope_depths:number(Depth)}])
         || #{site := Site, name := F, arity := A, depth := Depth} = Function <- Functions],
    _ = [say(Engine, ?POINT, [{u32, Site}, {u32, Of}, {u32, what(What)}, {u32, line(Point)}, {u32, maps:get(column, Point, 0)},
                              {term, Label}, {term, Names}, scope(Point)])
         || #{site := Site, function := Of, what := What, label := Label, names := Names} = Point <- Points],
    ok.

say(Engine, Kind, Fields) ->
    elixirscope_engine:emit_patiently(Engine, Kind, 0, undefined, Fields).

scope(#{scope := Scope}) -> {term, Scope};
scope(_) -> absent.

line(#{line := Line}) when is_integer(Line), Line >= 0 -> Line;
line(_) -> 0.

what(line) -> 1;
what(bound) -> 2;
what(expression) -> 3;
what(Number) when is_integer(Number) -> Number.

%% The text of the source.
-spec source(elixirscope_engine:engine(), map()) -> ok.
source(Engine, Source) ->
    elixirscope_engine:frame(Engine, ?SOURCE, elixirscope_json:encode(Source)).

%% That functions are recorded deeper than before, now that their code is loaded.
-spec plan(elixirscope_engine:engine(), [map()], [{{atom(), arity()}, Before :: elixirscope_depths:depth(), After :: elixirscope_depths:depth()}],
           binary()) -> ok.
plan(Engine, Functions, Changes, Why) ->
    Before = maps:from_list([{Function, Depth} || {Function, Depth, _} <- Changes]),
    _ = [say(Engine, ?PLAN, [{u32, Site}, {u32, elixirscope_depths:number(Was)}, {u32, elixirscope_depths:number(Now)}, {term, Why}])
         || #{site := Site, name := F, arity := A, depth := Now} <- Functions, Was <- [maps:get({F, A}, Before, off)],
            elixirscope_depths:number(Was) < elixirscope_depths:number(Now), is_map_key({F, A}, Before) orelse Changes =:= []],
    ok.
