%% Compares modules with themselves rewritten: tools of the tests of rewriting.
-module(rewrite_same).

-export([run/1, rewritten/2, rewritten/4, with_rewritten/2, with_rewritten/3, exchange/2, compare/3, compare/4, outcome/1, plain/1]).
-export([in_process/1, session/1, sites/1, wait/1, leaf/0, depth/0, elixir/1]).

%% Some of these compile for minutes where a machine is busy.
run(Tests) -> test_run:run(Tests, 1800000).

%% The code of a module, recorded that deep everywhere.
rewritten(Module, Depth) ->
    {Module, Code, _} = code:get_object_code(Module),
    rewritten(Module, Code, Depth, none).

rewritten(Module, Code, Depth, Gate) ->
    elixirscope_recompile:module(Module, Code, #{base => 4096, depth => fun(_) -> Depth end, gate => Gate, exact => false}).

%% Exchanges modules for the time of some work; what their sites stand for is given to it.
with_rewritten(Modules, Work) ->
    with_rewritten(Modules, [values], Work).

with_rewritten(Modules, Depths, Work) ->
    [begin
        Codes = [begin
            {M, Code, _} = code:get_object_code(M),
            {M, Code, rewritten(M, Code, Depth, none)}
        end || M <- Modules],
        [] = [{M, Why} || {M, _, {error, Why}} <- Codes],
        _ = [ok = exchange(M, New) || {M, _, {ok, New, _}} <- Codes],
        try Work([Declared || {_, _, {ok, _, Declared}} <- Codes]) after [ok = exchange(M, Code) || {M, Code, _} <- Codes] end
    end || Depth <- Depths].

exchange(M, Code) ->
    wait(fun() -> code:soft_purge(M) end),
    {module, M} = erlang:load_module(M, Code),
    ok.

wait(Condition) -> wait(Condition, 500).
wait(Condition, 0) -> error({in_vain, Condition});
wait(Condition, N) -> Condition() orelse begin timer:sleep(10), wait(Condition, N - 1) end.

in_process(Work) ->
    Self = self(),
    Pid = spawn_link(fun() -> Self ! {self(), Work()} end),
    receive {Pid, Result} -> Result end.

%% A recorder that takes everything.
session(OnFull) ->
    {Reader, Address} = wire_reader:listen(),
    ok = elixirscope_nif:start(#{address => Address, token => wire_reader:token(), hello => <<"{}">>, owner => self(), on_full => OnFull, rings => 8,
                                 ring_bytes => 1 bsl 20}),
    Reader.

%% Every site records with values from now on.
sites(#{functions := Functions, points := Points}) ->
    elixirscope_nif:levels([{Site, 3} || #{site := Site} <- Functions ++ Points]).

%% Everything that can be told of some work: its value or exception, the messages that it sent here, and what it left in the dictionary.
outcome(Work) ->
    Result = try {value, Work()} catch C:R:S -> {C, R, S} end,
    {Result, {drain(), lists:sort([Entry || {Key, _} = Entry <- get(), Key =/= {?MODULE, depth}])}}.

%% Does some work with Elixir started, where there is Elixir, and what it warns of swallowed.
elixir(Work) ->
    case os:find_executable("elixir") of
        false ->
            io:format("     (no Elixir here)~n");
        Elixir ->
            Directory = string:trim(os:cmd(Elixir ++ " -e 'IO.puts :code.lib_dir(:elixir)'")),
            ok = code:add_pathsz([filename:join(Directory, "ebin")]),
            {ok, _} = application:ensure_all_started(elixir),
            Standard = whereis(standard_error),
            unregister(standard_error),
            register(standard_error, spawn(fun swallow/0)),
            try Work() after
                unregister(standard_error),
                register(standard_error, Standard)
            end
    end.

swallow() ->
    receive
        {io_request, From, Ref, _} -> From ! {io_reply, Ref, ok}, swallow();
        _ -> swallow()
    end.

%% Notes how deep the stack is.
leaf() ->
    {stack_size, Now} = process_info(self(), stack_size),
    put({?MODULE, depth}, max(depth(), Now)),
    ok.

depth() ->
    case get({?MODULE, depth}) of undefined -> 0; Depth -> Depth end.

drain() ->
    receive M -> [M | drain()] after 0 -> [] end.

%% Equal values, reasons, messages; a stack may have more frames of rewritten modules, see elixirscope_rewrite.
compare(Name, {Original, Effects}, {Rewritten, Others}, Modules) ->
    case {Original, Rewritten} of
        {{C, R1, S1}, {C, R2, S2}} when is_list(S1), is_list(S2) ->
            plain(R1) =:= plain(R2) orelse error({other_reason, Name, Original, Rewritten}),
            same_stack(S1, S2, Modules) orelse error({other_stack, Name, S1, S2});
        _ ->
            plain(Original) =:= plain(Rewritten) orelse error({other_result, Name, Original, Rewritten})
    end,
    plain(Effects) =:= plain(Others) orelse error({other_effects, Name, Effects, Others}).

%% The same of many, each with its name.
compare(Originals, Rewritten, Modules) ->
    [begin
        plain(Name) =:= plain(Same) orelse error({different, Name, Same}),
        compare(Name, A, B, Modules)
     end || {{Name, A}, {Same, B}} <- lists:zip(Originals, Rewritten)],
    ok.

same_stack(Original, Rewritten, Modules) ->
    same_stack(Original, Rewritten, [], Modules).

%% Where a frame repeats the one before it, the VM leaves it out; with one of ours between them both stand there. And where the compiler
%% knows that numbers are floats, no frame says which operator failed.
same_stack([A | Left], [B | Right], Before, Modules) ->
    case same_frame(A, B) of
        true -> same_stack(Left, Right, [B | Before], Modules);
        false ->
            case A of
                {erlang, Op, [_, _], _} when Before =:= [], Op =:= '+' orelse Op =:= '-' orelse Op =:= '*' orelse Op =:= '/' ->
                    same_stack(Left, [B | Right], Before, Modules);
                {M, _, _, [_ | _] = Info} when M =:= element(1, B) ->
                    %% Put in line into the function that is next, by another release of the compiler: its line tells.
                    case {lists:keyfind(line, 1, Info), lists:keyfind(line, 1, element(4, B))} of
                        {{line, Line}, {line, Line}} -> same_stack(Left, [B | Right], Before, Modules);
                        _ -> extra(A, Left, B, Right, Before, Modules)
                    end;
                _ ->
                    extra(A, Left, B, Right, Before, Modules)
            end
    end;
%% As many as the VM keeps.
same_stack(_, [], _, _) -> true;
same_stack([], [B | Right], Before, Modules) -> lists:member(element(1, B), Modules) andalso same_stack([], Right, Before, Modules).

%% A frame of ours, or one that repeats what stood there.
extra(A, Left, B, Right, Before, Modules) ->
    (lists:member(element(1, B), Modules) orelse lists:any(fun(Earlier) -> same_frame(Earlier, B) end, Before))
        andalso same_stack([A | Left], Right, Before, Modules).

%% The VM does not always tell the line right where arithmetic fails in a function without a frame. And what must fail, as the compiler
%% has seen, fails without further information.
same_frame({erlang, F, [A, B], I}, {erlang, F, [B, A], J}) when A =/= B, F =:= '+' orelse F =:= '*' ->
    %% The compiler may turn these round.
    same_frame({erlang, F, [A, B], I}, {erlang, F, [A, B], J});
same_frame({M, F, A, []}, {M, G, B, [_ | _]}) ->
    %% A fun whose clauses the VM cannot place, as the compiler of Elixir left it.
    same_frame({M, F, A, []}, {M, G, B, []});
same_frame({M, F, A, I}, {M, G, B, J}) ->
    Known = case lists:keymember(error_info, 1, I) of true -> J; false -> proplists:delete(error_info, J) end,
    plain(proplists:delete(line, I)) =:= plain(proplists:delete(line, Known)) andalso (F =:= G andalso plain(A) =:= plain(B) orelse (made_up(F) =/= F orelse made_up(G) =/= G) andalso made_up(F) =:= made_up(G));
same_frame(_, _) ->
    false.

%% `-f/1-fun-0-`: the compiler makes functions out of anonymous ones, comprehensions, and functions of lists that it puts in line,
%% gives these the variables from outside as further arguments, and numbers them as it likes. What they were made for stays.
made_up(F) ->
    case atom_to_list(F) of
        %% A function that was put into others, where it would fail; rewritten it may be called.
        "-inlined-" ++ Inlined -> list_to_atom(hd(string:split(Inlined, "/")));
        _ -> made_for(F)
    end.

made_for(F) ->
    case string:split(atom_to_list(F), "/") of
        [[$- | Name], Rest] -> {Name, hd(string:split(Rest, "-"))};
        _ -> F
    end.

%% Funs of a module that was compiled again are others, and each process has pids and references of its own.
%% Of a stack that has become a value only where it begins can be compared.
plain([{M, F, A, Info} | _]) when is_atom(M), is_atom(F), is_integer(A) orelse is_list(A), is_list(Info) -> {stack, M, made_up(F)};
plain(F) when is_function(F) -> {a_fun, erlang:fun_info(F, arity)};
plain(P) when is_pid(P) -> a_pid;
plain(R) when is_reference(R) -> a_reference;
plain([H | T]) -> [plain(H) | plain(T)];
plain(T) when is_tuple(T) -> list_to_tuple(plain(tuple_to_list(T)));
plain(M) when is_map(M) -> maps:from_list([{plain(K), plain(V)} || {K, V} <- maps:to_list(M)]);
plain(T) -> T.
