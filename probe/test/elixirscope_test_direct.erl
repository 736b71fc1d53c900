%% A module of such a behaviour.
-module(elixirscope_test_direct).
-behaviour(elixirscope_test_loop).

-export([enter/1, init/1, handle_call/3, handle_cast/2, handle_info/2, terminate/2]).

%% Started by other means, `init` becomes the loop itself.
enter(N) -> proc_lib:spawn(?MODULE, init, [{enter, N}]).

init({enter, N}) -> elixirscope_test_loop:enter_loop(?MODULE, #{n => N});
init(N) -> {ok, #{n => N, password => <<"hunter2">>}, hibernate, {backoff, 1000}}.

handle_call({add, N}, _, #{n := Old} = State) -> {reply, Old + N, State#{n := Old + N}};
handle_call({through, N}, From, State) -> ?MODULE:handle_call({add, N}, From, State);
handle_call({around, N}, From, State) ->
    {reply, Reply, Next} = ?MODULE:handle_call({add, N}, From, State),
    {reply, {around, Reply}, Next}.

handle_cast({set, N}, State) -> {noreply, State#{n := N}, hibernate};
handle_cast({throw, N}, State) -> throw({noreply, State#{n := N}});
handle_cast(caught, State) -> _ = (catch ?MODULE:handle_cast(crash, State)), {noreply, State};
handle_cast(crash, _) -> error(asked).

handle_info({set, _} = Message, State) -> handle_cast(Message, State);
handle_info(stop, State) -> {stop, normal, State}.

terminate(_, _) -> ok.
