%% A program that does nothing but call a function: how many of its calls a recorder can take. Prints `calls N ms MS at NOW`.
-module(capture_hot).

-export([main/1]).

main([Seconds, Kind]) ->
    Term = case Kind of number -> 1; order -> {order, <<"tea-bowl">>, [1, 2, 3]} end,
    Start = erlang:monotonic_time(millisecond),
    Calls = until(Term, Start + list_to_integer(atom_to_list(Seconds)) * 1000, 0),
    End = erlang:monotonic_time(millisecond),
    io:format("calls ~b ms ~b at ~b~n", [Calls, End - Start, erlang:system_time(millisecond)]),
    halt(0).

until(Term, End, Calls) ->
    ok = capture_work:calls(Term, 10000),
    case erlang:monotonic_time(millisecond) < End of
        true -> until(Term, End, Calls + 10000);
        false -> Calls + 10000
    end.
