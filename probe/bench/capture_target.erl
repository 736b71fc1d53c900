%% What is measured: a function that does next to nothing, called with a term and a number.
-module(capture_target).

-export([f/2]).

f(_, N) -> N + 1.
