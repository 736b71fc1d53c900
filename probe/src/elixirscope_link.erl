%% The connection to the recorder, for the plain Erlang engine: frames out, what the recorder says in (docs/formats/wire.md).
%%
%% A process of its own, because sending may block: the tracer must go on reading its mailbox meanwhile, and learns by
%% `{elixirscope_sent, Bytes}` how much is out. It tells its owner `{elixirscope_nif, closed, Reason}`, the same message that
%% the NIF sends, and ends with its owner.
-module(elixirscope_link).

-export([start/2, frame/4, answer/3, goodbye/2]).

-define(CONNECT_MS, 3000).
-define(PULSE_MS, 250).

%% Options: `address`, `token`, `hello` and `silence_ms` as for the NIF. Returns once HELLO is out. Linked to nobody.
-spec start(map(), pid()) -> {ok, pid()} | {error, term()}.
start(Options, Owner) ->
    {Pid, Monitor} = spawn_monitor(fun() -> connect(Options, Owner) end),
    receive
        {elixirscope_link, Pid, ok} -> demonitor(Monitor, [flush]), {ok, Pid};
        {elixirscope_link, Pid, {error, Reason}} -> demonitor(Monitor, [flush]), {error, Reason};
        {'DOWN', Monitor, process, Pid, Reason} -> {error, Reason}
    after 2 * ?CONNECT_MS ->
        demonitor(Monitor, [flush]),
        exit(Pid, kill),
        {error, timeout}
    end.

%% Sends one frame, some time later.
-spec frame(pid(), byte(), non_neg_integer(), iodata()) -> ok.
frame(Link, Type, Ring, Body) ->
    Link ! {frame, self(), Type, Ring, Body},
    ok.

%% Answers somebody `{Ref, sent}` when all frames given before are sent.
-spec answer(pid(), pid(), reference()) -> ok.
answer(Link, To, Ref) ->
    Link ! {answer, To, Ref},
    ok.

%% Sends GOODBYE after all that was given before, closes, and ends. Waits for that, a second at most.
-spec goodbye(pid(), binary()) -> ok.
goodbye(Link, Json) ->
    Monitor = monitor(process, Link),
    Link ! {goodbye, Json},
    receive {'DOWN', Monitor, process, Link, _} -> ok
    after 1000 ->
        demonitor(Monitor, [flush]),
        exit(Link, kill),
        ok
    end.

connect(#{address := Address, token := Token, hello := Hello} = Options, Owner) ->
    Silence = maps:get(silence_ms, Options, 0),
    %% With a recorder that must show that it lives, a blocked send must end, too.
    SendOptions = case Silence of
        0 -> [];
        infinity -> [];
        _ -> [{send_timeout, Silence}, {send_timeout_close, true}]
    end,
    SocketOptions = [binary, {packet, raw}, {active, true} | SendOptions],
    case open(Address, SocketOptions) of
        {ok, Socket} ->
            %% The recorder compares 32 bytes.
            Padded = binary:part(<<Token/binary, 0:256>>, 0, 32),
            First = [<<"ESCW", 1:16/little, 0:16>>, Padded, head(1, 0, Hello)],
            case gen_tcp:send(Socket, First) of
                ok ->
                    _ = monitor(process, Owner),
                    Owner ! {elixirscope_link, self(), ok},
                    _ = Silence =:= infinity orelse erlang:send_after(?PULSE_MS, self(), pulse),
                    loop(Socket, Owner, Silence, now_ms(), elixirscope_control:new());
                {error, Reason} ->
                    Owner ! {elixirscope_link, self(), {error, Reason}}
            end;
        {error, Reason} ->
            Owner ! {elixirscope_link, self(), {error, Reason}}
    end.

open({unix, Path}, Options) -> gen_tcp:connect({local, Path}, 0, [local | Options], ?CONNECT_MS);
open({tcp, Ip, Port}, Options) -> gen_tcp:connect(Ip, Port, [{nodelay, true} | Options], ?CONNECT_MS).

loop(Socket, Owner, Silence, Heard, Control) ->
    receive
        {frame, From, Type, Ring, Body} ->
            case gen_tcp:send(Socket, head(Type, Ring, Body)) of
                ok ->
                    From ! {elixirscope_sent, iolist_size(Body)},
                    loop(Socket, Owner, Silence, Heard, Control);
                {error, _} ->
                    closed(Owner, recorder_gone)
            end;
        {tcp, Socket, Bytes} ->
            {Said, Next} = elixirscope_control:take(Bytes, Control),
            _ = [Owner ! case Each of
                stop -> {elixirscope_nif, closed, stop_requested};
                {control, Message} -> {elixirscope_nif, control, Message}
            end || Each <- Said],
            loop(Socket, Owner, Silence, now_ms(), Next);
        {tcp_closed, Socket} ->
            closed(Owner, recorder_gone);
        {tcp_error, Socket, _} ->
            closed(Owner, recorder_gone);
        pulse ->
            case is_integer(Silence) andalso Silence > 0 andalso now_ms() - Heard > Silence of
                true ->
                    gen_tcp:close(Socket),
                    closed(Owner, recorder_silent);
                false ->
                    _ = erlang:send_after(?PULSE_MS, self(), pulse),
                    loop(Socket, Owner, Silence, Heard, Control)
            end;
        {answer, To, Ref} ->
            To ! {Ref, sent},
            loop(Socket, Owner, Silence, Heard, Control);
        {goodbye, Json} ->
            _ = gen_tcp:send(Socket, head(5, 0, Json)),
            _ = gen_tcp:shutdown(Socket, write),
            gen_tcp:close(Socket);
        {'DOWN', _, process, Owner, _} ->
            gen_tcp:close(Socket);
        _ ->
            loop(Socket, Owner, Silence, Heard, Control)
    end.

closed(Owner, Reason) ->
    Owner ! {elixirscope_nif, closed, Reason},
    ok.

head(Type, Ring, Body) ->
    [<<Type, 0, Ring:16/little, (iolist_size(Body)):32/little>>, Body].

now_ms() ->
    erlang:monotonic_time(millisecond).
