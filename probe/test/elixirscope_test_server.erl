%% A gen_server to be recorded: counts, keeps a secret, crashes when asked.
-module(elixirscope_test_server).
-behaviour(gen_server).

-export([start/0, init/1, handle_call/3, handle_cast/2, handle_info/2, handle_continue/2, terminate/2]).

start() -> gen_server:start(?MODULE, 5, []).

init(N) -> {ok, #{count => N, password => <<"hunter2">>}, {continue, begun}}.

handle_continue(begun, State) -> {noreply, State#{begun => true}}.

handle_call({add, N}, _, #{count := Count} = State) -> {reply, Count + N, State#{count := Count + N}};
handle_call(get, _, #{count := Count} = State) -> {reply, Count, State}.

handle_cast(crash, #{count := Count}) -> error({asked, Count});
handle_cast({set, N}, State) -> {noreply, State#{count := N}}.

handle_info(stop, State) -> {stop, normal, State};
handle_info({thrown, N}, State) -> throw({noreply, State#{count := N}}).

terminate(_, _) -> ok.
