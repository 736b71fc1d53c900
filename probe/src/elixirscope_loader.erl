%% The process that has modules rewritten as they are loaded, remembers the originals, and gives them back.
%%
%% It is alone in doing so: one module after the other, so that none is rewritten twice. Code that processes still run is never
%% purged: a module whose old code is in use keeps what it has. A late answer does no harm, nor does none (elixirscope_hook).
-module(elixirscope_loader).

-export([start/1, begin_with/2, late/1, stop/1, wants/1, is_clean/0]).

-define(NAME, elixirscope_loader).
%% Where every process can look up cheaply which modules are meant.
-define(WANTED, {elixirscope_loader, wanted}).
%% There after the end if rewritten code is still in use, which calls elixirscope_nif.
-define(LEFT, {elixirscope_loader, left}).

-record(s, {
    globs :: [binary()],
    engine :: undefined | elixirscope_engine:engine(),
    %% Original code and digest of `code` while it is replaced.
    code :: undefined | {Original :: binary(), NewDigest :: binary()},
    rewritten = #{} :: #{module() => {Original :: binary(), NewDigest :: binary()}},
    told = #{} :: #{module() => []}
}).

%% Starts the process where the configuration asks for calls; it does nothing yet.
-spec start(map()) -> [pid()].
start(#{calls := [_ | _] = Globs, mode := run}) ->
    Starter = self(),
    Pid = spawn(fun() ->
        register(?NAME, self()),
        Starter ! {?NAME, self()},
        %% The compiler may print when it fails.
        group_leader(spawn_link(fun swallow/0), self()),
        loop(#s{globs = Globs})
    end),
    Monitor = monitor(process, Pid),
    receive
        {?NAME, Pid} -> demonitor(Monitor, [flush]), [Pid];
        {'DOWN', Monitor, process, Pid, _} -> []
    end;
start(_) ->
    [].

swallow() ->
    receive
        {io_request, From, Ref, _} -> From ! {io_reply, Ref, ok}, swallow();
        _ -> swallow()
    end.

%% From now on modules are rewritten; returns when those that are loaded already are.
-spec begin_with([pid()], elixirscope_engine:engine()) -> ok.
begin_with([Pid], Engine) ->
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
stop([Pid]) ->
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

%% Whether this module is to be rewritten. For every process, and often.
-spec wants(module()) -> boolean().
wants(Module) ->
    case persistent_term:get(?WANTED, none) of
        {Loader, Globs} -> self() =/= Loader andalso elixirscope_glob:matches(Module, Globs) andalso not is_ours(Module);
        none -> false
    end.

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
            {Answer, New} = try answer(Question, S) catch _:_ -> {original, S} end,
            From ! {Tag, Answer},
            loop(New);
        {late, Modules} ->
            loop(lists:foldl(fun late/2, S, Modules));
        {?NAME, From, Tag, {begin_with, Engine}} ->
            New = try install(S#s{engine = Engine}) catch Class:Reason -> say(io_lib:format("calls are not recorded: ~0tP", [{Class, Reason}, 15]), S#s{engine = Engine}) end,
            From ! {Tag, ok},
            loop(New);
        {?NAME, From, Tag, stop} ->
            _ = (catch give_back(S)),
            From ! {Tag, ok};
        _ ->
            loop(S)
    end.

%% --- beginning -----------------------------------------------------------------------------------------------------------------

install(#s{engine = nif, globs = Globs} = S) ->
    %% Whatever rewriting needs, so that no load waits for another.
    _ = [code:ensure_loaded(M) || M <- [compile, beam_lib, erl_lint, erl_expand_records, v3_core, v3_kernel, sys_core_fold, beam_ssa]],
    persistent_term:put(?WANTED, {self(), Globs}),
    Hooked = case elixirscope_hook:code() of
        {ok, New, Original} ->
            case exchange(code, New) of
                {ok, Digest} -> S#s{code = {Original, Digest}};
                {error, Why} -> say_hook(Why, S)
            end;
        {error, Why} ->
            say_hook(Why, S)
    end,
    lists:foldl(fun late/2, Hooked, [M || M <- erlang:loaded(), not code:is_sticky(M)]);
install(S) ->
    say("calls are recorded by the native engine only", S).

say_hook(Why, S) ->
    say(["modules are rewritten up to a second after they are loaded, not before: ", Why], S).

%% --- while it runs -------------------------------------------------------------------------------------------------------------

answer({rewrite, Module, File, Code}, S0) ->
    case rewrite(Module, File, Code, S0) of
        {ok, New, S} -> {{code, New}, S};
        {stays, S} -> {original, S}
    end;
answer({ensure_loaded, Module}, S) ->
    case erlang:module_loaded(Module) of
        true -> {{module, Module}, S};
        false -> answer({load_file, Module}, S)
    end;
answer({load_file, Module}, S0) ->
    case code:get_object_code(Module) of
        {Module, Code, File} ->
            case rewrite(Module, File, Code, S0) of
                {ok, New, S} ->
                    case code:load_binary(Module, File, New) of
                        {module, Module} = Done -> {Done, S};
                        _ -> {original, S0}
                    end;
                {stays, S} ->
                    {original, S}
            end;
        error ->
            {original, S0}
    end.

rewrite(Module, File, Code, #s{rewritten = Rewritten, globs = Globs} = S) ->
    case is_library(File) andalso not is_named(Module, Globs) orelse File =:= cover_compiled of
        true ->
            {stays, S};
        false ->
            Result = case elixirscope_recompile:is_exact(Code) of
                true -> elixirscope_recompile:module(Module, Code);
                false -> {error, <<"it has functions inlined">>}
            end,
            case Result of
                {ok, New} ->
                    {ok, {Module, Digest}} = beam_lib:md5(New),
                    {ok, New, S#s{rewritten = Rewritten#{Module => {Code, Digest}}}};
                {error, Why} ->
                    {stays, stays(Module, Why, S)}
            end
    end.

%% What comes with Erlang and Elixir is rewritten only when it is named, not by a bare `*`.
is_named(Module, Globs) ->
    elixirscope_glob:matches(Module, [Glob || Glob <- Globs, elixirscope_glob:is_plain(Glob)]).

is_library(File) when is_list(File) ->
    Elixir = case code:lib_dir(elixir) of {error, _} -> []; Directory -> [filename:dirname(Directory)] end,
    lists:any(fun(Root) -> lists:prefix(Root ++ "/", File) end, [code:lib_dir() | Elixir]);
is_library(_) ->
    false.

%% A module that is loaded as its original: exchanged where nothing runs older code of it.
late(Module, #s{engine = nif, rewritten = Rewritten} = S0) ->
    Digest = digest(Module),
    IsNew = case Rewritten of #{Module := {_, Digest}} -> false; _ -> true end,
    case IsNew andalso Digest =/= none andalso is_meant(Module, S0) andalso code:get_object_code(Module) of
        {Module, Code, File} ->
            case beam_lib:md5(Code) of
                {ok, {Module, Digest}} ->
                    case rewrite(Module, File, Code, S0) of
                        {ok, New, S} ->
                            case exchange(Module, New) of
                                {ok, _} -> S;
                                {error, Why} -> stays(Module, Why, S0)
                            end;
                        {stays, S} ->
                            S
                    end;
                _ ->
                    S0
            end;
        _ ->
            S0
    end;
late(_, S) ->
    S.

is_meant(Module, #s{globs = Globs}) ->
    elixirscope_glob:matches(Module, Globs) andalso not is_ours(Module) andalso not code:is_sticky(Module).

digest(Module) ->
    try erlang:get_module_info(Module, md5) catch error:badarg -> none end.

%% Loads code in place of what is loaded, without harm to anybody who runs it.
exchange(Module, Code) ->
    case code:soft_purge(Module) of
        true ->
            case erlang:load_module(Module, Code) of
                {module, Module} ->
                    _ = code:soft_purge(Module),
                    {ok, digest(Module)};
                {error, Reason} ->
                    {error, unicode:characters_to_binary(io_lib:format("it could not be loaded: ~0tp", [Reason]))}
            end;
        false ->
            {error, <<"processes still run older code of it">>}
    end.

%% --- the end -------------------------------------------------------------------------------------------------------------------

give_back(#s{code = Code, rewritten = Rewritten}) ->
    _ = persistent_term:erase(?WANTED),
    Hook = case Code of undefined -> []; {Original, Digest} -> [{code, {Original, Digest}}] end,
    Left = retry([{M, O, D} || {M, {O, D}} <- Hook ++ maps:to_list(Rewritten)], 40),
    %% `code` asks nobody when elixirscope_hook is gone.
    _ = lists:keydelete(code, 1, Left) =/= [] andalso persistent_term:put(?LEFT, true),
    ok.

%% Those that could not be given back, or whose rewritten code somebody still runs.
retry(Modules, Times) ->
    Left = [Each || {Module, Original, Digest} = Each <- Modules, not given_back(Module, Original, Digest)],
    case Left =/= [] andalso Times > 0 of
        true -> timer:sleep(50), retry(Left, Times - 1);
        false -> Left
    end.

given_back(Module, Original, Digest) ->
    case digest(Module) of
        Digest -> code:soft_purge(Module) andalso is_module(erlang:load_module(Module, Original), Module, Original)
                      andalso code:soft_purge(Module);
        %% Given back before, exchanged by the program, or deleted; older code may still be ours.
        _ -> code:soft_purge(Module)
    end.

is_module({module, Module}, Module, Original) ->
    {ok, {Module, Digest}} = beam_lib:md5(Original),
    Digest =:= digest(Module);
is_module(_, _, _) ->
    false.

%% --- words ---------------------------------------------------------------------------------------------------------------------

stays(Module, _, #s{told = Told} = S) when is_map_key(Module, Told) ->
    S;
stays(Module, Why, #s{told = Told} = S) ->
    say(["calls of ", name(atom_to_list(Module)), " are not recorded: ", Why], S#s{told = Told#{Module => []}}).

name("Elixir." ++ Name) -> Name;
name(Name) -> Name.

say(Text, #s{engine = Engine} = S) ->
    _ = Engine =:= undefined orelse elixirscope_engine:note(Engine, warning, unicode:characters_to_binary(Text)),
    S.
