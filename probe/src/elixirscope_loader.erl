%% The process that decides which modules are rewritten and how deep, remembers the originals, and gives them back.
%%
%% It decides alone, so that no module is rewritten twice, and leaves the work to a few others (elixirscope_prepare). Code that processes
%% still run is never purged: a module whose old code is in use keeps what it has. A late answer does no harm, nor does none
%% (elixirscope_hook).
-module(elixirscope_loader).

-export([start/1, begin_with/2, late/1, stop/1, wants/1, defined/2, is_clean/0]).

-define(NAME, elixirscope_loader).
%% Where every process can look up cheaply which modules are meant.
-define(WANTED, {elixirscope_loader, wanted}).
%% There after the end if rewritten code is still in use, which calls elixirscope_nif.
-define(LEFT, {elixirscope_loader, left}).
%% More processes that compile at once take more memory than they save time.
-define(MOST_WORKERS, 8).

%% Modules that are being compiled at once.
-define(MOST_DEBUG, 64).
%% How long the guard has for its work when the server is gone.
-define(ORPHAN_MS, 5000).

%% What a module is replaced by.
-record(version, {
    original :: binary(),
    digest :: binary(),
    prepared :: elixirscope_prepare:prepared()
}).

-record(s, {
    mode :: run | attach,
    depths :: elixirscope_depths:depths(),
    own :: elixirscope_own:own(),
    engine :: undefined | elixirscope_engine:engine(),
    %% Modules that were replaced by such that ask us (elixirscope_hook); `none`: it could not be.
    hooked = #{} :: #{module() => {Original :: binary(), NewDigest :: binary()} | none},
    %% Debug information of modules that are just being compiled without.
    debug = #{} :: #{module() => term()},
    versions = #{} :: #{module() => #version{}},
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
        Loader = self(),
        Workers = [elixirscope_prepare:start(Loader) || _ <- lists:seq(1, min(erlang:system_info(schedulers_online), ?MOST_WORKERS))],
        ok = elixirscope_sites:open(),
        _ = monitor(process, Starter),
        Starter ! {?NAME, self(), [self(), Silent | Workers]},
        loop(#s{mode = maps:get(mode, Config, run), idle = Workers, own = elixirscope_own:new(maps:get(own, Config, none)),
                depths = elixirscope_depths:new(elixirscope_depths:read(maps:get(depths, Config, [])))})
    end),
    Monitor = monitor(process, Pid),
    receive
        {?NAME, Pid, Pids} -> demonitor(Monitor, [flush]), Pids;
        {'DOWN', Monitor, process, Pid, _} -> []
    end.

swallow() ->
    receive
        {io_request, From, Ref, _} -> From ! {io_reply, Ref, ok}, swallow();
        _ -> swallow()
    end.

%% From now on modules are rewritten; returns when those that are loaded already are.
-spec begin_with([pid()], elixirscope_engine:engine()) -> ok.
begin_with([Pid | _], Engine) ->
    _ = request(Pid, {begin_with, Engine}, 60000),
    ok;
begin_with([], _) ->
    ok.

%% Modules that were loaded, perhaps in a way that went past us.
-spec late([module()]) -> ok.
late(Modules) ->
    case whereis(?NAME) of
        undefined -> ok;
        Pid -> Pid ! {late, Modules}, ok
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
        {prepared, Worker, Ref, Result} ->
            {{Job, Then}, Running} = maps:take(Ref, S#s.running),
            loop(ready(next(done(Result, Job, Then, S#s{running = Running, idle = [Worker | S#s.idle]}))));
        {defined, Module, Definitions} ->
            %% A module that is never loaded must not be kept for ever.
            Known = case map_size(S#s.debug) of N when N < ?MOST_DEBUG -> S#s.debug; _ -> #{} end,
            loop(S#s{debug = Known#{Module => Definitions}});
        {late, Modules} ->
            loop(next(lists:foldl(fun late/2, S, Modules)));
        {?NAME, From, Tag, {begin_with, Engine}} ->
            New = S#s{engine = Engine, beginner = {From, Tag}},
            loop(ready(try install(New)
                       catch Class:Reason -> say(io_lib:format("functions are not recorded: ~0tP", [{Class, Reason}, 15]), New)
                       end));
        {?NAME, From, Tag, stop} ->
            _ = (catch give_back(S)),
            answer({From, Tag}, ok),
            %% With all that are linked to it.
            exit(shutdown);
        {'DOWN', _, process, _, _} ->
            %% The server. Its guard will ask us to stop, unless that was killed, too.
            _ = erlang:send_after(?ORPHAN_MS, self(), orphaned),
            loop(S);
        orphaned ->
            _ = (catch give_back(S)),
            exit(shutdown);
        _ ->
            loop(S)
    end.

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
    persistent_term:put(?WANTED, {self(), Depths, case Own of none -> none; _ -> library_names() end}),
    S.

%% Puts the questions into a module that is loaded.
hook(Module, #s{hooked = Hooked} = S) ->
    case not is_map_key(Module, Hooked) andalso erlang:module_loaded(Module) andalso code:get_object_code(Module) of
        false ->
            S;
        {Module, Original, _} ->
            Digest = elixirscope_exchange:digest(Module),
            Replaced = case elixirscope_exchange:digest_of(Original) of
                Digest -> elixirscope_hook:replaced(Module, Original);
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

unhooked(Module, Why, #s{hooked = Hooked} = S) ->
    say_hook(Module, Why, S#s{hooked = Hooked#{Module => none}}).

say_hook(code, Why, S) ->
    say(["modules are rewritten up to a second after they are loaded, not before: code: ", Why], S);
say_hook(elixir_erl, Why, S) ->
    say(["functions of modules that are compiled without debug information are not recorded: elixir_erl: ", Why], S).

%% --- what comes with Erlang and Elixir -----------------------------------------------------------------------------------------

libraries() ->
    Elixir = case code:lib_dir(elixir) of {error, _} -> []; Directory -> [filename:dirname(Directory)] end,
    [code:lib_dir() | Elixir].

is_library(File) when is_list(File) ->
    lists:any(fun(Root) -> lists:prefix(Root ++ "/", File) end, libraries());
is_library(_) ->
    false.

%% The names of their modules, so that nobody who loads one of them has to ask.
library_names() ->
    Names = [filename:basename(File, ".beam")
             || Root <- libraries(), App <- list(Root), File <- list(filename:join([Root, App, "ebin"])), filename:extension(File) =:= ".beam"],
    maps:from_list([{unicode:characters_to_binary(Name), []} || Name <- Names]).

list(Directory) ->
    case prim_file:list_dir(Directory) of
        {ok, Names} -> Names;
        _ -> []
    end.

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
            next(enqueue(Module, File, Code, {load, File}, fun() -> answer(Asker, original) end, S#s{asked = Asked#{Module => [Asker]}}));
        error ->
            answer(Asker, original),
            S
    end.

%% Elixir's compiler comes when it is first needed.
load_hooked(Module, #s{hooked = Hooked} = S) when is_map_key(Module, Hooked) ->
    {original, S};
load_hooked(Module, #s{hooked = Hooked} = S) ->
    {Module, Original, File} = code:get_object_code(Module),
    case elixirscope_hook:replaced(Module, Original) of
        {ok, New} ->
            {module, Module} = Done = code:load_binary(Module, File, New),
            {Done, S#s{hooked = Hooked#{Module => {Original, elixirscope_exchange:digest_of(New)}}}};
        {error, Why} ->
            {original, unhooked(Module, Why, S)}
    end.

%% Has a module prepared if it is meant; Otherwise if it is not.
enqueue(Module, File, Code, Then, Otherwise, #s{waiting = Waiting, versions = Versions} = S) ->
    case File =/= cover_compiled andalso depth(Module, File, Code, S) of
        false ->
            Otherwise(),
            S#s{asked = case Then of {load, _} -> maps:remove(Module, S#s.asked); _ -> S#s.asked end};
        Depth ->
            Gated = case Versions of #{Module := #version{prepared = #{gated := Before}}} -> Before; _ -> [] end,
            Job = maps:merge(#{module => Module, file => File, code => Code, depth => Depth, gated => Gated},
                             case S#s.debug of #{Module := Debug} -> #{debug => Debug}; _ -> #{} end),
            S#s{debug = maps:remove(Module, S#s.debug), waiting = queue:in({Job, Then}, Waiting)}
    end.

%% How deep the functions of a module are to be recorded; false: none of them.
depth(Module, File, Code, #s{depths = Depths, own = Own}) ->
    IsLibrary = is_library(File),
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
    {Outcome, S} = case Result of
        {ok, Prepared} -> put_in(Prepared, Job, Then, S0);
        none -> {stays, S0};
        {error, Why} -> {stays, stays(Module, Why, S0)}
    end,
    case Then of
        {code, Asker} ->
            answer(Asker, case Outcome of {code, _} -> Outcome; _ -> original end),
            S;
        {load, _} ->
            {Askers, Asked} = maps:take(Module, S#s.asked),
            _ = [answer(Asker, case Outcome of loaded -> {module, Module}; _ -> original end) || Asker <- Askers],
            S#s{asked = Asked};
        late ->
            S
    end.

%% The order matters: the recorder knows each number before it can be used, and the gate is there before who asks it.
put_in(#{code := New, digest := Digest, functions := Functions, points := Points, gate := Gate, source := Source} = Prepared,
       #{module := Module, code := Code}, Then, #s{engine = Engine, versions = Versions} = S) ->
    ok = elixirscope_announce:module(Engine, Module, Prepared),
    ok = elixirscope_announce:source(Engine, Source),
    ok = elixirscope_nif:levels([{Site, elixirscope_depths:level(Depth)} || #{site := Site, depth := Depth} <- Functions]
                                ++ [{Site, 3} || #{site := Site} <- Points]),
    Known = S#s{versions = Versions#{Module => #version{original = Code, digest = Digest,
                                                        prepared = maps:without([code, gate, source], Prepared)}}},
    case elixirscope_gate:load(Module, Gate) andalso Then of
        false ->
            {stays, stays(Module, "its gate could not be loaded", S)};
        {code, _} ->
            {{code, New}, Known};
        {load, File} ->
            case erlang:module_loaded(Module) orelse code:load_binary(Module, File, New) of
                {module, Module} -> {loaded, Known};
                %% Somebody was faster, in a way that went past us.
                true -> {loaded, S};
                _ -> {stays, S}
            end;
        late ->
            case elixirscope_exchange:put(Module, New) of
                {ok, _} -> {loaded, Known};
                {error, Why} -> {stays, stays(Module, Why, S)}
            end
    end.

%% A module that is loaded as its original: exchanged where nothing runs older code of it.
late(Module, #s{engine = nif, versions = Versions} = S) ->
    Digest = elixirscope_exchange:digest(Module),
    IsNew = case Versions of #{Module := #version{digest = Digest}} -> false; _ -> true end,
    case IsNew andalso Digest =/= none andalso may_mean(Module, S) andalso code:get_object_code(Module) of
        {Module, Code, File} ->
            case elixirscope_exchange:digest_of(Code) of
                Digest -> enqueue(Module, File, Code, late, fun() -> ok end, S);
                _ -> S
            end;
        _ ->
            S
    end;
late(_, S) ->
    S.

may_mean(Module, #s{depths = Depths, own = Own}) ->
    not is_ours(Module) andalso not code:is_sticky(Module)
        andalso (elixirscope_depths:may_mean(Module, Depths) orelse Own =/= none andalso not is_library(code:which(Module))).

%% --- the end -------------------------------------------------------------------------------------------------------------------

give_back(#s{hooked = Hooked, versions = Versions}) ->
    _ = persistent_term:erase(?WANTED),
    %% Whoever runs such code to the end is not recorded any more.
    ok = elixirscope_nif:levels([{Site, 0} || #version{prepared = #{functions := Functions, points := Points}} <- maps:values(Versions),
                                              #{site := Site} <- Functions ++ Points]),
    Left = retry([{M, O, D} || {M, {O, D}} <- maps:to_list(Hooked)] ++ [{M, O, D} || {M, #version{original = O, digest = D}} <- maps:to_list(Versions)], 40),
    %% Those that ask us ask nobody when elixirscope_hook is gone.
    Kept = [Module || {Module, _, _} <- Left, not is_map_key(Module, Hooked)],
    _ = [elixirscope_gate:remove(Module) || Module <- maps:keys(Versions), not lists:member(Module, Kept)],
    ok = elixirscope_sites:keep([{Base, Count} || Module <- Kept, #version{prepared = #{base := Base, count := Count}} <- [maps:get(Module, Versions)]]),
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
    say(["functions of ", name(atom_to_list(Module)), " are not recorded: ", Why], S#s{told = Told#{Module => []}}).

name("Elixir." ++ Name) -> Name;
name(Name) -> Name.

say(Text, #s{engine = Engine} = S) ->
    _ = Engine =:= undefined orelse elixirscope_engine:note(Engine, warning, unicode:characters_to_binary(Text)),
    S.
