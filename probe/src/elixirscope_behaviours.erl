%% Behaviours that are not OTP's: the callbacks of their modules are traced themselves.
%%
%% RabbitMQ's gen_server2, ejabberd's p1_server and others have the callbacks of gen_server, but loops of their own, and nobody
%% knows the insides of them all. What they have in common is how they are started: `gen:start(Behaviour, …)` calls
%% `Behaviour:init_it/6` in the new process. So a module is followed here when it declares a behaviour that exports that
%% function and is not one of those which elixirscope_callbacks sees at their insides, and has the callbacks itself. Behaviours
%% built upon others (GenStage, ranch, cowboy, xmpp_stream_in) have no `init_it`: what they run in is seen already.
%%
%% Only calls from outside of the module are wanted: a callback that calls another one of its own handles one message, not
%% two. So the breakpoints are global ones. The behaviours call inside a `catch`, never as the last thing of a loop; so
%% asking for the return costs one frame of stack for as long as the callback runs.
-module(elixirscope_behaviours).

-export([new/1, find/2]).

-export_type([known/0]).

-record(known, {
    %% Modules whose functions the user asked for: their calls are shown as such.
    left :: #{module() => []},
    %% What may turn out to be followed once its behaviour is loaded.
    candidates = #{} :: #{module() => [module()]},
    found = #{} :: #{mfa() => []}
}).

-opaque known() :: #known{}.

-define(CALLBACKS, [{init, 1}, {handle_call, 3}, {handle_cast, 2}, {handle_info, 2}, {handle_continue, 2}, {handle_batch, 2},
                    {terminate, 2}]).
-define(COVERED, [gen_server, gen_statem, gen_event, gen_fsm, supervisor, 'Elixir.GenServer', 'Elixir.Supervisor']).

%% Nothing looked at yet. Left: modules not to be followed.
-spec new([module()]) -> known().
new(Left) ->
    #known{left = maps:from_list([{Module, []} || Module <- Left])}.

%% Looks at modules just loaded: the breakpoints that are to be set now, if any.
-spec find([module()], known()) -> {[elixirscope_callbacks:point()], known()}.
find([], Known) ->
    {[], Known};
find(Modules, #known{candidates = Before, left = Left} = Known) ->
    Candidates = lists:foldl(fun(Module, Map) ->
        case not is_map_key(Module, Left) andalso has_callbacks(Module) andalso declared(Module) of
            [_ | _] = Behaviours -> Map#{Module => Behaviours};
            _ -> maps:remove(Module, Map)
        end
    end, Before, Modules),
    maps:fold(fun(Module, Behaviours, {Points, #known{found = Found} = Next}) ->
        case lists:filter(fun starts_processes/1, Behaviours) of
            [Behaviour | _] ->
                New = [{{Module, F, A}, {direct, #{behaviour => Behaviour}}, exceptions}
                       || {F, A} <- ?CALLBACKS, erlang:function_exported(Module, F, A), not is_map_key({Module, F, A}, Found)],
                {New ++ Points, Next#known{found = maps:merge(Found, maps:from_list([{Function, []} || {Function, _, _} <- New]))}};
            [] ->
                {Points, Next}
        end
    end, {[], Known#known{candidates = Candidates}}, Candidates).

has_callbacks(Module) ->
    lists:any(fun({F, A}) -> erlang:function_exported(Module, F, A) end,
              [{handle_call, 3}, {handle_cast, 2}, {handle_batch, 2}]).

%% The behaviours that a module declares; none where one of them is covered. Modules come from strangers: anything may stand there.
declared(Module) ->
    try erlang:get_module_info(Module, attributes) of
        Attributes ->
            Names = lists:append([List || {Key, [_ | _] = List} <- Attributes, Key =:= behaviour orelse Key =:= behavior]),
            case lists:any(fun(Name) -> lists:member(Name, ?COVERED) end, Names) of
                true -> [];
                false -> lists:filter(fun erlang:is_atom/1, Names)
            end
    catch
        error:_ -> []
    end.

starts_processes(Behaviour) ->
    erlang:function_exported(Behaviour, init_it, 6).
