%% The gate of a rewritten module: a tiny module whose functions say, each for one function of the other, whether it is recorded.
%%
%% Rewritten code asks its gate at each entry. A module that only returns literals can be exchanged at any time, since nobody ever stays
%% in it: so a function is switched off at once, also in a loop that never leaves its old code, and then costs one call.
-module(elixirscope_gate).

-export([name/1, code/3, load/2, remove/1]).

%% The name of a module's gate.
-spec name(module()) -> module().
name(Module) ->
    list_to_atom("elixirscope_gate:" ++ unicode:characters_to_list(atom_to_binary(Module, utf8))).

%% Its code: for these functions, closed where IsOpen says false.
-spec code(module(), [{atom(), arity()}], fun(({atom(), arity()}) -> boolean())) -> binary().
code(Module, Functions, IsOpen) ->
    Gate = name(Module),
    Names = [{elixirscope_rewrite:gate_name(F, A), {F, A}} || {F, A} <- Functions],
    Forms = [{attribute, 1, module, Gate}, {attribute, 1, export, [{Name, 0} || {Name, _} <- Names]}
             | [{function, 1, Name, 0, [{clause, 1, [], [], [{atom, 1, IsOpen(Function)}]}]} || {Name, Function} <- Names]],
    {ok, Gate, Code} = compile:noenv_forms(Forms, [deterministic, no_spawn_compiler_process]),
    Code.

%% Puts it in place of the one before.
-spec load(module(), binary()) -> boolean().
load(Module, Code) ->
    Gate = name(Module),
    code:soft_purge(Gate) andalso erlang:load_module(Gate, Code) =:= {module, Gate} andalso code:soft_purge(Gate).

%% Takes it out, once nothing asks it any more.
-spec remove(module()) -> ok.
remove(Module) ->
    Gate = name(Module),
    _ = code:soft_purge(Gate) andalso erlang:delete_module(Gate) =/= undefined andalso code:soft_purge(Gate),
    ok.
