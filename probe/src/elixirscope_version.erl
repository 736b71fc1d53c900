%% What is known of a module that was rewritten: its original, what stands in the code that is loaded now, and what stood in older code,
%% which somebody may still run.
-module(elixirscope_version).

-export([new/3, plain/2, job/2, original/1, digest/1, gated/1, known/1, changed/2, sites/1, taken/1]).

-export_type([version/0]).

-type fa() :: {atom(), arity()}.
-record(version, {
    %% As it was given to elixirscope_prepare, the original code in it.
    job :: elixirscope_prepare:job(),
    %% Of what is loaded.
    digest :: binary(),
    all = [] :: [fa()],
    gated = [] :: [fa()],
    %% How deep the code that is loaded can record each of its functions, and how deep it is asked to.
    made = #{} :: #{fa() => elixirscope_depths:depth()},
    asked = #{} :: #{fa() => elixirscope_depths:depth()},
    %% Of all code of the module there was: function, how deep its code can record it, its points.
    sites = #{} :: #{pos_integer() => {fa(), elixirscope_depths:depth(), [{pos_integer(), atom()}]}},
    taken = [] :: [{pos_integer(), non_neg_integer()}]
}).

-opaque version() :: #version{}.

%% After what was before, if anything.
-spec new(elixirscope_prepare:job(), elixirscope_prepare:prepared(), version() | none) -> version().
new(Job, Prepared, none) ->
    new(Job, Prepared, #version{job = Job, digest = <<>>});
new(Job, #{digest := Digest, all := All, gated := Gated, base := Base, count := Count, functions := Functions, points := Points},
    #version{sites = Sites, taken = Taken}) ->
    Of = lists:foldl(fun(#{site := Point, function := Site, what := What}, Map) ->
        maps:update_with(Site, fun(Others) -> [{Point, What} | Others] end, [{Point, What}], Map)
    end, #{}, Points),
    New = maps:from_list([{Site, {{F, A}, Depth, maps:get(Site, Of, [])}} || #{site := Site, name := F, arity := A, depth := Depth} <- Functions]),
    Made = maps:from_list([{Function, Depth} || {Function, Depth, _} <- maps:values(New)]),
    #version{job = Job, digest = Digest, all = All, gated = Gated, made = Made, asked = Made, sites = maps:merge(Sites, New),
             taken = [{Base, Count} | Taken]}.

%% The original is loaded again.
-spec plain(binary(), version()) -> version().
plain(Digest, Version) ->
    Version#version{digest = Digest, made = #{}, asked = #{}}.

%% What to give elixirscope_prepare for other depths.
-spec job(version(), fun((fa()) -> elixirscope_depths:depth())) -> elixirscope_prepare:job().
job(#version{job = Job, gated = Gated}, Depth) ->
    Job#{depth => Depth, gated => Gated}.

-spec original(version()) -> binary().
original(#version{job = #{code := Code}}) -> Code.

%% Of the code that is loaded.
-spec digest(version()) -> binary().
digest(#version{digest = Digest}) -> Digest.

%% The functions that a gate of this module must know.
-spec gated(version()) -> [fa()].
gated(#version{gated = Gated}) -> Gated.

%% For elixirscope_levels: what the newest code has.
-spec known(version()) -> [elixirscope_levels:known()].
known(#version{job = #{module := Module}, sites = Sites, taken = [{Base, Count} | _]}) ->
    [{Site, {Module, F, A}, Depth, Points} || {Site, {{F, A}, Depth, Points}} <- maps:to_list(Sites), Site >= Base, Site < Base + Count].

%% What other depths mean: how deep each site is asked to record from now on, as far as its code can; whether other code would be better,
%% since this cannot record as deep, or does work that nobody asks for; and the functions whose depth changes: {Function, Before, After}.
-spec changed(fun((fa()) -> elixirscope_depths:depth()), version()) ->
    {[{pos_integer(), elixirscope_depths:depth()}], boolean(), [{fa(), elixirscope_depths:depth(), elixirscope_depths:depth()}], version()}.
changed(Depth, #version{all = All, made = Made, asked = Asked, sites = Sites} = Version) ->
    Changes = [{Function, Before, After} || Function <- All, Before <- [maps:get(Function, Asked, off)], After <- [Depth(Function)], Before =/= After],
    Now = maps:from_list([{Function, After} || {Function, _, After} <- Changes]),
    Levels = [{Site, least(maps:get(Function, Now), Can)} || {Site, {Function, Can, _}} <- maps:to_list(Sites), is_map_key(Function, Now)],
    IsBetter = lists:any(fun({Function, _, After}) -> is_better(After, maps:get(Function, Made, off)) end, Changes),
    {Levels, IsBetter, Changes, Version#version{asked = maps:merge(Asked, maps:map(fun(Function, After) -> least(After, maps:get(Function, Made, off)) end, Now))}}.

least(A, B) ->
    case elixirscope_depths:number(A) < elixirscope_depths:number(B) of true -> A; false -> B end.

is_better(off, Made) -> Made =/= off;
is_better(Wanted, Made) ->
    Number = elixirscope_depths:number(Made),
    Number < elixirscope_depths:number(Wanted) orelse Number > 3 andalso Number > elixirscope_depths:number(Wanted).

%% Every site there was, points too.
-spec sites(version()) -> [pos_integer()].
sites(#version{sites = Sites}) ->
    lists:append([[Site | [Point || {Point, _} <- Points]] || {Site, {_, _, Points}} <- maps:to_list(Sites)]).

-spec taken(version()) -> [{pos_integer(), non_neg_integer()}].
taken(#version{taken = Taken}) -> Taken.
