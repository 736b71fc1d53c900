%% Breakpoints and the pattern of arrivals: set, checked now and then, taken back.
%%
%% Up to OTP 26 patterns are global: whoever traces calls meets ours, and we meet theirs. So a function that somebody has a
%% pattern on already is left to them, and ours carry a guard against the processes that others trace, so that their tracer
%% does not suddenly get calls of gen_server. In a session of our own (27+) none of this can happen.
-module(elixirscope_patterns).

-export([set/3, add/2, off/1, renew/2, taken/1]).

-export_type([patterns/0, returns/0]).

-record(patterns, {
    session :: elixirscope_session:session(),
    %% Whom others trace: our breakpoints let these pass. `many`: too many for that.
    callers = [] :: [pid() | new_processes] | many,
    %% What we set: a function, the match specification there, and whether calls within its module count.
    functions = [] :: [{mfa() | {module(), atom(), '_'}, [tuple()], [local | global]}],
    %% What stood in 'receive' before; `untouched` where we left it.
    recv = untouched :: untouched | term(),
    %% What we did not touch because somebody else was there.
    taken = [] :: [mfa() | 'receive']
}).

-opaque patterns() :: #patterns{}.
%% `exceptions`: returns and exceptions, but only of calls from other modules. `except`: not where the first argument is one of these.
-type returns() :: boolean() | exceptions | {except, [atom(), ...], boolean()}.
-type call() :: {mfa() | {module(), atom(), '_'}, returns()}.
-type wanted() :: #{calls := [call()], arrivals := boolean()}.

%% More processes traced by others than this, and the guards would cost every call too much: no breakpoints then.
-define(MOST_GUARDS, 16).
%% Adds the node and pid of the sender to an arrival.
-define(WITH_SENDER, [{['$1', '$2', '_'], [], [{message, {{'$1', '$2'}}}]}]).

%% Sets all that is wanted and possible.
-spec set(elixirscope_session:session(), wanted(), elixirscope_flags:foreign()) -> patterns().
set(Session, #{calls := Calls, arrivals := Arrivals}, Foreign) ->
    Callers = [Pid || {Pid, Flags} <- Foreign, lists:member(call, Flags)],
    Guarded = case lists:member(new_processes, Callers) orelse length(Callers) > ?MOST_GUARDS of
        true -> many;
        false -> Callers
    end,
    Start = add(Calls, #patterns{session = Session, callers = Guarded}),
    Receivers = [Which || {Which, Flags} <- Foreign, lists:member('receive', Flags)],
    case Arrivals of
        false -> Start;
        true when Receivers =/= [] -> Start#patterns{taken = ['receive' | Start#patterns.taken]};
        true -> recv(Start)
    end.

%% Sets further breakpoints.
-spec add([call()], patterns()) -> patterns().
add(Calls, #patterns{callers = many, taken = Taken} = Patterns) ->
    Patterns#patterns{taken = [Function || {Function, _} <- Calls] ++ Taken};
add(Calls, Patterns) ->
    lists:foldl(fun function/2, Patterns, Calls).

function({{_, _, Arity} = Function, Returns}, #patterns{session = Session, callers = Callers} = Patterns) ->
    case elixirscope_session:is_isolated(Session) orelse is_free(Session, Function) of
        true ->
            Guards = [{'=/=', {self}, {const, Pid}} || Pid <- Callers],
            {Head, Others, Actions, Options} = case Returns of
                exceptions -> {'_', [], [{exception_trace}], [global]};
                true -> {'_', [], [{return_trace}], [local]};
                false -> {'_', [], [], [local]};
                {except, Atoms, true} -> {['$1' | lists:duplicate(Arity - 1, '_')], [{'=/=', '$1', Atom} || Atom <- Atoms], [{return_trace}], [local]};
                {except, Atoms, false} -> {['$1' | lists:duplicate(Arity - 1, '_')], [{'=/=', '$1', Atom} || Atom <- Atoms], [], [local]}
            end,
            Spec = [{Head, Guards ++ Others, Actions}],
            %% Also where there is no such function yet: its module may be loaded later.
            _ = again(Session, Function, Spec, Options),
            Patterns#patterns{functions = [{Function, Spec, Options} | Patterns#patterns.functions]};
        false ->
            Patterns#patterns{taken = [Function | Patterns#patterns.taken]}
    end.

is_free(Session, {M, _, _} = Function) ->
    lists:all(fun(Each) ->
        case elixirscope_session:info(Session, Each, all) of
            {all, [_ | _] = Items} -> not lists:any(fun({_, Value}) -> Value =/= false end, Items);
            _ -> true
        end
    end, expand(M, Function)).

expand(M, {M, F, A}) when F =/= '_', A =/= '_' ->
    [{M, F, A}];
expand(M, {M, F0, A0}) ->
    try erlang:get_module_info(M, functions) of
        Functions -> [{M, F, A} || {F, A} <- Functions, F0 =:= '_' orelse F =:= F0, A0 =:= '_' orelse A =:= A0]
    catch
        error:badarg -> []
    end.

recv(#patterns{session = Session} = Patterns) ->
    case elixirscope_session:recv_info(Session) of
        true ->
            ok = elixirscope_session:recv(Session, ?WITH_SENDER),
            Patterns#patterns{recv = true};
        _ ->
            Patterns#patterns{taken = ['receive' | Patterns#patterns.taken]}
    end.

%% What was left to others.
-spec taken(patterns()) -> [mfa() | 'receive'].
taken(#patterns{taken = Taken}) -> Taken.

%% Takes back what we set, unless somebody has put something else there meanwhile.
-spec off(patterns()) -> ok.
off(#patterns{session = Session, functions = Functions, recv = Before}) ->
    case elixirscope_session:is_isolated(Session) of
        true ->
            ok;
        false ->
            _ = [elixirscope_session:function_off(Session, Function, Options) || {Function, Spec, Options} <- Functions,
                 is_ours(Session, Function, Spec)],
            %% Unless it was ours, it was never touched; and then it is ours still, or somebody's who came later.
            case Before =/= untouched andalso elixirscope_session:recv_info(Session) =:= ?WITH_SENDER of
                true -> elixirscope_session:recv(Session, Before);
                false -> ok
            end
    end.

%% Sets those breakpoints again that are gone because their module was loaded anew, and those of modules loaded just now. The
%% functions concerned.
-spec renew(patterns(), [module()]) -> [mfa() | {module(), atom(), '_'}].
renew(#patterns{session = Session, functions = Functions}, Loaded) ->
    [Function || {Function, Spec, Options} <- Functions, is_lost(Session, Function, Loaded),
                 again(Session, Function, Spec, Options)].

%% A module that was loaded with the same code as before does not count as loaded, but has lost its breakpoints all the same.
is_lost(Session, {_, F, A} = Function, _) when F =/= '_', A =/= '_' ->
    elixirscope_session:info(Session, Function, traced) =:= {traced, false};
is_lost(_, {M, _, _}, Loaded) ->
    lists:member(M, Loaded).

again(Session, Function, Spec, Options) ->
    try elixirscope_session:function(Session, Function, Spec, Options) > 0 catch error:badarg -> false end.

%% A pattern over several functions is compared nowhere: those functions were free when it was set.
is_ours(Session, {_, F, A} = Function, Spec) when F =/= '_', A =/= '_' ->
    elixirscope_session:info(Session, Function, match_spec) =:= {match_spec, Spec};
is_ours(_, _, _) ->
    true.
