%% The process that decides which modules are rewritten and how deep, remembers the originals, and gives them back.
%%
%% It decides alone, so that no module is rewritten twice, and leaves the work to a few others (elixirscope_prepare). Code that processes
%% still run is never purged: a module whose old code is in use keeps what it has. A late answer does no harm, nor does none
%% (elixirscope_hook).
-module(elixirscope_loader).

-export([start/1, begin_with/2, late/1, change/1, gates/1, stop/1, wants/1, defined/2, is_clean/0]).

-define(NAME, elixirscope_loader).
%% Where every process can look up cheaply which modules are meant.
-define(WANTED, {elixirscope_loader, wanted}).
%% There after the end if rewritten code is still in use, which calls elixirscope_nif.
-define(LEFT, {elixirscope_loader, left}).
-define(ASKED, <<"asked for">>).
%% More processes that compile at once take more memory than they save time.
-define(MOST_WORKERS, 8).

%% How long a beginning recording waits for the modules that are loaded already.
-define(BEGIN_MS, 5000).
%% Modules that are being compiled at once.
-define(MOST_DEBUG, 64).
%% How long the guard has for its work when the server is gone.
-define(ORPHAN_MS, 5000).

-record(s, {
    server :: pid(),
    mode :: run | attach,
    depths :: elixirscope_depths:depths(),
    own :: elixirscope_own:own(),
    engine :: undefined | elixirscope_engine:engine(),
    cache = none :: elixirscope_cache:cache(),
    %% Words in the names of variables whose values stay in the node.
    secrets = [] :: [binary()],
    %% Modules that were replaced by such that ask us (elixirscope_hook); `none`: it could not be.
    hooked = #{} :: #{module() => {Original :: binary(), NewDigest :: binary()} | none},
    %% Debug information of modules that are just being compiled without.
    debug = #{} :: #{module() => term()},
    versions = #{} :: #{module() => elixirscope_version:version()},
    %% Functions that a gate keeps from recording.
    shut = #{} :: #{module() => #{{atom(), arity()} => []}},
    %% Modules that wait for a chance to be exchanged: how often that failed.
    again = #{} :: #{module() => pos_integer()},
    %% What has been looked at already: the digest that was loaded then.
    tried = #{} :: #{module() => binary() | none},
    told = #{} :: #{module() => []},
    %% Who is free to prepare a module, what waits for that, and what is being prepared: {Job, What to do then}.
    idle = [] :: [pid()],
    waiting = queue:new() :: queue:queue(),
    running = #{} :: #{reference() => {map(), tuple()}},
    %% Modules that somebody wants to have loaded: who.
    asked = #{} :: #{module() => [{pid(), reference()}]},
    %% Whom to tell when everything that was loaded already is done.
    beginner :: undefined | {pid(), reference()}
}).

%% Starts the process and its helpers; they do nothing yet.
-spec start(map()) -> [pid()].
start(Config) ->
    Starter = self(),
    Pid = spawn(fun() ->
        register(?NAME, self()),
        %% The compiler may print when it fails.
        Silent = spawn_link(fun swallow/0),
        group_leader(Silent, self()),
        Workers = workers(Config),
        ok = elixirscope_sites:open(),
        _ = monitor(process, Starter),
        Starter ! {?NAME, self(), [self(), Silent | Workers]},
        loop(#s{server = Starter, cache = elixirscope_cache:open(Config), secrets = maps:get(redact, Config, []), mode = maps:get(mode, Config, run), idle = Workers, own = elixirscope_own:new(maps:get(own, Config, none)),
                depths = elixirscope_depths:new(elixirscope_depths:read(maps:get(depths, Config, [])))})
    end),
    Monitor = monitor(process, Pid),
    receive
        {?NAME, Pid, Pids} -> demonitor(Monitor, [flush]), Pids;
        {'DOWN', Monitor, process, Pid, _} -> []
    end.

%% A program that is being started waits for them; one that runs shall notice nothing.
workers(#{mode := attach}) ->
    [elixirscope_prepare:start(self(), low)];
workers(_) ->
    [elixirscope_prepare:start(self(), normal) || _ <- lists:seq(1, min(erlang:system_info(schedulers_online), ?MOST_WORKERS))].

swallow() ->
    receive
        {io_request, From, Ref, _} -> From ! {io_reply, Ref, ok}, swallow();
        _ -> swallow()
    end.

%% From now on modules are rewritten; returns when those that are loaded already are, or after a while.
-spec begin_with([pid()], elixirscope_engine:engine()) -> ok.
begin_with([Pid | _], Engine) ->
    _ = request(Pid, {begin_with, Engine}, ?BEGIN_MS),
    ok;
begin_with([], _) ->
    ok.

%% Modules that were loaded, perhaps in a way that went past us.
-spec late([module()]) -> ok.
late(Modules) ->
    tell({late, Modules}).

%% Other depths are asked for, from now on.
-spec change([elixirscope_depths:entry()]) -> ok.
change(Entries) ->
    tell({change, Entries}).

%% Functions that are to be recorded, or not.
-spec gates([{mfa(), boolean()}]) -> ok.
gates(Gates) ->
    tell({gates, Gates}).

tell(Message) ->
    case whereis(?NAME) of
        undefined -> ok;
        Pid -> Pid ! Message, ok
    end.

%% Gives every original back and ends.
-spec stop([pid()]) -> ok.
stop([Pid | _]) ->
    _ = request(Pid, stop, 20000),
    ok;
stop([]) ->
    ok.

request(Pid, Request, Patience) ->
    Monitor = monitor(process, Pid),
    Pid ! {?NAME, self(), Monitor, Request},
    receive
        {Monitor, Answer} -> demonitor(Monitor, [flush]), Answer;
        {'DOWN', Monitor, process, _, _} -> gone
    after Patience -> demonitor(Monitor, [flush]), late
    end.

%% Whether this module may have to be rewritten. For every process, and often.
-spec wants(module()) -> boolean().
wants(Module) ->
    case persistent_term:get(?WANTED, none) of
        {Loader, Depths, Libraries} ->
            self() =/= Loader andalso not is_ours(Module)
                andalso (Module =:= elixir_erl orelse elixirscope_depths:may_mean(Module, Depths)
                         orelse Libraries =/= none andalso not is_map_key(atom_to_binary(Module, utf8), Libraries));
        none ->
            false
    end.

%% The definitions of a module that is compiled without debug information.
-spec defined(module(), term()) -> true.
defined(Module, Definitions) ->
    ?NAME ! {defined, Module, Definitions},
    true.

%% Nor the modules that Elixir makes for a moment to run the body of a file.
is_ours(Module) ->
    Name = atom_to_list(Module),
    lists:prefix("elixirscope_", Name) orelse lists:prefix("elixir_compiler_", Name)
        orelse lists:member(Module, [code, code_server, error_handler, erlang, erts_internal]).

%% Whether no rewritten code is left, so that what it calls may go.
-spec is_clean() -> boolean().
is_clean() ->
    not persistent_term:get(?LEFT, false).

loop(S) ->
    receive
        {elixirscope_hook, From, Tag, Question} ->
            loop(try question(Question, {From, Tag}, S) catch _:_ -> answer({From, Tag}, original), S end);
        {?NAME, From, Tag, stop} ->
            _ = (catch give_back(S)),
            answer({From, Tag}, ok),
            %% With all that are linked to it.
            exit(shutdown);
        {?NAME, From, Tag, {begin_with, Engine}} ->
            New = S#s{engine = Engine, beginner = {From, Tag}},
            loop(ready(try install(New)
                       catch Class:Reason -> say(io_lib:format("functions are not recorded: ~0tP", [{Class, Reason}, 15]), New)
                       end));
        {'DOWN', _, process, _, _} ->
            %% The server. Its guard will ask us to stop, unless that was killed, too.
            _ = erlang:send_after(?ORPHAN_MS, self(), orphaned),
            loop(S);
        orphaned ->
            _ = (catch give_back(S)),
            exit(shutdown);
        Message ->
            %% Whatever goes wrong with one module, the originals of the others are here.
            loop(try next(told(Message, S)) catch _:_ -> S end)
    end.

told({prepared, Worker, Ref, Result}, S) ->
    {{Job, Then}, Running} = maps:take(Ref, S#s.running),
    ready(next(done(Result, Job, Then, S#s{running = Running, idle = [Worker | S#s.idle]})));
told({defined, Module, Definitions}, S) ->
    %% A module that is never loaded must not be kept for ever.
    Known = case map_size(S#s.debug) of N when N < ?MOST_DEBUG -> S#s.debug; _ -> #{} end,
    S#s{debug = Known#{Module => Definitions}};
told({late, Modules}, S) ->
    %% And those that are not what they were made by us, which may look to others as if nothing had happened.
    Changed = [Module || {Module, Version} <- maps:to_list(S#s.versions),
                         elixirscope_exchange:digest(Module) =/= elixirscope_version:digest(Version)],
    lists:foldl(fun late/2, S, lists:usort(Changed ++ Modules));
told({change, Entries}, S) ->
    change(Entries, S);
told({gates, Gates}, S) ->
    set_gates(Gates, S);
told({again, Module}, S) ->
    try_again(Module, S);
told(_, S) ->
    S.

answer({From, Tag}, Answer) ->
    From ! {Tag, Answer}.

%% --- beginning -----------------------------------------------------------------------------------------------------------------

install(#s{engine = nif, mode = Mode} = S) ->
    case is_wanted(S) of
        true ->
            %% Whatever rewriting needs, so that no load waits for another.
            _ = [code:ensure_loaded(M) || M <- [compile, beam_lib, erl_lint, erl_expand_records, v3_core, v3_kernel, sys_core_fold, beam_ssa]],
            Hooked = case Mode of run -> lists:foldl(fun hook/2, want(S), elixirscope_hook:modules()); attach -> S end,
            next(lists:foldl(fun late/2, Hooked, erlang:loaded()));
        false ->
            S
    end;
install(S) ->
    case is_wanted(S) of
        true -> say("functions are recorded by the native engine only", S);
        false -> S
    end.

is_wanted(#s{depths = Depths, own = Own}) ->
    Own =/= none orelse not elixirscope_depths:is_empty(Depths).

%% Tells all processes what is wanted.
want(#s{depths = Depths, own = Own} = S) ->
    persistent_term:put(?WANTED, {self(), Depths, case Own of none -> none; _ -> elixirscope_libraries:names() end}),
    S.

%% Puts the questions into a module that is loaded.
hook(Module, #s{hooked = Hooked} = S) ->
    case not is_map_key(Module, Hooked) andalso erlang:module_loaded(Module) andalso code:get_object_code(Module) of
        false ->
            S;
        {Module, Original, _} ->
            Digest = elixirscope_exchange:digest(Module),
            Replaced = case elixirscope_exchange:digest_of(Original) of
                Digest -> replaced(Module, Original, S);
                _ -> {error, <<"it is not the one on disk">>}
            end,
            case Replaced of
                {ok, New} ->
                    case elixirscope_exchange:put(Module, New) of
                        {ok, NewDigest} -> S#s{hooked = Hooked#{Module => {Original, NewDigest}}};
                        {error, Why} -> unhooked(Module, Why, S)
                    end;
                {error, Why} ->
                    unhooked(Module, Why, S)
            end;
        error ->
            unhooked(Module, <<"its file cannot be found">>, S)
    end.

replaced(Module, Original, #s{cache = Cache}) ->
    Key = elixirscope_cache:key(Cache, {hook, Module, erlang:md5(Original)}),
    case elixirscope_cache:get(Cache, Key) of
        {ok, New} when is_binary(New) ->
            {ok, New};
        _ ->
            Made = elixirscope_hook:replaced(Module, Original),
            _ = case Made of {ok, New} -> elixirscope_cache:put(Cache, Key, New); _ -> ok end,
            Made
    end.

unhooked(Module, Why, #s{hooked = Hooked} = S) ->
    say_hook(Module, Why, S#s{hooked = Hooked#{Module => none}}).

say_hook(code, Why, S) ->
    say(["modules are rewritten up to a second after they are loaded, not before: code: ", Why], S);
say_hook(elixir_erl, Why, S) ->
    say(["functions of modules that are compiled without debug information are not recorded: elixir_erl: ", Why], S).

%% --- while it runs -------------------------------------------------------------------------------------------------------------

question({rewrite, Module, File, Code}, Asker, S) ->
    next(enqueue(Module, File, Code, {code, Asker}, fun() -> answer(Asker, original) end, S));
question({ensure_loaded, Module}, Asker, S) ->
    case erlang:module_loaded(Module) of
        true -> answer(Asker, {module, Module}), S;
        false -> question({load_file, Module}, Asker, S)
    end;
question({load_file, elixir_erl}, Asker, #s{hooked = Hooked} = S) ->
    {Answer, New} = try load_hooked(elixir_erl, S) catch _:_ -> {original, S#s{hooked = Hooked#{elixir_erl => none}}} end,
    answer(Asker, Answer),
    New;
question({load_file, Module}, Asker, #s{asked = Asked} = S) when is_map_key(Module, Asked) ->
    S#s{asked = Asked#{Module => [Asker | maps:get(Module, Asked)]}};
question({load_file, Module}, Asker, #s{asked = Asked} = S) ->
    case code:get_object_code(Module) of
        {Module, Code, File} ->
            next(enqueue(Module, File, Code, {load, File, elixirscope_exchange:digest(Module)}, fun() -> answer(Asker, original) end, S#s{asked = Asked#{Module => [Asker]}}));
        error ->
            answer(Asker, original),
            S
    end.

%% Elixir's compiler comes when it is first needed.
load_hooked(Module, #s{hooked = Hooked} = S) when is_map_key(Module, Hooked) ->
    {original, S};
load_hooked(Module, #s{hooked = Hooked} = S) ->
    {Module, Original, File} = code:get_object_code(Module),
    case replaced(Module, Original, S) of
        {ok, New} ->
            {module, Module} = Done = code:load_binary(Module, File, New),
            {Done, S#s{hooked = Hooked#{Module => {Original, elixirscope_exchange:digest_of(New)}}}};
        {error, Why} ->
            {original, unhooked(Module, Why, S)}
    end.

%% Has a module prepared if it is meant; Otherwise if it is not.
enqueue(Module, File, Code, Then, Otherwise, #s{versions = Versions, debug = Debug} = S) ->
    case File =/= cover_compiled andalso depth(Module, File, Code, S) of
        false ->
            Otherwise(),
            S#s{asked = case Then of {load, _, _} -> maps:remove(Module, S#s.asked); _ -> S#s.asked end, debug = maps:remove(Module, Debug)};
        Depth ->
            Gated = case Versions of #{Module := Version} -> elixirscope_version:gated(Version); _ -> [] end,
            Job = #{module => Module, file => File, code => Code, depth => Depth, gated => Gated, cache => S#s.cache, secrets => S#s.secrets},
            enqueue(case Debug of #{Module := Known} -> Job#{debug => Known}; _ -> Job end, Then, S#s{debug = maps:remove(Module, Debug)})
    end.

enqueue(Job, Then, #s{waiting = Waiting} = S) ->
    S#s{waiting = queue:in({Job, Then}, Waiting)}.

%% How deep the functions of a module are to be recorded; false: none of them.
depth(Module, File, Code, #s{depths = Depths, own = Own}) ->
    IsLibrary = elixirscope_libraries:contain(File),
    Rules = elixirscope_depths:rules(Module, IsLibrary, Depths),
    Otherwise = case IsLibrary of true -> off; false -> elixirscope_own:depth(Code, Module, Own) end,
    (Otherwise =/= off orelse elixirscope_depths:asks(Rules))
        andalso fun(Function) -> elixirscope_depths:depth(Function, Rules, Otherwise) end.

%% Gives work to whoever is free.
next(#s{idle = [Worker | Idle], waiting = Waiting, running = Running} = S) ->
    case queue:out(Waiting) of
        {{value, {Job, Then}}, Left} ->
            Ref = make_ref(),
            Worker ! {prepare, Ref, Job},
            next(S#s{idle = Idle, waiting = Left, running = Running#{Ref => {Job, Then}}});
        {empty, _} ->
            S
    end;
next(S) ->
    S.

%% Tells the beginner once nothing is left to do.
ready(#s{beginner = undefined} = S) ->
    S;
ready(#s{beginner = Beginner, waiting = Waiting, running = Running} = S) ->
    case queue:is_empty(Waiting) andalso Running =:= #{} of
        true -> answer(Beginner, ok), S#s{beginner = undefined};
        false -> S
    end.

done(Result, #{module := Module} = Job, Then, S0) ->
    {Outcome, S} = try
        case Result of
            {ok, Prepared} -> put_in(Prepared, Job, Then, S0);
            none -> {stays, without(Job, Then, S0)};
            {error, Why} -> {stays, traced(Job, stays(Module, Why, S0))}
        end
    catch
        _:_ -> {stays, S0}
    end,
    case Then of
        {code, Asker} ->
            answer(Asker, case Outcome of {code, _} -> Outcome; _ -> original end),
            S;
        {load, _, _} ->
            {Askers, Asked} = maps:take(Module, S#s.asked),
            _ = [answer(Asker, case Outcome of loaded -> {module, Module}; _ -> original end) || Asker <- Askers],
            S#s{asked = Asked};
        _ ->
            S
    end.

%% The order matters: the recorder knows each number before it can be used, and the gate is there before who asks it.
put_in(#{code := New, functions := Functions, points := Points, gate := Gate, source := Source} = Prepared,
       #{module := Module, code := Code} = Job, Then, #s{engine = Engine, versions = Versions} = S) ->
    ok = elixirscope_announce:module(Engine, Module, Prepared),
    ok = elixirscope_announce:source(Engine, Source),
    ok = elixirscope_nif:levels([{Site, elixirscope_depths:level(Depth)} || #{site := Site, depth := Depth} <- Functions]
                                ++ [{Site, 3} || #{site := Site} <- Points]),
    Before = maps:get(Module, Versions, none),
    Version = elixirscope_version:new(Job, maps:without([code, gate, source], Prepared), Before),
    ok = elixirscope_levels:known(elixirscope_version:known(Version)),
    Known = S#s{versions = Versions#{Module => Version}, shut = maps:remove(Module, S#s.shut), tried = maps:remove(Module, S#s.tried)},
    case elixirscope_gate:load(Module, Gate) andalso Then of
        false ->
            {stays, stays(Module, "its gate could not be loaded", S)};
        {code, _} ->
            {{code, New}, Known};
        {load, File, Loaded} ->
            %% Unless somebody was faster, in a way that went past us.
            case elixirscope_exchange:digest(Module) =:= Loaded andalso code:load_binary(Module, File, New) of
                {module, Module} -> {loaded, Known};
                _ -> {stays, S}
            end;
        late ->
            exchange(Module, New, elixirscope_exchange:digest_of(Code), Known, S);
        {change, Changes} ->
            case exchange(Module, New, loaded_before(Code, Before), Known, S) of
                {loaded, _} = Done ->
                    ok = elixirscope_announce:plan(Engine, Functions, Changes, ?ASKED),
                    Done;
                {stays, After} ->
                    {stays, later(Module, After)}
            end
    end.

loaded_before(Code, none) -> elixirscope_exchange:digest_of(Code);
loaded_before(_, Version) -> elixirscope_version:digest(Version).

%% Only in place of what was read: the program may have loaded something else meanwhile.
exchange(Module, New, Expected, Known, S) ->
    case elixirscope_exchange:digest(Module) of
        Expected ->
            case elixirscope_exchange:put(Module, New) of
                {ok, _} -> {loaded, Known};
                {error, Why} -> {stays, stays(Module, Why, S)}
            end;
        _ ->
            {stays, S}
    end.

%% Nothing of it is to be recorded any more.
without(#{module := Module, code := Code}, {change, _}, #s{versions = Versions} = S) ->
    case Versions of
        #{Module := Version} ->
            Plain = S#s{versions = Versions#{Module => elixirscope_version:plain(elixirscope_exchange:digest_of(Code), Version)}},
            case exchange(Module, Code, elixirscope_version:digest(Version), Plain, S) of
                {loaded, After} -> After;
                {stays, After} -> later(Module, After)
            end;
        _ ->
            S
    end;
without(_, _, S) ->
    S.

%% A module that is loaded as its original: exchanged where nothing runs older code of it.
late(Module, #s{tried = Tried} = S) ->
    Digest = elixirscope_exchange:digest(Module),
    case Tried of
        #{Module := Digest} -> S;
        #{} -> late(Module, late, S#s{tried = Tried#{Module => Digest}})
    end.

late(Module, Then, #s{engine = nif, versions = Versions, depths = Depths} = S) ->
    Digest = elixirscope_exchange:digest(Module),
    IsNew = case Versions of #{Module := Version} -> elixirscope_version:digest(Version) =/= Digest; _ -> true end,
    case IsNew andalso Digest =/= none andalso not is_ours(Module) andalso may_mean(Module, S) andalso code:get_object_code(Module) of
        {Module, Code, File} ->
            case {elixirscope_exchange:digest_of(Code), code:is_sticky(Module)} of
                {Digest, false} ->
                    enqueue(Module, File, Code, Then, fun() -> ok end, S);
                {Digest, true} ->
                    Rules = elixirscope_depths:rules(Module, true, Depths),
                    case elixirscope_depths:asks(Rules) of
                        true ->
                            Depth = fun(Function) -> elixirscope_depths:depth(Function, Rules, off) end,
                            traced(#{module => Module, code => Code, depth => Depth}, stays(Module, "it is part of the runtime", S));
                        false ->
                            S
                    end;
                _ ->
                    S
            end;
        _ ->
            S
    end;
late(_, _, S) ->
    S.

may_mean(Module, #s{depths = Depths, own = Own}) ->
    elixirscope_depths:may_mean(Module, Depths) orelse Own =/= none andalso not elixirscope_libraries:contain(code:which(Module)).

%% What cannot be rewritten is traced by the VM, as far as that does no harm.
traced(#{module := Module, code := Code, depth := Depth}, #s{server = Server} = S) ->
    case elixirscope_fallback:calls(Module, Code, Depth) of
        [] -> S;
        Calls -> Server ! {?NAME, trace, Calls}, S
    end.

%% --- other depths --------------------------------------------------------------------------------------------------------------

change(Entries, #s{engine = nif, mode = Mode, depths = Depths} = S0) ->
    S1 = S0#s{depths = elixirscope_depths:with(Entries, Depths)},
    S = case Mode of run -> lists:foldl(fun hook/2, want(S1), elixirscope_hook:modules()); attach -> S1 end,
    Only = elixirscope_depths:new(Entries),
    {Rewritten, Others} = lists:partition(fun(Module) -> is_map_key(Module, S#s.versions) end,
                                          [Module || Module <- erlang:loaded(), elixirscope_depths:names(Module, Only)]),
    lists:foldl(fun(Module, Acc) -> late(Module, {change, []}, Acc) end, lists:foldl(fun other_depth/2, S, Rewritten), Others);
change(_, S) ->
    say("functions are recorded by the native engine only", S).

other_depth(Module, #s{versions = Versions} = S) ->
    #{Module := Version} = Versions,
    #{file := File, code := Code} = elixirscope_version:job(Version, fun(_) -> off end),
    Depth = case depth(Module, File, Code, S) of false -> fun(_) -> off end; Meant -> Meant end,
    {Levels, IsBetter, Changes, Next} = elixirscope_version:changed(Depth, Version),
    ok = elixirscope_levels:asked(Levels, ?ASKED),
    After = S#s{versions = Versions#{Module => Next}},
    case IsBetter of
        false -> After;
        true ->
            case code:soft_purge(Module) of
                true -> enqueue(elixirscope_version:job(Next, Depth), {change, Changes}, After);
                false -> later(Module, After)
            end
    end.

%% When a process still runs older code, it is tried again, at longer and longer intervals.
later(Module, #s{again = Again} = S) ->
    Times = maps:get(Module, Again, 0) + 1,
    _ = erlang:send_after(min(60, 1 bsl min(Times, 6)) * 500, self(), {again, Module}),
    _ = Times =:= 1 andalso say([name(atom_to_list(Module)), " is recorded as deep as asked once no process runs older code of it"], S),
    S#s{again = Again#{Module => Times}}.

try_again(Module, #s{versions = Versions, again = Again} = S) ->
    case {Versions, code:soft_purge(Module)} of
        {#{Module := _}, true} -> other_depth_again(Module, S#s{again = maps:remove(Module, Again)});
        {#{Module := _}, false} -> later(Module, S);
        _ -> late(Module, {change, []}, S)
    end.

%% What was asked meanwhile counts.
other_depth_again(Module, #s{versions = Versions} = S) ->
    #{Module := Version} = Versions,
    #{file := File, code := Code} = elixirscope_version:job(Version, fun(_) -> off end),
    Depth = case depth(Module, File, Code, S) of false -> fun(_) -> off end; Meant -> Meant end,
    {_, _, Changes, _} = elixirscope_version:changed(Depth, Version),
    enqueue(elixirscope_version:job(Version, Depth), {change, Changes}, S).

%% Opens and shuts gates.
set_gates(Gates, S) ->
    lists:foldl(fun set_gate/2, S, maps:to_list(lists:foldl(fun({{M, F, A}, IsOpen}, Map) ->
        maps:update_with(M, fun(Others) -> [{{F, A}, IsOpen} | Others] end, [{{F, A}, IsOpen}], Map)
    end, #{}, Gates))).

set_gate({Module, Gates}, #s{versions = Versions, shut = Shut} = S) when is_map_key(Module, Versions) ->
    Functions = lists:foldl(fun
        ({Function, true}, Map) -> maps:remove(Function, Map);
        ({Function, false}, Map) -> Map#{Function => []}
    end, maps:get(Module, Shut, #{}), Gates),
    Version = maps:get(Module, Versions),
    Code = elixirscope_gate:code(Module, elixirscope_version:gated(Version), fun(Function) -> not is_map_key(Function, Functions) end),
    _ = elixirscope_gate:load(Module, Code),
    S#s{shut = Shut#{Module => Functions}};
set_gate(_, S) ->
    S.

%% --- the end -------------------------------------------------------------------------------------------------------------------

give_back(#s{hooked = Hooked, versions = Versions}) ->
    _ = persistent_term:erase(?WANTED),
    %% Whoever runs such code to the end is not recorded any more.
    _ = (catch elixirscope_nif:levels([{Site, 0} || Version <- maps:values(Versions), Site <- elixirscope_version:sites(Version)])),
    Left = retry([{M, O, D} || {M, {O, D}} <- maps:to_list(Hooked)]
                 ++ [{M, elixirscope_version:original(V), elixirscope_version:digest(V)} || {M, V} <- maps:to_list(Versions)], 40),
    %% Those that ask us ask nobody when elixirscope_hook is gone.
    Kept = [Module || {Module, _, _} <- Left, not is_map_key(Module, Hooked)],
    _ = [elixirscope_gate:remove(Module) || Module <- maps:keys(Versions), not lists:member(Module, Kept)],
    ok = elixirscope_sites:keep(lists:append([elixirscope_version:taken(maps:get(Module, Versions)) || Module <- Kept])),
    _ = Kept =/= [] andalso persistent_term:put(?LEFT, true),
    ok.

%% Those that could not be given back, or whose rewritten code somebody still runs.
retry(Modules, Times) ->
    Left = [Each || {Module, Original, Digest} = Each <- Modules, not elixirscope_exchange:put_back(Module, Original, Digest)],
    case Left =/= [] andalso Times > 0 of
        true -> timer:sleep(50), retry(Left, Times - 1);
        false -> Left
    end.

%% --- words ---------------------------------------------------------------------------------------------------------------------

stays(Module, _, #s{told = Told} = S) when is_map_key(Module, Told) ->
    S;
stays(Module, Why, #s{told = Told} = S) ->
    say([name(atom_to_list(Module)), " is not rewritten, so of its functions at most the calls are recorded: ", Why], S#s{told = Told#{Module => []}}).

name("Elixir." ++ Name) -> Name;
name(Name) -> Name.

say(Text, #s{engine = Engine} = S) ->
    _ = Engine =:= undefined orelse elixirscope_engine:note(Engine, warning, unicode:characters_to_binary(Text)),
    S.
