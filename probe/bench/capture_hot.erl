%% A program that does nothing but call a function: how many of its calls a recorder can take. Prints `calls N ms MS`.
-module(capture_hot).

-export([main/1]).

main([Seconds]) ->
    %% All that is recorded has been loaded, and written once.
    ok = capture_work:calls(1, 100000),
    Start = erlang:monotonic_time(millisecond),
    Calls = until(Start + list_to_integer(atom_to_list(Seconds)) * 1000, 0),
    io:format("calls ~b ms ~b~n", [Calls + 100000, erlang:monotonic_time(millisecond) - Start]),
    halt(0).

until(End, Calls) ->
    ok = capture_work:calls(1, 10000),
    case erlang:monotonic_time(millisecond) < End of
        true -> until(End, Calls + 10000);
        false -> Calls + 10000
    end.
