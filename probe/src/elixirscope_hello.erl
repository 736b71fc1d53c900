%% What the probe says of its node first (the HELLO frame, docs/formats/wire.md).
-module(elixirscope_hello).

-export([json/4, elixir/0]).

%% The text. Self are the probe's own processes; Rings is 0 or what the NIF was given.
-spec json(map(), {nif | erlang, binary() | undefined, non_neg_integer()}, file:filename_all() | undefined, [pid()]) ->
    binary().
json(Config, {Engine, Why, Rings}, RingFile, Self) ->
    %% Both clocks of one moment, as near as one can get: the monotonic one is read on both sides of the other.
    Before = erlang:monotonic_time(nanosecond),
    System = erlang:system_time(nanosecond),
    After = erlang:monotonic_time(nanosecond),
    elixirscope_json:encode(#{
        node => atom_to_binary(node(), utf8),
        creation => creation(),
        otp => list_to_binary(erlang:system_info(otp_release)),
        erts => list_to_binary(erlang:system_info(version)),
        elixir => elixir(),
        osPid => list_to_integer(os:getpid()),
        schedulers => erlang:system_info(schedulers),
        engine => Engine,
        engineWhy => Why,
        session => has_sessions(),
        monotonicNs => integer_to_binary((Before + After) div 2),
        systemNs => integer_to_binary(System),
        ringFile => case Engine of nif -> text(RingFile); erlang -> null end,
        ringBytes => case Engine of nif -> maps:get(ring_bytes, Config, 0); erlang -> 0 end,
        rings => Rings,
        mode => maps:get(mode, Config, run),
        onFull => case Engine of nif -> maps:get(on_full, Config, wait); erlang -> drop end,
        %% Larger ones a reader of JSON could not tell apart; they are only known to be left out.
        selfPids => [Pid64 || Pid <- Self, Pid64 <- [elixirscope_encode:pid64(Pid)], Pid64 < 1 bsl 53]
    }).

text(undefined) -> null;
text(Path) -> unicode:characters_to_binary(Path).

creation() ->
    {_, _, Creation} = elixirscope_encode:pid_parts(self()),
    Creation.

has_sessions() ->
    case code:ensure_loaded(trace) of
        {module, trace} -> erlang:function_exported(trace, session_create, 3);
        _ -> false
    end.

%% The version of Elixir, if there is one: of the application that is loaded, else of the one on the code path. Nothing of
%% Elixir is loaded for it.
-spec elixir() -> binary() | undefined.
elixir() ->
    case application:get_key(elixir, vsn) of
        {ok, Version} -> unicode:characters_to_binary(Version);
        undefined -> on_path()
    end.

on_path() ->
    case code:where_is_file("elixir.app") of
        non_existing ->
            undefined;
        File ->
            case file:consult(File) of
                {ok, [{application, elixir, Keys}]} ->
                    case lists:keyfind(vsn, 1, Keys) of
                        {vsn, Version} -> unicode:characters_to_binary(Version);
                        false -> undefined
                    end;
                _ ->
                    undefined
            end
    end.
