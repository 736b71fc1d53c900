%% A recorder in a VM of its own, for tests where the probe may put every scheduler of its VM to sleep until somebody reads:
%% writes what it reads to a file. Run as: erl … -s wire_dump main Socket File
-module(wire_dump).

-export([main/1]).

main([Path, File]) ->
    {ok, Listen} = gen_tcp:listen(0, [binary, {ifaddr, {local, atom_to_list(Path)}}, {active, false}, {recbuf, 1 bsl 20}]),
    {ok, Out} = file:open(atom_to_list(File), [write, raw, binary]),
    io:put_chars("ready\n"),
    {ok, Socket} = gen_tcp:accept(Listen),
    copy(Socket, Out),
    ok = file:close(Out),
    halt(0).

copy(Socket, Out) ->
    case gen_tcp:recv(Socket, 0) of
        {ok, Bytes} -> ok = file:write(Out, Bytes), copy(Socket, Out);
        {error, _} -> ok
    end.
