%% A module whose functions are recorded by rewriting it.
-module(deep_sample).

-export([add/2, twice/1, calls/2, slowly/2, leaf/1, stay/1]).

add(A, B) ->
    Sum = A + B,
    Sum.

twice(X) ->
    Y = add(X, X),
    {twice, Y}.

%% Calls leaf/1 N times, with some work of its own between the calls.
calls(0, Sum) ->
    Sum;
calls(N, Sum) ->
    calls(N - 1, leaf(Sum + erlang:phash2({N, Sum}))).

%% The same with some microseconds of work.
slowly(0, _) ->
    ok;
slowly(N, Bytes) ->
    _ = leaf(erlang:adler32(Bytes)),
    slowly(N - 1, Bytes).

leaf(N) ->
    N band 16#ffffff.

%% A process that stays in this code until it is told to go.
stay(Parent) ->
    receive
        {add, A, B} -> Parent ! {sum, add(A, B)}, stay(Parent);
        go -> ok
    end.
