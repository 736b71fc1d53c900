%% What the arguments and results of the behaviours' internal functions mean (elixirscope_callbacks lists the functions).
%% Used by the plain Erlang engine; the NIF does the same in C.
%%
%% Every clause checks what it takes apart. A function of some OTP to come that looks different gives `unknown`, and the call
%% is then recorded as a plain one.
-module(elixirscope_shapes).

-export([enter/3, leave/3, thrown/3]).

-type entry() ::
    {callback, Behaviour :: atom(), mfa(), Message :: term(), From :: {ok, term()} | none, State :: {ok, term()} | none}
    | {state, Behaviour :: atom(), State :: term()}
    %% A callback ends; `raised` only when one is open, since the same function is called for a stop that was asked for.
    | {ended, exit()}
    | {raised, exit()}
    | unknown.

%% The result, the position of the new state in it (0: none; `unseen`: nor was the result), the state, and whether the callback raised.
-type exit() :: {Result :: term(), StateAt :: non_neg_integer() | unseen, {ok, term()} | none, Raised :: boolean()}.

%% A call of this function with these arguments begins.
-spec enter(elixirscope_callbacks:shape(), mfa(), [term()]) -> entry().
enter({direct, #{behaviour := Behaviour}}, {_, _, 1} = Callback, [Argument]) ->
    {callback, Behaviour, Callback, Argument, none, none};
enter({direct, #{behaviour := Behaviour}}, {_, _, 2} = Callback, [Message, State]) ->
    {callback, Behaviour, Callback, Message, none, {ok, State}};
enter({direct, #{behaviour := Behaviour}}, {_, _, 3} = Callback, [Message, From, State]) ->
    {callback, Behaviour, Callback, Message, {ok, From}, {ok, State}};
enter(Shape, _, Arguments) ->
    enter(Shape, Arguments).

enter(gs_init, [Mod, Args]) when is_atom(Mod) ->
    {callback, gen_server, {Mod, init, 1}, Args, none, none};
enter(gs_call, [Cache, Message, From, State]) ->
    server(Cache, handle_call, 3, Message, {ok, From}, State);
enter(gs_dispatch, [Mod, Function, Message, State]) when is_atom(Mod), is_atom(Function) ->
    {callback, gen_server, {Mod, Function, 2}, Message, none, {ok, State}};
enter(gs_cast, [Cache, Message, State]) ->
    server(Cache, handle_cast, 2, Message, none, State);
enter(gs_info, [Cache, Message, State]) ->
    server(Cache, handle_info, 2, Message, none, State);
enter(gs_continue, [Cache, Message, State]) ->
    server(Cache, handle_continue, 2, Message, none, State);
enter(gs_terminate, [Mod, Reason, State]) ->
    server(Mod, terminate, 2, Reason, none, State);
enter(statem_callback, [Params, _, _, _, {State, _} = StateData, _, _, _, _, _, {Type, Content}])
        when is_tuple(Params), element(1, Params) =:= params, tuple_size(Params) >= 5 ->
    case element(5, Params) of
        [Mod | _] when is_atom(Mod) ->
            Function = case element(2, Params) of
                state_functions when is_atom(State) -> {Mod, State, 3};
                _ -> {Mod, handle_event, 4}
            end,
            {callback, gen_statem, Function, Content, {ok, Type}, {ok, StateData}};
        _ ->
            unknown
    end;
enter(statem_result, [_, _, _, _, {State, _}, _, _, _, _, _, Result]) ->
    {ended, statem_leave(State, Result)};
enter(statem_terminate, [Class, Reason, Stack | _]) ->
    {raised, {{Class, Reason, Stack}, 0, none, true}};
enter(statem_receive, [_, _, State]) when is_tuple(State), element(1, State) =:= state, tuple_size(State) >= 2 ->
    case element(2, State) of
        {_, _} = StateData -> {state, gen_statem, StateData};
        _ -> unknown
    end;
enter(ge_update, [Handler, Function, Event, _]) when is_atom(Function), is_tuple(Handler),
        element(1, Handler) =:= handler, tuple_size(Handler) >= 4, is_atom(element(2, Handler)) ->
    {callback, gen_event, {element(2, Handler), Function, 2}, Event, none, {ok, element(4, Handler)}};
enter(ge_call, [Handler, Query, _]) when is_tuple(Handler),
        element(1, Handler) =:= handler, tuple_size(Handler) >= 4, is_atom(element(2, Handler)) ->
    {callback, gen_event, {element(2, Handler), handle_call, 2}, Query, none, {ok, element(4, Handler)}};
enter(_, _) ->
    unknown.

%% What gen_statem makes of a result: the data is in it, the state only where it changes.
statem_leave(_, {next_state, Next, Data} = Result) -> {Result, 3, {ok, {Next, Data}}, false};
statem_leave(_, {next_state, Next, Data, _} = Result) -> {Result, 3, {ok, {Next, Data}}, false};
statem_leave(State, {Keep, Data} = Result) when Keep =:= keep_state; Keep =:= repeat_state ->
    {Result, 2, {ok, {State, Data}}, false};
statem_leave(State, {Keep, Data, _} = Result) when Keep =:= keep_state; Keep =:= repeat_state ->
    {Result, 2, {ok, {State, Data}}, false};
statem_leave(State, {stop, _, Data} = Result) -> {Result, 3, {ok, {State, Data}}, false};
statem_leave(State, {stop_and_reply, _, _, Data} = Result) -> {Result, 4, {ok, {State, Data}}, false};
statem_leave(_, Result) -> {Result, 0, none, false}.

%% OTP 25 passes the module, later ones a record of the module and funs of its callbacks.
server(Mod, Function, Arity, Message, From, State) when is_atom(Mod) ->
    {callback, gen_server, {Mod, Function, Arity}, Message, From, {ok, State}};
server(Cache, Function, Arity, Message, From, State)
        when is_tuple(Cache), element(1, Cache) =:= callback_cache, is_atom(element(2, Cache)) ->
    {callback, gen_server, {element(2, Cache), Function, Arity}, Message, From, {ok, State}};
server(_, _, _, _, _, _) ->
    unknown.

%% A callback that was traced itself threw this. Behaviours `catch` their callbacks: what is thrown counts as what is returned, if
%% it is a result at all.
-spec thrown(elixirscope_callbacks:shape(), mfa(), term()) -> exit() | raised.
thrown({direct, _} = Shape, Function, Thrown) ->
    case leave(Shape, Function, Thrown) of
        {_, _, {ok, _}, false} = Exit -> Exit;
        _ -> raised
    end;
thrown(_, _, _) ->
    raised.

%% The function returned this.
-spec leave(elixirscope_callbacks:shape(), mfa(), term()) -> exit().
leave({direct, _}, {_, Function, _}, Result) ->
    case direct_at(Function, Result) of
        0 -> {Result, 0, none, false};
        Position -> {Result, Position, {ok, element(Position, Result)}, false}
    end;
leave(Shape, _, Result) ->
    leave(Shape, Result).

%% Such behaviours have options of their own at the end of a result (`{ok, State, hibernate, Backoff}`).
direct_at(terminate, _) -> 0;
direct_at(handle_batch, {ok, _, _}) -> 3;
direct_at(Function, Result) when is_tuple(Result), tuple_size(Result) >= 2 ->
    Size = tuple_size(Result),
    case element(1, Result) of
        ok when Function =:= init; Function =:= handle_batch -> 2;
        _ when Function =:= init; Function =:= handle_batch -> 0;
        noreply -> 2;
        Three when Size >= 3, (Three =:= reply orelse Three =:= become) -> 3;
        stop when Size =:= 3; Size =:= 4 -> Size;
        _ -> 0
    end;
direct_at(_, _) -> 0.

leave(ge_update, {Tag, Handler}) when is_tuple(Handler), tuple_size(Handler) >= 4 ->
    {{Tag, state}, 2, {ok, element(4, Handler)}, false};
leave(ge_call, {{Tag, Handler}, Reply}) when is_tuple(Handler), tuple_size(Handler) >= 4 ->
    {{Tag, Reply, state}, 3, {ok, element(4, Handler)}, false};
leave(gs_init, {ok, {ok, State} = Result}) ->
    {Result, 2, {ok, State}, false};
leave(gs_init, {ok, {ok, State, _} = Result}) ->
    {Result, 2, {ok, State}, false};
leave(gs_terminate, {ok, Result}) ->
    {Result, 0, none, false};
leave(_, {'EXIT', Class, Reason, Stack}) ->
    {{Class, Reason, Stack}, 0, none, true};
leave(Shape, {ok, Result}) when Shape =/= gs_init, Shape =/= ge_update, Shape =/= ge_call ->
    case at(Result) of
        0 -> {Result, 0, none, false};
        Position -> {Result, Position, {ok, element(Position, Result)}, false}
    end;
leave(_, {ok, Result}) ->
    {Result, 0, none, false};
leave(_, Result) ->
    {Result, 0, none, false}.

at({noreply, _}) -> 2;
at({noreply, _, _}) -> 2;
at({reply, _, _}) -> 3;
at({reply, _, _, _}) -> 3;
at({stop, _, _}) -> 3;
at({stop, _, _, _}) -> 4;
at(_) -> 0.
