%% Modules that were made up, against themselves rewritten at every depth: values, exceptions with their stacks, messages, order of
%% evaluation, and that tail calls stay such. Run by `make test`; ELIXIRSCOPE_MODULES=1000 tries that many, ELIXIRSCOPE_SEED begins
%% elsewhere. A module that shows a difference is left in the temporary directory.
-module(rewrite_fuzz_tests).

-export([main/0]).

-define(NAME, rewrite_fuzzed).

main() ->
    ok = elixirscope_nif:load(filename:join([filename:dirname(filename:dirname(code:which(elixirscope_nif))), "priv", "elixirscope_nif"])),
    logger:set_primary_config(level, none),
    rewrite_same:run([fun erlang_modules/0]).

number(Name, Default) ->
    case os:getenv(Name) of false -> Default; Text -> list_to_integer(Text) end.

erlang_modules() ->
    Seed = number("ELIXIRSCOPE_SEED", 1),
    Figures = [one(N) || N <- lists:seq(Seed, Seed + number("ELIXIRSCOPE_MODULES", 12) - 1)],
    io:format("     ~b modules, ~b calls, ~b with a value~n", [length(Figures), lists:sum([C || {C, _} <- Figures]), lists:sum([V || {_, V} <- Figures])]),
    %% Few of what is made up are no programs.
    true = length([x || {Calls, _} <- Figures, Calls > 0]) > length(Figures) * 0.7.

one(Seed) ->
    _ = rand:seed(exsss, {Seed, 11, 13}),
    Text = rewrite_fuzz_erlang:module(?NAME),
    try compare(Text)
    catch
        throw:{not_a_program, Why} ->
            _ = os:getenv("ELIXIRSCOPE_MODULES") =/= false andalso io:format("     seed ~b is no program: ~P~n", [Seed, Why, 20]),
            {0, 0};
        Class:Reason:Stack ->
            File = filename:join("/tmp", io_lib:format("~s_~b.erl", [?NAME, Seed])),
            ok = file:write_file(File, Text),
            io:format("     seed ~b, ~ts: ~P~n", [Seed, File, Reason, 120]),
            erlang:raise(Class, {seed, Seed, case Reason of {Word, _} -> Word; _ -> element(1, Reason) end}, Stack)
    end.

compare(Text) ->
    Code = compiled(Text),
    ok = rewrite_same:exchange(?NAME, Code),
    Calls = rewrite_fuzz_erlang:calls(),
    Original = rewrite_same:in_process(fun() -> [{Call, called(Call)} || Call <- Calls] end),
    [begin
        New = case rewrite_same:rewritten(?NAME, Code, Depth, Gate) of {ok, C, _} -> C; {error, Why} -> error({not_rewritten, Depth, Why}) end,
        ok = rewrite_same:exchange(?NAME, New),
        Rewritten = rewrite_same:in_process(fun() -> [{Call, called(Call)} || Call <- Calls] end),
        {As, Bs} = lists:unzip([{A, B} || {{_, RA} = A, {_, RB} = B} <- lists:zip(Original, Rewritten), RA =/= no_end, RB =/= no_end]),
        try rewrite_same:compare(As, Bs, [?NAME]) catch error:Reason -> error({Depth, Gate, Reason}) end
     end || {Depth, Gate} <- [{values, none}, {lines, none}, {expressions, none}, {expressions, rewrite_open_gate}]],
    {length(Calls), length([x || {_, {{value, _}, _}} <- Original])}.

compiled(Text) ->
    ok = rewrite_same:exchange(rewrite_open_gate, open_gate()),
    {ok, Tokens, _} = erl_scan:string(unicode:characters_to_list(Text), {1, 1}),
    Forms = [{attribute, {1, 1}, file, {"fuzzed.erl", 1}} | parsed(Tokens)],
    case compile:forms(Forms, [debug_info, return_errors]) of
        {ok, ?NAME, Code} -> Code;
        Error -> throw({not_a_program, Error})
    end.

%% Answers yes for every function that a made up module can have.
open_gate() ->
    Names = [elixirscope_rewrite:gate_name(F, A) || {F, A} <- [{log, 1}, {small, 1}, {fib, 1}, {table, 1}]
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
called({flat, F}) ->
    case [in_its_own(fun() -> ?NAME:F(N, x) end) || N <- [60, 600]] of
        [{_, Depth}, {Outcome, Depth}] -> Outcome;
        Other -> error({not_flat, F, Other})
    end;
called({F, A}) ->
    case in_its_own(fun() -> apply(?NAME, F, A) end) of
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
