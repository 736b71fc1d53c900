%% People at the door: plain processes, some of whom know the code.
-module(visitors).

-export([run/0]).

-spec run() -> no_return().
run() ->
    {ok, _} = door:start_link("4711"),
    People = [spawn_monitor(fun() -> visit(Name, Pause, Codes) end) || {Name, Pause, Codes} <- people()],
    [receive {'DOWN', Ref, process, Pid, _} -> ok end || {Pid, Ref} <- People],
    halt(0).

people() ->
    [{ada, 1200, ["4711"]},
     {joe, 400, ["1234", "4711"]},
     {eve, 150, ["0000", "0001", "0002"]}].

visit(Name, Pause, Codes) ->
    register(Name, self()),
    lists:foreach(
        fun(Code) ->
            timer:sleep(Pause),
            io:format("~p: ~p~n", [Name, door:enter(Code)])
        end, Codes).
