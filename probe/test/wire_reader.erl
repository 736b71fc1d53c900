%% A recorder for tests: listens on a local socket, reads what the probe sends, and takes it apart as docs/formats/wire.md says.
-module(wire_reader).

-export([listen/0, listen/1, token/0, result/1, close/1, stop_byte/1, say/2, pause/1, resume/1, records/1, atoms/1]).

%% A reader is a process; address() is where the probe connects to.
listen() -> listen(#{}).

%% keep => false counts records instead of keeping them; outside => true reads in another VM.
listen(Options) ->
    Path = filename:join(os:getenv("TMPDIR", "/tmp"), io_lib:format("es-~s-~b.sock", [os:getpid(), erlang:unique_integer([positive])])),
    Parent = self(),
    Pid = spawn_link(fun() -> init(Parent, Path, Options) end),
    receive {Pid, ready} -> {Pid, {unix, iolist_to_binary(Path)}} end.

token() -> <<"0123456789abcdef0123456789abcdef">>.

%% Waits for the connection's end (or GOODBYE) and gives everything.
result(Pid) ->
    Ref = monitor(process, Pid),
    Pid ! {result, self()},
    receive
        {Pid, Result} -> demonitor(Ref, [flush]), Result;
        {'DOWN', Ref, _, _, Why} -> error({reader, Why})
    after 60000 -> error(reader_timeout)
    end.

close(Pid) -> Pid ! close, ok.
stop_byte(Pid) -> say(Pid, <<"S">>).
say(Pid, Bytes) -> Pid ! {send, Bytes}, ok.
pause(Pid) -> Pid ! pause, ok.
resume(Pid) -> Pid ! resume, ok.

init(Parent, Path, #{outside := true}) ->
    Socket = lists:flatten(Path),
    File = Socket ++ ".bytes",
    Port = open_port({spawn_executable, os:find_executable("erl")},
                     [{args, ["-noshell", "-pa", filename:dirname(code:which(?MODULE)), "-s", "wire_dump", "main", Socket, File]}, {line, 100}, exit_status]),
    receive {Port, {data, {eol, "ready"}}} -> ok end,
    Parent ! {self(), ready},
    receive {result, From} -> ok end,
    receive {Port, {exit_status, 0}} -> ok end,
    {ok, Bytes} = file:read_file(File),
    ok = file:delete(File),
    ok = file:delete(Socket),
    From ! {self(), finish(parse((empty(#{}))#{rest := Bytes, closed := true}))};
init(Parent, Path, Options) ->
    {ok, Listen} = gen_tcp:listen(0, [binary, {ifaddr, {local, Path}}, {active, false}, {recbuf, 1 bsl 20}]),
    Parent ! {self(), ready},
    {ok, Socket} = gen_tcp:accept(Listen),
    ok = file:delete(Path),
    gen_tcp:close(Listen),
    ok = inet:setopts(Socket, [{active, true}]),
    loop(Socket, empty(Options)).

empty(Options) ->
    #{options => Options, preface => undefined, frames => #{}, streams => #{}, hello => undefined, goodbye => undefined,
                   notes => [], sources => [], marks => [], closed => false, waiting => [], rest => <<>>, positions => #{}, faults => []}.

loop(Socket, #{closed := true, waiting := [_ | _] = Waiting} = S) ->
    [P ! {self(), finish(S)} || P <- Waiting],
    loop(Socket, S#{waiting := []});
loop(Socket, S) ->
    receive
        {tcp, Socket, Bytes} -> loop(Socket, parse(S#{rest := <<(maps:get(rest, S))/binary, Bytes/binary>>}));
        {tcp_closed, Socket} -> loop(Socket, S#{closed := true});
        {tcp_error, Socket, _} -> loop(Socket, S#{closed := true});
        {result, P} -> loop(Socket, S#{waiting := [P | maps:get(waiting, S)]});
        {send, Bytes} -> _ = gen_tcp:send(Socket, Bytes), loop(Socket, S);
        pause -> ok = inet:setopts(Socket, [{active, false}]), loop(Socket, S);
        resume -> ok = inet:setopts(Socket, [{active, true}]), loop(Socket, S);
        close -> gen_tcp:close(Socket), loop(Socket, S#{closed := true})
    end.

finish(S) ->
    Streams = maps:map(fun(_, Parts) -> iolist_to_binary(lists:reverse(Parts)) end, maps:get(streams, S)),
    S#{streams := Streams, notes := lists:reverse(maps:get(notes, S)), sources := lists:reverse(maps:get(sources, S)), marks := lists:reverse(maps:get(marks, S))}.

parse(#{preface := undefined, rest := <<"ESCW", 1:16/little, 0:16, Token:32/binary, Rest/binary>>} = S) ->
    parse(S#{preface := Token, rest := Rest});
parse(#{preface := Token, rest := <<Type, 0, Ring:16/little, Size:32/little, Body:Size/binary, Rest/binary>>} = S)
  when Token =/= undefined ->
    parse(frame(Type, Ring, Body, S#{rest := Rest}));
parse(S) -> S.

frame(1, 0, Json, S) -> S#{hello := Json};
frame(2, Ring, <<Position:64/little, Bytes/binary>>, #{streams := Streams, positions := Positions, faults := Faults} = S) ->
    Expected = maps:get(Ring, Positions, 0),
    Kept = case S of
        #{options := #{keep := false}} -> Streams#{Ring => [<<(count(Bytes) + sum(maps:get(Ring, Streams, []))):64>>]};
        _ -> Streams#{Ring => [Bytes | maps:get(Ring, Streams, [])]}
    end,
    S#{streams := Kept, positions := Positions#{Ring => Position + byte_size(Bytes)},
       faults := [{position, Ring, Position, Expected} || Position =/= Expected] ++ Faults};
frame(3, 0, <<Ns:64/little-signed>>, S) -> S#{marks := [{Ns, maps:get(positions, S)} | maps:get(marks, S)]};
frame(4, 0, Json, S) -> S#{notes := [Json | maps:get(notes, S)]};
frame(5, 0, Json, S) -> S#{goodbye := Json};
frame(6, 0, Json, S) -> S#{sources := [Json | maps:get(sources, S)]}.

sum([]) -> 0;
sum([<<N:64>>]) -> N.

count(<<Size:32/little, Kind, _/binary>> = Bytes) ->
    <<_:Size/binary, Rest/binary>> = Bytes,
    count(Rest) + case Kind of 0 -> 0; 1 -> 0; 21 -> 0; _ -> 1 end;
count(<<>>) -> 0.

%% All records: {Ring, Position, Kind, Flags, Time, Subject, Payload}, ring after ring.
records(#{streams := Streams}) ->
    lists:append([walk(Ring, 0, Bytes) || {Ring, Bytes} <- lists:sort(maps:to_list(Streams))]).

walk(_, _, <<>>) -> [];
walk(Ring, At, <<Size:32/little, Kind, Flags, 0:16, Time:64/little-signed, Subject:64/little, _/binary>> = Bytes)
  when Size rem 8 =:= 0, Size >= 24, Size =< 1048576 ->
    <<_:24/binary, Payload:(Size - 24)/binary, Rest/binary>> = binary:part(Bytes, 0, Size),
    <<>> = Rest,
    [{Ring, At, Kind, Flags, Time, Subject, Payload} || Kind =/= 0]
        ++ walk(Ring, At + Size, binary:part(Bytes, Size, byte_size(Bytes) - Size)).

atoms(Records) ->
    maps:from_list([{Index, binary_to_atom(Text, utf8)}
                    || {_, _, 1, _, _, _, <<Index:32/little, Size:16/little, Text:Size/binary, _/binary>>} <- Records]).
