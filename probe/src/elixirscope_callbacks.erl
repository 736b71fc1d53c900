%% Where the callbacks of OTP behaviours can be seen all at once.
%%
%% Every gen_server (and so every supervisor, Agent, Phoenix channel) calls its callbacks through a handful of internal
%% functions of `gen_server`, every gen_statem and gen_event likewise. One breakpoint on each of these shows message, state
%% before and state after for all processes of the node, with no need to find the modules that implement them.
%%
%% Which of the internal functions exist differs from release to release, so they are looked up in the running module:
%%
%%   gen_server:init_it/2                                    all
%%   gen_server:try_handle_call/4, try_terminate/3           all
%%   gen_server:try_dispatch/4                               up to 25
%%   gen_server:try_handle_cast/3, _info/3, _continue/3      from 26 on
%%   gen_statem:loop_state_callback/11, loop_receive/3       25 to 28 (call only)
%%   gen_statem:loop_state_callback_result/11, terminate/7   25 to 28 (call only): what the callback returned, or raised
%%   gen_event:server_update/4, server_call_update/3         all
%%
%% Those of gen_statem are entered by tail calls again and again. A return trace there would leave a stack frame behind at
%% every turn, for ever; so their entry is all that is asked for. The others return to a loop that calls them anew.
-module(elixirscope_callbacks).

-export([points/0, fallback/0]).

-export_type([point/0, shape/0]).

-type shape() :: gs_init | gs_call | gs_dispatch | gs_cast | gs_info | gs_continue | gs_terminate | statem_callback
               | statem_result | statem_terminate | statem_receive | ge_update | ge_call
               | {direct, #{behaviour := module()}}.
-type point() :: {mfa(), shape(), elixirscope_patterns:returns()}.

-define(KNOWN, [
    {{gen_server, init_it, 2}, gs_init, true},
    {{gen_server, try_handle_call, 4}, gs_call, true},
    {{gen_server, try_dispatch, 4}, gs_dispatch, true},
    {{gen_server, try_handle_cast, 3}, gs_cast, true},
    {{gen_server, try_handle_info, 3}, gs_info, true},
    {{gen_server, try_handle_continue, 3}, gs_continue, true},
    {{gen_server, try_terminate, 3}, gs_terminate, true},
    {{gen_statem, loop_state_callback, 11}, statem_callback, false},
    {{gen_statem, loop_state_callback_result, 11}, statem_result, false},
    {{gen_statem, terminate, 7}, statem_terminate, false},
    {{gen_statem, loop_receive, 3}, statem_receive, false},
    {{gen_event, server_update, 4}, ge_update, true},
    {{gen_event, server_call_update, 3}, ge_call, true}
]).

%% The breakpoints that this OTP has, and the behaviours of which it has not enough to follow them.
-spec points() -> {[point()], Missing :: [gen_server | gen_statem | gen_event]}.
points() ->
    Points = [Point || {{M, F, A}, _, _} = Point <- ?KNOWN, has(M, F, A)],
    Shapes = [Shape || {_, Shape, _} <- Points],
    Has = fun(Shape) -> lists:member(Shape, Shapes) end,
    Server = Has(gs_call) andalso (Has(gs_dispatch) orelse (Has(gs_cast) andalso Has(gs_info))),
    Statem = Has(statem_callback) andalso Has(statem_receive),
    Missing = [gen_server || not Server] ++ [gen_statem || not Statem] ++ [gen_event || not Has(ge_update)],
    %% Half of a behaviour would show states that are not true any more: all or nothing.
    {[Point || {{M, _, _}, _, _} = Point <- Points, not lists:member(M, Missing)], Missing}.

has(M, F, A) ->
    %% The behaviours belong to stdlib; loading one that is not yet loaded changes nothing for the program.
    case code:ensure_loaded(M) of
        {module, M} -> lists:member({F, A}, M:module_info(functions));
        _ -> false
    end.

%% The callbacks of the modules that declare a behaviour, for an OTP whose internals are unknown: plain calls and returns
%% then, without states. Only modules loaded now are found.
-spec fallback() -> [mfa()].
fallback() ->
    Callbacks = [{handle_call, 3}, {handle_cast, 2}, {handle_info, 2}, {handle_continue, 2}, {handle_event, 4}],
    [{M, F, A} || M <- erlang:loaded(), declares(M), {F, A} <- Callbacks, erlang:function_exported(M, F, A)].

declares(Module) ->
    try erlang:get_module_info(Module, attributes) of
        Attributes ->
            lists:any(fun({Key, [_ | _] = Names}) when Key =:= behaviour; Key =:= behavior ->
                              lists:any(fun(Name) -> lists:member(Name, [gen_server, gen_statem, 'Elixir.GenServer']) end,
                                        Names);
                         (_) -> false
                      end, Attributes)
    catch
        error:badarg -> false
    end.
