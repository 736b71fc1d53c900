%% What passes the places that are measured. It is never rewritten itself.
-module(capture_work).

-export([calls/2, sends/2, arrivals/2, lines/3, values/3, nothing/1]).

calls(_, 0) -> ok;
calls(Term, N) -> _ = capture_target:f(Term, N), calls(Term, N - 1).

%% To a pid that is gone: copying into another process's heap stays out of it.
sends({_, _}, 0) -> ok;
sends({Dead, Term} = To, N) -> Dead ! Term, sends(To, N - 1).

%% From itself, so that no other process has a part in it.
arrivals(_, 0) -> ok;
arrivals(Term, N) -> self() ! Term, receive _ -> arrivals(Term, N - 1) end.

lines(_, _, 0) -> ok;
lines(Point, Term, N) -> ok = elixirscope_nif:line(Point, Term, N), lines(Point, Term, N - 1).

values(_, _, 0) -> ok;
values(Point, Term, N) -> N = elixirscope_nif:value(Point, N), values(Point, Term, N - 1).

%% A NIF that only returns an atom: what no way of recording that calls one can be below.
nothing(0) -> ok;
nothing(N) -> trace = empty_tracer:enabled(x, y, z), nothing(N - 1).
