%% Where events go: the NIF, or, where it cannot be loaded, a tracer process in plain Erlang. Both write the same wire, so
%% nobody else needs to know which one it is.
-module(elixirscope_engine).

-export([start/3, tracer/1, pids/1, kind/1, shapes/3, emit/5, emit_patiently/5, note/3, frame/3, sync/1, goodbye/2, load/1]).

-export_type([engine/0]).

-type engine() :: nif | {erlang, Tracer :: pid(), Link :: pid()}.

%% Starts the engine that the configuration allows and connects to the recorder. Hello makes the HELLO text from the kind of
%% engine, why it is not the NIF (or undefined), and the number of rings. Owner is told `{elixirscope_nif, closed, Reason}`.
-spec start(map(), fun((nif | erlang, binary() | undefined, non_neg_integer()) -> binary()), map()) ->
    {ok, engine(), Why :: binary() | undefined} | {error, term()}.
start(Config, Hello, Given) ->
    %% Who knows a node's cookie owns the node: neither engine ever writes that atom.
    Options = Given#{cookie => erlang:get_cookie()},
    case load(Config) of
        ok ->
            Rings = rings(),
            case catch elixirscope_nif:start(Options#{hello => Hello(nif, undefined, Rings), rings => Rings}) of
                ok -> {ok, nif, undefined};
                Error -> start_erlang(Config, Hello, Options, text("the NIF does not start: ~0tP", [Error, 12]))
            end;
        {error, Why} ->
            start_erlang(Config, Hello, Options, Why)
    end.

%% Loads the NIF where the configuration wants it.
-spec load(map()) -> ok | {error, binary()}.
load(Config) ->
    Loaded = try_load(Config),
    tidy(Config),
    Loaded.

try_load(#{force_engine := erlang}) ->
    {error, <<"asked for">>};
try_load(#{nif := Path}) when is_binary(Path) ->
    case try elixirscope_nif:load(Path) catch Class:Reason -> {error, {Class, Reason}} end of
        ok -> ok;
        {error, Why} -> {error, text("the NIF cannot be loaded: ~0tP", [Why, 12])}
    end;
try_load(_) ->
    {error, <<"no NIF was built">>}.

%% Once loaded, the file is only a name: attach leaves neither it nor its directory behind on the machine of the node, and nobody could
%% take them away later if the recorder died.
tidy(#{delete_nif := true, nif := Path}) when is_binary(Path) ->
    _ = file:delete(<<Path/binary, ".so">>, [raw]),
    Directory = filename:dirname(Path),
    %% Only one of ours, and `del_dir` takes only an empty one.
    _ = case filename:basename(Directory) of
        <<"elixirscope-", _/binary>> -> file:del_dir(Directory);
        _ -> ok
    end,
    ok;
tidy(_) ->
    ok.

start_erlang(#{force_engine := nif}, _, _, Why) ->
    {error, Why};
start_erlang(_, Hello, Options, Why) ->
    case elixirscope_link:start(Options#{hello => Hello(erlang, Why, 1)}, self()) of
        {ok, Link} -> {ok, {erlang, elixirscope_tracer:start(Options, Link, self()), Link}, Why};
        {error, Reason} -> {error, Reason}
    end.

%% One for each thread that runs processes, dirty ones included where there are few, and the shared one.
rings() ->
    erlang:system_info(schedulers) + 3.

%% What the VM is told to send events to.
-spec tracer(engine()) -> elixirscope_session:tracer().
tracer(nif) -> {elixirscope_nif, []};
tracer({erlang, Tracer, _}) -> Tracer.

%% The processes of the engine.
-spec pids(engine()) -> [pid()].
pids(nif) -> [];
pids({erlang, Tracer, Link}) -> [Tracer, Link].

-spec kind(engine()) -> nif | erlang.
kind(nif) -> nif;
kind({erlang, _, _}) -> erlang.

%% Tells the engine which functions are internal ones of behaviours.
-spec shapes(engine(), elixirscope_session:session(), [{mfa(), elixirscope_callbacks:shape()}]) -> ok.
shapes(nif, _, Shapes) ->
    _ = elixirscope_nif:shapes(Shapes),
    ok;
shapes({erlang, Tracer, _}, Session, Shapes) ->
    elixirscope_tracer:shapes(Tracer, {Session, Shapes}).

%% Writes one record of our own, from any process. Never fails: the recording may be over already.
-spec emit(engine(), byte(), byte(), pid() | 0 | undefined, [tuple() | absent]) -> ok.
emit(nif, Kind, Flags, 0, Fields) ->
    emit(nif, Kind, Flags, undefined, Fields);
emit(nif, Kind, Flags, Subject, Fields) ->
    _ = (catch elixirscope_nif:emit(Kind, Flags, Subject, Fields)),
    ok;
emit({erlang, Tracer, _}, Kind, Flags, Subject, Fields) ->
    elixirscope_tracer:emit(Tracer, Kind, Flags, Subject, Fields).

%% The same from the server, whose records are many at once when a recording begins (one for each process) and must not be lost:
%% waits while there is no room, ten seconds at most for one record.
-spec emit_patiently(engine(), byte(), byte(), pid() | 0 | undefined, [tuple() | absent]) -> ok.
emit_patiently(nif, Kind, Flags, Subject, Fields) ->
    retry(fun() -> elixirscope_nif:emit(Kind, Flags, Subject, Fields) =:= full andalso elixirscope_nif:active() end, 1000);
emit_patiently({erlang, Tracer, _} = Engine, Kind, Flags, Subject, Fields) ->
    retry(fun() -> case process_info(Tracer, message_queue_len) of {_, Waiting} -> Waiting > 10000; undefined -> false end end, 1000),
    emit(Engine, Kind, Flags, Subject, Fields).

retry(_, 0) ->
    ok;
retry(IsFull, Times) ->
    case IsFull() of
        true -> timer:sleep(10), retry(IsFull, Times - 1);
        _ -> ok
    end.

%% Returns when what was written until now has been given to the operating system (a second at most). The NIF needs no such
%% thing: its rings outlive the VM.
-spec sync(engine()) -> ok.
sync(nif) -> ok;
sync({erlang, Tracer, _}) -> elixirscope_tracer:sync(Tracer).

%% Tells the person who records.
-spec note(engine(), info | warning, binary()) -> ok.
note(Engine, Level, Text) ->
    Json = elixirscope_json:encode(#{level => Level, text => Text}),
    case Engine of
        nif -> _ = (catch elixirscope_nif:note(Json)), ok;
        {erlang, Tracer, _} -> elixirscope_tracer:note(Tracer, Json)
    end.

%% Sends a frame of JSON of our own; one that finds no room is lost. The engine in Erlang rewrites nothing, and so has none.
-spec frame(engine(), byte(), binary()) -> ok.
frame(nif, Type, Json) -> _ = (catch elixirscope_nif:frame(Type, Json)), ok;
frame({erlang, _, _}, _, _) -> ok.

%% Sends what is left and a clean end, and stops the engine.
-spec goodbye(engine(), binary()) -> ok.
goodbye(nif, Reason) ->
    Stats = try elixirscope_nif:stats() of Map when is_map(Map) -> Map; _ -> #{} catch _:_ -> #{} end,
    _ = (catch elixirscope_nif:stop(text_of(Reason, number(dropped, Stats), number(bytes, Stats)))),
    ok;
goodbye({erlang, Tracer, _}, Reason) ->
    elixirscope_tracer:goodbye(Tracer, fun(Dropped, Bytes) -> text_of(Reason, Dropped, Bytes) end).

text_of(Reason, Dropped, Bytes) ->
    elixirscope_json:encode(#{reason => Reason, dropped => Dropped, bytes => Bytes}).

number(Key, Stats) ->
    case Stats of
        #{Key := N} when is_integer(N) -> N;
        #{} -> 0
    end.

text(Format, Arguments) ->
    unicode:characters_to_binary(io_lib:format(Format, Arguments, [{chars_limit, 500}])).
