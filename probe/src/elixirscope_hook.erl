%% The place where code is loaded while calls are recorded.
%%
%% Whoever loads a module in a running system comes through a few functions of `code`: error_handler at the first call, Mix and
%% Elixir after compiling (modules that never reach a file, too), and everybody else. While calls are recorded `code` is replaced
%% by itself with one question put into those functions, asked of this module; the module that is wanted then arrives rewritten,
%% before anything of it has run. `code_server` stays untouched. Where this module is gone the question is not asked.
%%
%% Elixir compiles the modules of tests and scripts without debug information. So its `elixir_erl` is replaced likewise: where it leaves
%% that information out, it hands it to us, and the module that it makes is what it would be without us.
-module(elixirscope_hook).

-export([modules/0, replaced/2, ensure_loaded/1, load_file/1, load_binary/3, ensure_modules_loaded/1, defined/2]).

%% How long a process waits for a module to be rewritten before it goes on with the original.
-define(PATIENCE_MS, 60000).

%% The modules that are replaced.
-spec modules() -> [module()].
modules() ->
    [code, elixir_erl].

%% The code of one of them with the questions.
-spec replaced(module(), binary()) -> {ok, binary()} | {error, binary()}.
replaced(Module, Original) ->
    elixirscope_recompile:transform(Module, Original, fun(Forms) -> [form(Module, Form) || Form <- Forms] end).

form(code, Form) -> form(Form);
form(elixir_erl, {function, A, debug_opts, 3, Clauses}) -> {function, A, debug_opts, 3, [told(Clause) || Clause <- Clauses]};
form(_, Form) -> Form.

%% case Body of [{debug_info, {_, none}} | _] = Given -> asks(…) andalso elixirscope_hook:defined(Map, Specs), Given; Given -> Given end
told({clause, A, [{var, _, _} = Map, {var, _, _} = Specs, Opts], Guards, Body}) ->
    Given = {var, A, ' es given'},
    None = {tuple, A, [{atom, A, debug_info}, {tuple, A, [{var, A, '_'}, {atom, A, none}]}]},
    {clause, A, [Map, Specs, Opts], Guards,
     [{'case', A, {block, A, Body},
       [{clause, A, [{match, A, {cons, A, None, {var, A, '_'}}, Given}], [],
         [{op, A, 'andalso', asks(A, defined, 2), call(A, elixirscope_hook, defined, [Map, Specs])}, Given]},
        {clause, A, [Given], [], [Given]}]}]}.

form({function, A, F, Arity, Clauses}) when {F, Arity} =:= {ensure_loaded, 1}; {F, Arity} =:= {load_file, 1} ->
    {function, A, F, Arity, [answered(F, Clause) || Clause <- Clauses]};
form({function, A, load_binary, 3, Clauses}) ->
    {function, A, load_binary, 3, [exchanged(Clause) || Clause <- Clauses]};
form({function, A, ensure_modules_loaded, 1, Clauses}) ->
    {function, A, ensure_modules_loaded, 1, [preceded(Clause) || Clause <- Clauses]};
form(Form) ->
    Form.

%% case asks(…) andalso elixirscope_hook:F(Module) of {module, _} = Done -> Done; _ -> Body end
answered(F, {clause, A, [{var, _, _} = Module], Guards, Body}) ->
    Done = {var, A, ' es done'},
    {clause, A, [Module], Guards,
     [{'case', A, {op, A, 'andalso', asks(A, F, 1), call(A, elixirscope_hook, F, [Module])},
       [{clause, A, [{match, A, {tuple, A, [{atom, A, module}, {var, A, '_'}]}, Done}], [], [Done]},
        {clause, A, [{var, A, '_'}], [], Body}]}]}.

exchanged({clause, A, [{var, _, _} = Module, {var, _, _} = File, {var, _, Name} = Code], Guards, Body}) ->
    Given = {var, A, ' es given'},
    New = {'case', A, asks(A, load_binary, 3),
           [{clause, A, [{atom, A, true}], [], [call(A, elixirscope_hook, load_binary, [Module, File, Given])]},
            {clause, A, [{atom, A, false}], [], [Given]}]},
    {clause, A, [Module, File, Given], renamed(Name, ' es given', Guards), [{match, A, Code, New} | Body]}.

preceded({clause, A, [{var, _, _} = Modules], Guards, Body}) ->
    {clause, A, [Modules], Guards,
     [{op, A, 'andalso', asks(A, ensure_modules_loaded, 1), call(A, elixirscope_hook, ensure_modules_loaded, [Modules])} | Body]}.

asks(A, F, Arity) ->
    call(A, erlang, function_exported, [{atom, A, elixirscope_hook}, {atom, A, F}, {integer, A, Arity}]).

call(A, M, F, Arguments) ->
    {call, A, {remote, A, {atom, A, M}, {atom, A, F}}, Arguments}.

renamed(From, To, {var, A, From}) -> {var, A, To};
renamed(From, To, Term) when is_tuple(Term) -> list_to_tuple(renamed(From, To, tuple_to_list(Term)));
renamed(From, To, [Head | Tail]) -> [renamed(From, To, Head) | renamed(From, To, Tail)];
renamed(_, _, Other) -> Other.

%% --- the questions -------------------------------------------------------------------------------------------------------------

%% `{module, Module}`: it is there, rewritten. Anything else: go on as ever.
-spec ensure_loaded(module()) -> {module, module()} | original.
ensure_loaded(Module) ->
    case not erlang:module_loaded(Module) andalso elixirscope_loader:wants(Module) andalso code:get_mode() =:= interactive of
        true -> ask({ensure_loaded, Module});
        false -> original
    end.

-spec load_file(module()) -> {module, module()} | original.
load_file(Module) ->
    case elixirscope_loader:wants(Module) of
        true -> ask({load_file, Module});
        false -> original
    end.

%% The code that shall be loaded.
-spec load_binary(module(), file:filename() | atom(), binary()) -> binary().
load_binary(Module, File, Code) ->
    case elixirscope_loader:wants(Module) of
        true ->
            case ask({rewrite, Module, File, Code}) of
                {code, New} -> New;
                original -> Code
            end;
        false ->
            Code
    end.

-spec ensure_modules_loaded([module()]) -> ok.
ensure_modules_loaded(Modules) ->
    _ = [ensure_loaded(Module) || Module <- Modules, is_atom(Module)],
    ok.

%% The definitions of a module that is compiled without them.
-spec defined(map(), list()) -> boolean().
defined(#{module := Module} = Map, Specs) ->
    elixirscope_loader:wants(Module) andalso elixirscope_loader:defined(Module, {elixir_v1, Map, Specs});
defined(_, _) ->
    false.

ask(Question) ->
    case whereis(elixirscope_loader) of
        undefined ->
            original;
        Loader ->
            Monitor = monitor(process, Loader),
            Loader ! {elixirscope_hook, self(), Monitor, Question},
            receive
                {Monitor, Answer} ->
                    demonitor(Monitor, [flush]),
                    Answer;
                {'DOWN', Monitor, process, _, _} ->
                    original
            after ?PATIENCE_MS ->
                demonitor(Monitor, [flush]),
                receive {Monitor, Answer} -> Answer after 0 -> original end
            end
    end.
