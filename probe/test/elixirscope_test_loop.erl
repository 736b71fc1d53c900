%% A behaviour that is not OTP's, with the callbacks of gen_server and a loop of its own, as gen_server2 and p1_server have.
-module(elixirscope_test_loop).

-export([start/2, call/2, init_it/6, enter_loop/2]).

-callback init(term()) -> term().

start(Mod, Argument) -> gen:start(?MODULE, nolink, Mod, Argument, []).

call(Pid, Request) ->
    {ok, Reply} = gen:call(Pid, '$gen_call', Request),
    Reply.

init_it(Starter, _, _, Mod, Argument, _) ->
    case catch Mod:init(Argument) of
        {ok, State, hibernate, {backoff, _}} ->
            proc_lib:init_ack(Starter, {ok, self()}),
            enter_loop(Mod, State)
    end.

enter_loop(Mod, State) ->
    receive
        {'$gen_call', From, Request} ->
            {reply, Reply, Next} = (catch Mod:handle_call(Request, From, State)),
            gen:reply(From, Reply),
            enter_loop(Mod, Next);
        {'$gen_cast', Message} ->
            went(Mod, catch Mod:handle_cast(Message, State), State);
        Message ->
            went(Mod, catch Mod:handle_info(Message, State), State)
    end.

went(Mod, {noreply, Next}, _) -> enter_loop(Mod, Next);
went(Mod, {noreply, Next, _}, _) -> enter_loop(Mod, Next);
went(Mod, {become, New, Next}, _) when Mod =/= New -> enter_loop(New, Next);
went(Mod, {stop, Reason, Next}, _) -> ended(Mod, Reason, Next);
went(Mod, {'EXIT', Reason}, State) -> ended(Mod, Reason, State).

ended(Mod, Reason, State) ->
    _ = (catch Mod:terminate(Reason, State)),
    exit(Reason).
