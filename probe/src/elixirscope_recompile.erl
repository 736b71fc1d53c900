%% From the code of a module to code of the same module that records its calls.
%%
%% Apart from what elixirscope_rewrite puts in, the new module is meant to be the old one: the compiler is given the same options,
%% but those that would print, write files or transform what has been transformed already; attributes and compile information
%% are copied from the original. Nothing is written anywhere.
-module(elixirscope_recompile).

-export([module/3, transform/3]).

%% The new code with what its sites stand for, or why there is none. With `exact => false` also where an error may differ (is_exact).
-spec module(module(), binary(), elixirscope_rewrite:spec()) -> {ok, binary(), elixirscope_rewrite:declared()} | {error, binary()}.
module(Module, Code, Spec) ->
    guarded(fun() ->
        _ = is_exact(Code) orelse maps:get(exact, Spec, true) =:= false
            orelse throw({stays, <<"it has functions inlined, by another release of the compiler">>}),
        case elixirscope_rewrite:forms(forms(Module, Code), given_options(Code), Spec) of
            {ok, Rewritten, Declared} ->
                case compile(Module, Code, Rewritten) of
                    {ok, New} -> {ok, New, Declared};
                    Error -> Error
                end;
            {error, Why} ->
                {error, Why}
        end
    end).

%% The code with a transformation of its abstract code.
-spec transform(module(), binary(), fun(([tuple()]) -> [tuple()])) -> {ok, binary()} | {error, binary()}.
transform(Module, Code, Transformation) ->
    guarded(fun() -> compile(Module, Code, Transformation(forms(Module, Code))) end).

guarded(Work) ->
    try Work() catch
        throw:{stays, Reason} -> {error, Reason};
        Class:Error -> {error, text("~0tP: ~0tP", [Class, 5, Error, 12])}
    end.

forms(Module, Code) ->
    case beam_lib:chunks(Code, [debug_info]) of
        {ok, {Module, [{debug_info, {debug_info_v1, Backend, Data}}]}} ->
            case Backend:debug_info(erlang_v1, Module, Data, []) of
                {ok, Forms} -> Forms;
                _ -> throw({stays, <<"it was compiled without debug information">>})
            end;
        _ ->
            throw({stays, <<"it has no debug information that can be read">>})
    end.

compile(Module, Code, Forms) ->
    Clean = [cleaned(Form) || Form <- Forms],
    Options = options(Code),
    %% Type optimization of OTP 25 stumbles over what is right but unusual.
    case try_options(Module, is_elixir(Code), Clean, [Options, [no_type_opt | Options]]) of
        {ok, New} -> {ok, with_old_chunks(Code, New)};
        Error -> Error
    end.

try_options(Module, IsElixir, Forms, [Options | Others]) ->
    case compiled(IsElixir, Forms, Options) of
        {ok, Module, New} -> {ok, New};
        {ok, Module, New, _} -> {ok, New};
        _ when Others =/= [] -> try_options(Module, IsElixir, Forms, Others);
        Error -> {error, text("the compiler does not take it: ~0tP", [Error, 15])}
    end.

%% Elixir goes to Core Erlang by itself and leaves out some passes; where it inlines a function, other errors come out of that.
compiled(true, Forms, Options) ->
    {ok, Core, _} = v3_core:module(Forms, Options),
    compile:noenv_forms(Core, [from_core, no_core_prepare, no_auto_import | Options]);
compiled(false, Forms, Options) ->
    compile:noenv_forms(Forms, Options).

is_elixir(Code) ->
    lists:member(from_core, given_options(Code)).

cleaned({attribute, A, compile, Options}) ->
    {attribute, A, compile, [Option || Option <- lists:flatten([Options]), is_harmless(Option)]};
cleaned(Form) ->
    Form.

options(Code) ->
    %% Without a process of its own: that would be born in the program, and be recorded.
    [return_errors, no_spawn_compiler_process, {feature, maybe_expr, enable}
     | [Option || Option <- given_options(Code), is_harmless(Option)]].

%% Whether the new code is the old one to the last error. Releases of the compiler differ in what a function raises that Elixir has had put
%% into another, where it matches nothing.
is_exact(Code) ->
    not (is_elixir(Code) andalso lists:keymember(inline, 1, given_options(Code))) orelse compiler_version(Code) =:= own_compiler_version().

compiler_version(Code) ->
    {ok, {_, [{compile_info, Info}]}} = beam_lib:chunks(Code, [compile_info]),
    proplists:get_value(version, Info).

own_compiler_version() ->
    {ok, _, Code} = compile:noenv_forms([{attribute, 1, module, elixirscope_empty}], [no_spawn_compiler_process]),
    compiler_version(Code).

%% What the compiler was told, as the module remembers it.
given_options(Code) ->
    {ok, {_, [{compile_info, Info}]}} = beam_lib:chunks(Code, [compile_info]),
    lists:flatten([proplists:get_value(options, Info, [])]).

%% Options that say how the code is to be made, and nothing else.
is_harmless(Option) when is_atom(Option) ->
    case atom_to_list(Option) of
        "no_" ++ _ -> true;
        "r" ++ [Digit | _] when Digit >= $0, Digit =< $9 -> true;
        Name -> lists:member(Name, ["nowarn_unused_function", "export_all", "inline", "inline_list_funcs"])
    end;
is_harmless({inline, _}) -> true;
is_harmless({inline_size, _}) -> true;
is_harmless({no_auto_import, _}) -> true;
is_harmless({no_auto_imports, _}) -> true;
is_harmless(_) -> false.

%% What `module_info` tells stays the same. The digest of a module covers none of these.
with_old_chunks(Code, New) ->
    {ok, _, Old} = beam_lib:all_chunks(Code),
    {ok, _, Chunks} = beam_lib:all_chunks(New),
    Kept = [Chunk || {Id, _} = Chunk <- Old, lists:member(Id, ["Attr", "CInf"])],
    {ok, Whole} = beam_lib:build_module(Kept ++ [Chunk || {Id, _} = Chunk <- Chunks, not lists:keymember(Id, 1, Kept), Id =/= "Dbgi"]),
    Whole.

text(Format, Arguments) ->
    unicode:characters_to_binary(io_lib:format(Format, Arguments, [{chars_limit, 300}])).
