%% The functions of a module that cannot be rewritten, as elixirscope_patterns takes them: the VM traces their calls, and where that is
%% harmless their returns.
%%
%% A return trace leaves a frame on the stack until the function returns. A function that ends with a call of another one has no frame by
%% then, and a loop made of such calls would grow the stack for ever. So the code is searched for them.
-module(elixirscope_fallback).

-export([calls/3]).

-define(MOST_FUNCTIONS, 500).

-spec calls(module(), binary(), fun(({atom(), arity()}) -> elixirscope_depths:depth())) -> [{mfa(), boolean()}].
calls(Module, Code, Depth) ->
    try beam_disasm:file(Code) of
        {beam_file, Module, _, _, _, Functions} ->
            lists:sublist([{{Module, F, A}, not ends_with_call(Instructions, Module)}
                           || {function, F, A, _, Instructions} <- Functions, is_meant(F), elixirscope_depths:number(Depth({F, A})) >= 2],
                          ?MOST_FUNCTIONS);
        _ ->
            []
    catch
        _:_ -> []
    end.

%% Not what compilers make.
is_meant(F) ->
    case atom_to_list(F) of
        "-" ++ _ -> false;
        "__" ++ _ -> false;
        "MACRO-" ++ _ -> false;
        Name -> not lists:member(Name, ["module_info", "behaviour_info", "record_info"])
    end.

ends_with_call([{call_only, _, _} | _], _) -> true;
ends_with_call([{call_last, _, _, _} | _], _) -> true;
ends_with_call([{apply_last, _, _} | _], _) -> true;
ends_with_call([{call_ext_only, _, Function} | Rest], Own) -> may_stay_away(Function, Own) orelse ends_with_call(Rest, Own);
ends_with_call([{call_ext_last, _, Function, _} | Rest], Own) -> may_stay_away(Function, Own) orelse ends_with_call(Rest, Own);
%% The VM makes one of these.
ends_with_call([{call_fun, _}, {deallocate, _}, return | _], _) -> true;
ends_with_call([{call_fun2, _, _, _}, {deallocate, _}, return | _], _) -> true;
ends_with_call([_ | Rest], Own) -> ends_with_call(Rest, Own);
ends_with_call([], _) -> false.

may_stay_away({extfunc, M, F, A}, Own) -> not elixirscope_tails:returns(M, F, A, Own);
may_stay_away(_, _) -> true.
