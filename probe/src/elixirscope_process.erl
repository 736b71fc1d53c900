%% What is known of a process that lived already when the recording began: the content of a PROCESS record.
-module(elixirscope_process).

-export([describe/1]).

%% A process with more memory than this is not asked for its whole dictionary, which would be copied.
-define(LARGE_BYTES, 4194304).

%% The initial calls (as spawned, and as proc_lib knows it) and the map of wire.md; `undefined` for one that is gone.
-spec describe(pid()) -> {[term()], map()} | undefined.
describe(Pid) ->
    Items = [registered_name, initial_call, links, message_queue_len, status, memory],
    case process_info(Pid, Items) of
        undefined ->
            undefined;
        Info ->
            Map = maps:from_list(Info),
            Raw = maps:get(initial_call, Map),
            Words = dictionary(Pid, maps:get(memory, Map)),
            Call = call(Words, Raw),
            Known = #{
                initial_call => Call,
                links => maps:get(links, Map),
                message_queue_len => maps:get(message_queue_len, Map),
                status => maps:get(status, Map),
                memory => maps:get(memory, Map)
            },
            {[Raw, Call], add_application(Pid, add_behaviour(Call, add_parent(Words, add_label(Words, add_name(Map, Known)))))}
    end.

add_name(#{registered_name := Name}, Known) when is_atom(Name) -> Known#{registered_name => Name};
add_name(_, Known) -> Known.

add_label(#{'$process_label' := Label}, Known) -> Known#{label => Label};
add_label(_, Known) -> Known.

add_parent(#{'$ancestors' := [Parent | _]}, Known) when is_pid(Parent) ->
    Known#{parent => Parent};
add_parent(#{'$ancestors' := [Name | _]}, Known) when is_atom(Name) ->
    case whereis(Name) of
        Pid when is_pid(Pid) -> Known#{parent => Pid};
        _ -> Known
    end;
add_parent(_, Known) ->
    Known.

%% Whose master is its group leader. Fails only before there is an application controller: then nothing is told.
add_application(Pid, Known) ->
    try application:get_application(Pid) of
        {ok, Name} -> Known#{application => Name};
        undefined -> Known#{application => undefined}
    catch
        error:badarg -> Known
    end.

%% What a process of OTP runs stands in its dictionary, since all of them were spawned by proc_lib.
call(#{'$initial_call' := {M, F, A}}, _) when is_atom(M), is_atom(F), is_integer(A) -> {M, F, A};
call(_, Raw) -> Raw.

add_behaviour({supervisor, _, _}, Known) ->
    Known#{behaviour => supervisor};
add_behaviour({Module, init, 1}, Known) ->
    %% Asks the VM, not the module: a module that is not loaded stays so, and no code of the program runs.
    try erlang:get_module_info(Module, attributes) of
        Attributes ->
            Declared = lists:append([Names || {Key, Names} <- Attributes, Key =:= behaviour orelse Key =:= behavior,
                                              is_list(Names)]),
            case first_known(Declared) of
                undefined -> Known;
                Behaviour -> Known#{behaviour => Behaviour}
            end
    catch
        error:badarg -> Known
    end;
add_behaviour(_, Known) ->
    Known.

first_known([Name | Rest]) ->
    case Name of
        gen_server -> gen_server;
        'Elixir.GenServer' -> gen_server;
        gen_statem -> gen_statem;
        gen_event -> gen_event;
        supervisor -> supervisor;
        'Elixir.Supervisor' -> supervisor;
        'Elixir.DynamicSupervisor' -> supervisor;
        _ -> first_known(Rest)
    end;
first_known(_) ->
    undefined.

%% The few entries of the process dictionary that we want. OTP 26.2 and later give single ones; before, the whole dictionary
%% is copied, so a process that is large (and may have a large dictionary) is not asked.
dictionary(Pid, Memory) ->
    Keys = ['$initial_call', '$ancestors', '$process_label'],
    try [{Key, single(Pid, Key)} || Key <- Keys] of
        Pairs -> maps:from_list([Pair || {_, Value} = Pair <- Pairs, Value =/= undefined])
    catch
        error:badarg when Memory =< ?LARGE_BYTES ->
            case process_info(Pid, dictionary) of
                {dictionary, All} -> maps:with(Keys, maps:from_list(All));
                undefined -> #{}
            end;
        error:badarg ->
            #{}
    end.

single(Pid, Key) ->
    case process_info(Pid, {dictionary, Key}) of
        {{dictionary, Key}, Value} -> Value;
        undefined -> undefined
    end.
