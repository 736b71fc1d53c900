%% A gen_server that counts, and somebody who calls it: what one call costs, with a small and with a large message.
-module(counter).
-behaviour(gen_server).

-export([main/0]).
-export([init/1, handle_call/3, handle_cast/2]).

%% Prints `small NS` and `large NS`: nanoseconds a call.
-spec main() -> no_return().
main() ->
    Calls = list_to_integer(os:getenv("CALLS", "20000")),
    {ok, Server} = gen_server:start_link(?MODULE, 0, []),
    Large = lists:duplicate(100, {order, 4711, <<"tea-bowl">>, 2}),
    _ = calls(Server, small, Calls div 10),
    io:format("small ~p~n", [calls(Server, small, Calls)]),
    io:format("large ~p~n", [calls(Server, Large, Calls div 4)]),
    halt(0).

calls(Server, Message, Calls) ->
    From = erlang:monotonic_time(nanosecond),
    repeat(Server, Message, Calls),
    (erlang:monotonic_time(nanosecond) - From) div Calls.

repeat(_Server, _Message, 0) ->
    ok;
repeat(Server, Message, Left) ->
    _ = gen_server:call(Server, Message),
    repeat(Server, Message, Left - 1).

init(Count) ->
    {ok, Count}.

handle_call(_Message, _From, Count) ->
    {reply, Count, Count + 1}.

handle_cast(_Message, Count) ->
    {noreply, Count}.
