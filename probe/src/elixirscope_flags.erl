%% Trace flags, process by process.
%%
%% Why one by one: `erlang:trace(all | existing, …)` crashes OTP 25 while dirty schedulers are busy, and would also take or
%% wipe the flags of another tracer. `new_processes` is set first and the list of processes is taken afterwards, so that a
%% process born in between is on the list, born with the flags, or both: none slips through.
-module(elixirscope_flags).

-export([names/1, survey/4, on/4, pause/2, off/2, off_for/3]).

-export_type([foreign/0]).

%% Processes traced by somebody else, with the flags they have there.
-type foreign() :: [{pid() | new_processes, [atom()]}].

%% Yield to others after so many processes, on nodes with very many.
-define(BATCH, 500).

%% The trace flags of the kinds of events asked for.
-spec names([atom()]) -> [atom()].
names(Events) ->
    lists:append([case Event of
        messages -> [send, 'receive'];
        processes -> [procs];
        callbacks -> [call];
        functions -> [call];
        tables -> [call];
        timers -> [call];
        stores -> [call];
        telemetry -> [call];
        monitors -> [call];
        gc -> [garbage_collection];
        schedule -> [running];
        _ -> []
    end || Event <- lists:usort(Events)]).

%% Looks at everything alive, before anything is touched: calls Emit with each process and its description, and tells what
%% was seen, which processes are to be left alone because of what they run, and which ones somebody else traces.
-spec survey(elixirscope_session:session(), elixirscope_session:tracer(), #{pid() => []}, fun((pid(), map()) -> term())) ->
    {Seen :: #{pid() => []}, Excluded :: #{pid() => []}, foreign()}.
survey(Session, Tracer, Excluded, Emit) ->
    New = foreign(Session, Tracer, new_processes),
    {Seen, Left, Foreign} = survey(processes(), Session, Tracer, Emit, 0, {#{}, Excluded, []}),
    {Seen, Left, New ++ Foreign}.

survey([], _, _, _, _, Found) ->
    Found;
survey([Pid | Rest], Session, Tracer, Emit, Count, {Seen, Excluded, Foreign}) ->
    Count rem ?BATCH =:= ?BATCH - 1 andalso erlang:yield(),
    Left = look(Pid, Excluded, Emit),
    Taken = foreign(Session, Tracer, Pid),
    survey(Rest, Session, Tracer, Emit, Count + 1, {Seen#{Pid => []}, Left, Taken ++ Foreign}).

look(Pid, Excluded, Emit) ->
    case elixirscope_process:describe(Pid) of
        undefined ->
            Excluded;
        {Calls, Known} ->
            %% The probe's own are not shown at all; other excluded ones are part of the system and are.
            _ = Emit(Pid, Known),
            case lists:any(fun elixirscope_exclude:by_call/1, Calls) of
                true -> Excluded#{Pid => []};
                false -> Excluded
            end
    end.

foreign(Session, Tracer, Which) ->
    case elixirscope_session:is_isolated(Session) of
        true ->
            [];
        false ->
            case elixirscope_session:info(Session, Which, tracer) of
                {tracer, []} -> [];
                {tracer, Tracer} -> [];
                {tracer, _} ->
                    case elixirscope_session:info(Session, Which, flags) of
                        {flags, Flags} -> [{Which, Flags}];
                        _ -> []
                    end;
                _ -> []
            end
    end.

%% Turns the flags on for all processes but the excluded and the foreign ones. Emit as in survey/4, for those born since.
-spec on(elixirscope_session:session(), [atom()], {#{pid() => []}, #{pid() => []}, foreign()},
         fun((pid(), map()) -> term())) -> ok.
on(Session, Flags, {Seen, Excluded, Foreign}, Emit) ->
    %% Children inherit by set_on_spawn only where somebody else owns new_processes. It is not the rule, because turning the
    %% flags off again would have to chase processes that were just born.
    case lists:keymember(new_processes, 1, Foreign) of
        false ->
            _ = elixirscope_session:process(Session, new_processes, true, Flags),
            pass(processes(), Session, Flags, Seen, Excluded, Foreign, Emit, 0);
        true ->
            Inherited = [set_on_spawn | Flags],
            pass(processes(), Session, Inherited, Seen, Excluded, Foreign, Emit, 0),
            %% Whoever was born from a parent that had no flags yet.
            Now = maps:from_list([{Pid, []} || Pid <- processes()]),
            pass(maps:keys(Now), Session, Inherited, maps:merge(Seen, Now), Excluded, Foreign, Emit, 0)
    end.

pass([], _, _, _, _, _, _, _) ->
    ok;
pass([Pid | Rest], Session, Flags, Seen, Excluded, Foreign, Emit, Count) ->
    Count rem ?BATCH =:= ?BATCH - 1 andalso erlang:yield(),
    Left = case is_map_key(Pid, Seen) orelse is_ours(Session, Pid) of
        true -> Excluded;
        false -> look(Pid, Excluded, Emit)
    end,
    case is_map_key(Pid, Left) of
        true ->
            %% One of ours or of the system's may have been born with the flags.
            _ = is_map_key(Pid, Seen) orelse elixirscope_session:process(Session, Pid, false, Flags),
            ok;
        false ->
            Foreign =/= [] andalso lists:keymember(Pid, 1, Foreign) orelse
                elixirscope_session:process(Session, Pid, true, Flags),
            ok
    end,
    pass(Rest, Session, Flags, Seen, Left, Foreign, Emit, Count + 1).

%% Born with our flags: its SPAWNED record says all there is to say.
is_ours(Session, Pid) ->
    case elixirscope_session:info(Session, Pid, flags) of
        {flags, [_ | _]} -> true;
        _ -> false
    end.

%% Clears our flags for a while, in a session too.
-spec pause(elixirscope_session:session(), elixirscope_session:tracer()) -> ok.
pause(Session, Tracer) ->
    case elixirscope_session:is_isolated(Session) of
        true ->
            _ = [elixirscope_session:process(Session, Which, false, [all]) || Which <- [new_processes | processes()]],
            ok;
        false ->
            off(Session, Tracer)
    end.

%% Clears our flags, and only ours: of a process that another tracer took meanwhile nothing is touched.
-spec off(elixirscope_session:session(), elixirscope_session:tracer()) -> ok.
off(Session, Tracer) ->
    case elixirscope_session:is_isolated(Session) of
        true ->
            ok;
        false ->
            _ = clear(Session, Tracer, new_processes),
            sweep(processes(), Session, Tracer, 0),
            %% Those that inherited their flags during the sweep.
            sweep(processes(), Session, Tracer, 0)
    end.

%% The same for some processes, while others go on being traced.
-spec off_for(elixirscope_session:session(), elixirscope_session:tracer(), [pid()]) -> ok.
off_for(Session, Tracer, Pids) ->
    sweep(Pids, Session, Tracer, 0).

sweep([], _, _, _) ->
    ok;
sweep([Pid | Rest], Session, Tracer, Count) ->
    Count rem ?BATCH =:= ?BATCH - 1 andalso erlang:yield(),
    _ = clear(Session, Tracer, Pid),
    sweep(Rest, Session, Tracer, Count + 1).

clear(Session, Tracer, Which) ->
    case elixirscope_session:info(Session, Which, tracer) of
        {tracer, Tracer} -> elixirscope_session:process(Session, Which, false, [all]);
        _ -> 0
    end.
