%% A handler of gen_event to be recorded: a sum.
-module(elixirscope_test_handler).
-behaviour(gen_event).

-export([init/1, handle_event/2, handle_call/2]).

init(Sum) -> {ok, Sum}.

handle_event({tick, N}, Sum) -> {ok, Sum + N}.

handle_call(sum, Sum) -> {ok, Sum, Sum}.
