%% Cleans up when the server cannot: it is told by the server what has been set, waits, and takes it back when the server dies
%% without having done so. If both are killed at once nothing bad is left either: flags that name a dead tracer are dropped by
%% the VM, a session ends when its last holder is gone, and the NIF stops with its owner.
-module(elixirscope_guard).

-export([start/1, tell/2, finish/1]).

%% Starts a guard of the calling process.
-spec start(elixirscope_server:taken()) -> pid().
start(Taken) ->
    Server = self(),
    spawn(fun() ->
        Monitor = monitor(process, Server),
        wait(Server, Monitor, Taken)
    end).

%% What is to be taken back from now on.
-spec tell(pid(), elixirscope_server:taken()) -> ok.
tell(Guard, Taken) ->
    Guard ! {elixirscope_guard, self(), Taken},
    ok.

%% Everything has been taken back; the guard ends.
-spec finish(pid()) -> ok.
finish(Guard) ->
    Guard ! {elixirscope_guard, self(), finish},
    ok.

wait(Server, Monitor, Taken) ->
    receive
        {elixirscope_guard, Server, finish} -> ok;
        {elixirscope_guard, Server, New} -> wait(Server, Monitor, New);
        {'DOWN', Monitor, process, Server, _} ->
            elixirscope_server:take_back(Taken, <<"stopped">>),
            elixirscope_server:unload(Taken, [self(), Server]);
        _ -> wait(Server, Monitor, Taken)
    end.
