%% What calls the functions that are measured. It is never rewritten itself.
-module(call_work).

-export([calls/2]).

calls(_, 0) -> ok;
calls(Term, N) -> _ = call_target:f(Term, N), calls(Term, N - 1).
