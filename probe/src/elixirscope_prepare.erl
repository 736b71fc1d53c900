%% From the code of a module to code that records, with all that has to be said of it: the work for one module, done by one of a few
%% processes that do nothing else, since it takes a compiler's time and memory.
-module(elixirscope_prepare).

-export([start/2, module/1]).

-export_type([job/0, prepared/0]).

%% Code from which the compiler would need very much memory.
-define(MOST_BYTES, 4194304).

%% depth: how deep each function is to be recorded. secrets: words in the names of variables whose values stay in the node. debug: what the module would have as debug information, where it has none.
-type job() :: #{
    module := module(), file := term(), code := binary(), depth := fun(({atom(), arity()}) -> elixirscope_depths:depth()),
    gated := [{atom(), arity()}], cache := elixirscope_cache:cache(), secrets := [binary()], debug => term(), all => [{atom(), arity()}]
}.
-type prepared() :: #{
    code := binary(), digest := binary(), gate := binary(), gated := [{atom(), arity()}], all := [{atom(), arity()}], base := pos_integer(), count := non_neg_integer(),
    functions := [map()], points := [map()], source := map()
}.

%% A process that prepares one module after the other for its starter: `{prepare, Tag, Job}` is answered `{prepared, Pid, Tag, Result}`.
-spec start(pid(), low | normal) -> pid().
start(Owner, Priority) ->
    spawn_link(fun() ->
        _ = process_flag(priority, Priority),
        loop(Owner)
    end).

loop(Owner) ->
    receive
        {prepare, Tag, Job} ->
            Result = try module(Job) catch Class:Reason -> {error, text("~0tP", [{Class, Reason}, 15])} end,
            Owner ! {prepared, self(), Tag, Result},
            %% What one module needed must not be kept for the next.
            erlang:garbage_collect(),
            loop(Owner);
        _ ->
            loop(Owner)
    end.

%% `none`: no function of it is to be recorded, or none can be.
-spec module(job()) -> {ok, prepared()} | none | {error, binary()}.
module(#{code := Code}) when byte_size(Code) > ?MOST_BYTES ->
    {error, <<"it is too large">>};
module(#{module := Module, code := Code, depth := Depth, secrets := Secrets} = Job) ->
    All = functions(Module, Code),
    case [{Function, Deep} || Function <- All, Deep <- [Depth(Function)], Deep =/= off] of
        [] ->
            none;
        Depths ->
            Whole = with_debug(Job),
            rewritten(Job#{all => All}, Whole, {identity(Whole), lists:sort(Depths), Secrets},
                      elixirscope_sites:bases(elixirscope_exchange:digest_of(Code)))
    end.

%% What the outcome depends on. Not the bytes: where keys of maps stand in these differs from one start of the VM to the next.
identity(Code) ->
    {ok, _, Chunks} = beam_lib:all_chunks(Code),
    Debug = case lists:keyfind("Dbgi", 1, Chunks) of
        {_, Bytes} -> binary_to_term(Bytes);
        false -> none
    end,
    {elixirscope_exchange:digest_of(Code), erlang:md5(term_to_binary(Debug, [deterministic])), [Chunk || {Id, _} = Chunk <- Chunks, lists:member(Id, ["Attr", "CInf"])]}.

%% All of them, also what stands for funs.
functions(Module, Code) ->
    {ok, {Module, [{exports, Exports}, {locals, Locals}]}} = beam_lib:chunks(Code, [exports, locals]),
    Exports ++ Locals.

%% The code with the debug information that it lacks.
with_debug(#{code := Code, debug := Debug}) ->
    {ok, _, Chunks} = beam_lib:all_chunks(Code),
    {ok, Whole} = beam_lib:build_module([{"Dbgi", term_to_binary({debug_info_v1, elixir_erl, Debug})}
                                         | [Chunk || {Id, _} = Chunk <- Chunks, Id =/= "Dbgi"]]),
    Whole;
with_debug(#{code := Code}) ->
    Code.

rewritten(_, _, _, []) ->
    {error, <<"no numbers are left for its functions">>};
rewritten(#{module := Module, cache := Cache} = Job, Code, Of, [Base | Bases]) ->
    Key = elixirscope_cache:key(Cache, {Module, Of, Base}),
    Made = case elixirscope_cache:get(Cache, Key) of
        {ok, {New, #{functions := _, points := _} = Declared}} when is_binary(New) -> {known, New, Declared};
        _ -> made(Job, Code, Base)
    end,
    case Made of
        {error, Why} ->
            {error, Why};
        {_, _, #{functions := []}} ->
            none;
        {How, Recording, #{functions := Functions, points := Points} = Told} ->
            _ = How =:= new andalso elixirscope_cache:put(Cache, Key, {Recording, Told}),
            Count = 1 + lists:max([Site || #{site := Site} <- Functions ++ Points]) - Base,
            case elixirscope_sites:take(Base, Count) of
                true -> {ok, whole(Job, Recording, Base, Count, Functions, Points)};
                false -> rewritten(Job, Code, Of, Bases)
            end
    end.

made(#{module := Module, depth := Depth, secrets := Secrets}, Code, Base) ->
    case elixirscope_recompile:module(Module, Code, #{base => Base, depth => Depth, gate => elixirscope_gate:name(Module), secrets => Secrets}) of
        {ok, New, Declared} -> {new, New, Declared};
        {error, Why} -> {error, Why}
    end.

whole(#{module := Module, file := File, code := Code, gated := Gated, all := All, depth := Depth}, New, Base, Count, Functions, Points) ->
    %% Older code of the module that is still run goes on asking for its functions.
    Asked = lists:usort([{F, A} || #{name := F, arity := A} <- Functions] ++ Gated),
    #{code => New, digest => elixirscope_exchange:digest_of(New), gated => Asked,
      gate => elixirscope_gate:code(Module, Asked, fun(Function) -> Depth(Function) =/= off end),
      all => All, base => Base, count => Count, functions => Functions, points => Points, source => elixirscope_source:read(Module, Code, File)}.

text(Format, Arguments) ->
    unicode:characters_to_binary(io_lib:format(Format, Arguments, [{chars_limit, 300}])).
