%% People at the door: plain processes, some of whom know the code.
-module(visitors).

-export([run/0]).

-spec run() -> no_return().
run() ->
    {ok, _} = door:start_link("4711"),
    People = [spawn_monitor(fun() -> visit(Name, After, Codes) end) || {Name, After, Codes} <- people()],
    [receive {'DOWN', Ref, process, Pid, _} -> ok end || {Pid, Ref} <- People],
    halt(0).

people() ->
    [{ada, 1200, ["4711"]},
     {joe, 0, ["1234", "4711"]},
     {eve, 50, ["0000", "0001", "0002"]}].

visit(Name, After, Codes) ->
    register(Name, self()),
    timer:sleep(After),
    lists:foreach(
        fun(Code) ->
            io:format("~p: ~p~n", [Name, door:enter(Code)]),
            timer:sleep(250)
        end, Codes).
