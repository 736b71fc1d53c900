%% One way to trace, whatever the OTP release.
%%
%% From OTP 27 on, an own trace session: isolated from every other tracer, and gone as a whole when it is destroyed or when
%% nobody holds its handle any more. Before, the one global set of flags and patterns, so whoever uses this module has to
%% look first and clear only what is ours (elixirscope_flags, elixirscope_patterns do).
%%
%% `trace:*` is called by `apply`, because the module does not exist where this one is compiled (OTP 25).
-module(elixirscope_session).

-export([open/1, close/1, is_isolated/1, process/4, function/4, function_off/3, recv/2, recv_info/1, info/3, others/1,
         delivered/1]).

-export_type([session/0, tracer/0]).

-type tracer() :: pid() | {module(), term()}.
-opaque session() :: {legacy, tracer()} | {session, term()}.

%% Opens what events will be sent through. Nothing is traced yet.
-spec open(tracer()) -> session().
open(Tracer) ->
    case erlang:function_exported(trace, session_create, 3) orelse has_sessions() of
        true -> {session, apply(trace, session_create, [elixirscope, Tracer, []])};
        false -> {legacy, Tracer}
    end.

has_sessions() ->
    %% Never loads a file of the user's that happens to be called trace: only the one of kernel counts.
    case code:ensure_loaded(trace) of
        {module, trace} -> erlang:function_exported(trace, session_create, 3);
        _ -> false
    end.

%% Ends a session with all its flags and patterns. A legacy one has nothing of its own; its flags are cleared one by one.
-spec close(session()) -> ok.
close({legacy, _}) ->
    ok;
close({session, Session}) ->
    _ = apply(trace, session_destroy, [Session]),
    ok.

%% Whether flags and patterns of others cannot be in our way.
-spec is_isolated(session()) -> boolean().
is_isolated({Kind, _}) -> Kind =:= session.

%% Turns flags of one process, or of those born from now on, on or off. 0 where it is gone or belongs to another tracer.
%% Never given `all` or `existing`: toggling those while dirty schedulers are busy crashes OTP 25.
-spec process(session(), pid() | new_processes, boolean(), [atom()]) -> non_neg_integer().
process({legacy, Tracer}, Which, true, Flags) ->
    Option = case Tracer of
        {Module, Argument} -> {tracer, Module, Argument};
        Pid -> {tracer, Pid}
    end,
    try erlang:trace(Which, true, [Option | Flags]) catch error:badarg -> 0 end;
process({legacy, _}, Which, false, Flags) ->
    try erlang:trace(Which, false, Flags) catch error:badarg -> 0 end;
process({session, Session}, Which, How, Flags) ->
    try apply(trace, process, [Session, Which, How, Flags]) catch error:badarg -> 0 end.

%% Sets a breakpoint. The count of functions that it met.
-spec function(session(), mfa() | {module(), atom(), '_'} | {module(), '_', '_'}, [tuple()], [local | global]) -> non_neg_integer().
function({legacy, _}, Function, MatchSpec, Options) ->
    erlang:trace_pattern(Function, MatchSpec, Options);
function({session, Session}, Function, MatchSpec, Options) ->
    apply(trace, function, [Session, Function, MatchSpec, Options]).

%% Takes a breakpoint away again.
-spec function_off(session(), mfa() | {module(), atom(), '_'} | {module(), '_', '_'}, [local | global]) -> ok.
function_off({legacy, _}, Function, Options) ->
    _ = (catch erlang:trace_pattern(Function, false, Options)),
    ok;
function_off({session, Session}, Function, Options) ->
    _ = (catch apply(trace, function, [Session, Function, false, Options])),
    ok.

%% Sets which arrivals are reported, and what with them.
-spec recv(session(), [tuple()] | boolean()) -> ok.
recv({legacy, _}, MatchSpec) ->
    _ = erlang:trace_pattern('receive', MatchSpec, []),
    ok;
recv({session, Session}, MatchSpec) ->
    _ = apply(trace, recv, [Session, MatchSpec, []]),
    ok.

%% What stands there now: `true` unless somebody set a pattern.
-spec recv_info(session()) -> term().
recv_info(Session) ->
    case info(Session, 'receive', match_spec) of
        {match_spec, Spec} -> Spec;
        _ -> true
    end.

%% As `erlang:trace_info/2`; `undefined` where there is no such process or function.
-spec info(session(), pid() | new_processes | 'receive' | mfa(), atom()) -> term().
info({legacy, _}, Which, Item) ->
    try erlang:trace_info(Which, Item) catch error:badarg -> undefined end;
info({session, Session}, Which, Item) ->
    try apply(trace, info, [Session, Which, Item]) catch error:badarg -> undefined end.

%% Other sessions than ours that exist, besides the built-in one where nobody uses it (its use by others shows in the flags of
%% processes, which `trace:session_info/1` of `new_processes` does not tell).
-spec others(session()) -> [term()].
others({legacy, _}) ->
    [];
others({session, {_, Mine}}) ->
    [Other || Other <- apply(trace, session_info, [all]), Other =/= Mine, not unused_default(Other)].

unused_default({legacy, default}) ->
    erlang:trace_info(new_processes, flags) =:= {flags, []};
unused_default(_) ->
    false.

%% Asks for a message `{trace_delivered, all, Ref}`, sent to the caller after everything traced until now.
-spec delivered(session()) -> reference().
delivered({legacy, _}) -> erlang:trace_delivered(all);
delivered({session, Session}) -> apply(trace, delivered, [Session, all]).
