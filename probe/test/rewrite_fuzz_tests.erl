%% Modules that were made up, against themselves rewritten at every depth: values, exceptions with their stacks, messages, order of
%% evaluation, and that tail calls stay such. Run by `make test`; ELIXIRSCOPE_MODULES=1000 tries that many, ELIXIRSCOPE_SEED begins
%% elsewhere. A module that shows a difference is left in the temporary directory.
-module(rewrite_fuzz_tests).

-export([main/0]).


main() ->
    ok = elixirscope_nif:load(filename:join([filename:dirname(filename:dirname(code:which(elixirscope_nif))), "priv", "elixirscope_nif"])),
    logger:set_primary_config(level, none),
    rewrite_same:run([fun erlang_modules/0, fun elixir_modules/0]).

number(Name, Default) ->
    case os:getenv(Name) of false -> Default; Text -> list_to_integer(Text) end.

erlang_modules() ->
    modules(rewrite_fuzzed, ".erl", fun rewrite_fuzz_erlang:module/1, fun compiled/1).

elixir_modules() ->
    rewrite_same:elixir(fun() -> modules('Elixir.RewriteFuzzed', ".ex", fun rewrite_fuzz_elixir:module/1, fun compiled_elixir/1) end).

modules(Name, Ending, MakeUp, Compile) ->
    ok = rewrite_same:exchange(rewrite_open_gate, open_gate()),
    Seed = number("ELIXIRSCOPE_SEED", 1),
    Figures = [one(N, Name, Ending, MakeUp, Compile) || N <- lists:seq(Seed, Seed + number("ELIXIRSCOPE_MODULES", 12) - 1)],
    io:format("     ~b modules, ~b calls, ~b with a value~n", [length([x || {C, _} <- Figures, C > 0]), lists:sum([C || {C, _} <- Figures]), lists:sum([V || {_, V} <- Figures])]),
    %% Few of what is made up are no programs.
    true = length([x || {Calls, _} <- Figures, Calls > 0]) > length(Figures) * 0.7.

one(Seed, Name, Ending, MakeUp, Compile) ->
    _ = rand:seed(exsss, {Seed, 11, 13}),
    Text = MakeUp(Name),
    try compare(Name, Compile(Text))
    catch
        throw:{not_a_program, Why} ->
            _ = os:getenv("ELIXIRSCOPE_MODULES") =/= false andalso io:format("     seed ~b is no program: ~P~n", [Seed, Why, 20]),
            {0, 0};
        Class:Reason:Stack ->
            File = filename:join("/tmp", io_lib:format("rewrite_fuzzed_~b~s", [Seed, Ending])),
            ok = file:write_file(File, Text),
            io:format("     seed ~b, ~ts: ~P~n", [Seed, File, Reason, 120]),
            erlang:raise(Class, {seed, Seed, case Reason of {Word, _} -> Word; _ -> element(1, Reason) end}, Stack)
    end.

compare(Module, Code) ->
    ok = rewrite_same:exchange(Module, Code),
    Calls = rewrite_fuzz_erlang:calls(),
    Ask = fun() -> [{Call, called(Module, Call)} || Call <- Calls] end,
    Original = rewrite_same:in_process(Ask),
    [begin
        New = case rewrite_same:rewritten(Module, Code, Depth, Gate) of {ok, C, _} -> C; {error, Why} -> error({not_rewritten, Depth, Why}) end,
        ok = rewrite_same:exchange(Module, New),
        Rewritten = rewrite_same:in_process(Ask),
        {As, Bs} = lists:unzip([{A, B} || {{_, RA} = A, {_, RB} = B} <- lists:zip(Original, Rewritten), RA =/= no_end, RB =/= no_end]),
        try rewrite_same:compare(As, Bs, [Module]) catch error:Reason -> error({Depth, Gate, Reason}) end
     end || {Depth, Gate} <- [{values, none}, {lines, none}, {expressions, none}, {expressions, rewrite_open_gate}]],
    {length(Calls), length([x || {_, {{value, _}, _}} <- Original])}.

%% Elixir's own tells why not on the standard error.
compiled_elixir(Text) ->
    _ = 'Elixir.Code':put_compiler_option(debug_info, true),
    _ = 'Elixir.Code':put_compiler_option(ignore_module_conflict, true),
    try 'Elixir.Code':compile_string(Text, <<"fuzzed.ex">>) of
        Compiled -> element(2, lists:keyfind('Elixir.RewriteFuzzed', 1, Compiled))
    catch _:Why -> throw({not_a_program, Why})
    end.

compiled(Text) ->
    {ok, Tokens, _} = erl_scan:string(unicode:characters_to_list(Text), {1, 1}),
    Forms = [{attribute, {1, 1}, file, {"fuzzed.erl", 1}} | parsed(Tokens)],
    case compile:forms(Forms, [debug_info, return_errors]) of
        {ok, _, Code} -> Code;
        Error -> throw({not_a_program, Error})
    end.

%% Answers yes for every function that a made up module can have.
open_gate() ->
    Names = [elixirscope_rewrite:gate_name(F, A) || {F, A} <- [{log, 1}, {small, 1}, {fib, 1}, {table, 1}, {over, 1}, {'over (overridable 1)', 1}]
                                                   ++ [{defaults, A} || A <- [1, 2, 3]]
                                                   ++ [{list_to_atom([C | integer_to_list(N)]), A} || {C, A} <- [{$f, 3}], N <- lists:seq(1, 9)]
                                                   ++ [{list_to_atom("loop" ++ integer_to_list(N)), 2} || N <- lists:seq(1, 9)]],
    {ok, _, Code} = compile:forms([{attribute, 1, module, rewrite_open_gate}, {attribute, 1, export, [{Name, 0} || Name <- Names]}
                                   | [{function, 1, Name, 0, [{clause, 1, [], [], [{atom, 1, true}]}]} || Name <- Names]]),
    Code.

parsed([]) ->
    [];
parsed(Tokens) ->
    {Form, [Dot | Rest]} = lists:splitwith(fun(Token) -> element(1, Token) =/= dot end, Tokens),
    case erl_parse:parse_form(Form ++ [Dot]) of
        {ok, Parsed} -> [Parsed | parsed(Rest)];
        {error, Why} -> throw({not_a_program, Why})
    end.

%% A loop has as deep a stack after many turns as after a few.
called(Module, {flat, F}) ->
    case [in_its_own(fun() -> Module:F(N, x) end) || N <- [60, 600]] of
        [{_, Depth}, {Outcome, Depth}] -> Outcome;
        Other -> error({not_flat, F, Other})
    end;
called(Module, {F, A}) ->
    case in_its_own(fun() -> apply(Module, F, A) end) of
        {Outcome, _} -> Outcome;
        no_end -> no_end
    end.

%% The outcome, and how deep the stack was at most where a function said leaf/0.
in_its_own(Work) ->
    Self = self(),
    {Pid, Ref} = spawn_opt(fun() ->
        put(log, []),
        Outcome = rewrite_same:outcome(Work),
        Self ! {self(), {Outcome, rewrite_same:depth()}}
    end, [monitor, {max_heap_size, #{size => 2000000, kill => true, error_logger => false}}]),
    receive
        {Pid, Result} -> demonitor(Ref, [flush]), Result;
        {'DOWN', Ref, process, Pid, _} -> no_end
    after 2000 ->
        exit(Pid, kill),
        demonitor(Ref, [flush]),
        receive {Pid, _} -> no_end after 0 -> no_end end
    end.
