%% Which calls may lose their place as a tail call.
%%
%% A function that ends with a call is gone when the call begins: that is what keeps loops flat, and it must stay so. But then its
%% own value is never seen. A call may be made from within the function all the same if what is called surely comes back without
%% ever leaving by a call into code that it was given: then no loop can lead through it. That holds for the VM's own functions and
%% for most of the standard libraries, given that these are not rewritten themselves.
-module(elixirscope_tails).

-export([returns/4]).

%% Whether a call of M:F with so many arguments out of the module Own comes back before anything of the caller's can run as its
%% last call.
-spec returns(module(), atom(), arity(), module()) -> boolean().
returns(erlang, F, A, _) ->
    not lists:member({F, A}, [{apply, 2}, {apply, 3}, {hibernate, 0}, {hibernate, 3}]);
returns(M, F, A, Own) ->
    known(M, F, A) andalso not is_library(Own).

is_library(Module) ->
    known(Module, '', 0).

%% Those that are left out end with a call of a function that they were given.
known(M, F, _) when M =:= 'Elixir.Map'; M =:= 'Elixir.Keyword' ->
    F =/= get_lazy;
known('Elixir.Enum', F, A) ->
    not (F =:= into orelse A >= 2 andalso lists:member(F, [min, max, min_by, max_by, min_max, min_max_by]));
known(lists, F, _) ->
    F =/= foldr;
known(queue, F, _) ->
    F =/= fold;
known('Elixir.Process', F, _) ->
    F =/= hibernate;
known(gen_server, F, _) ->
    lists:member(F, ['', call, cast, reply, multi_call, abcast, start, start_link, stop]);
known('Elixir.GenServer', F, _) ->
    lists:member(F, ['', call, cast, reply, start, start_link, stop]);
known('Elixir.Agent', F, _) ->
    lists:member(F, ['', get, update, get_and_update, cast, start, start_link, stop]);
known('Elixir.Supervisor', F, _) ->
    lists:member(F, ['', child_spec, init, start_link, start_child, terminate_child, which_children, count_children, stop]);
known(M, _, _) ->
    lists:member(M, [lists, maps, string, binary, ets, math, io_lib, proplists, ordsets, sets, gb_trees, gb_sets, queue, unicode, base64, crypto, filename,
                     calendar, persistent_term, atomics, counters,
                     'Elixir.String', 'Elixir.Integer', 'Elixir.Float', 'Elixir.MapSet', 'Elixir.Tuple', 'Elixir.Atom',
                     'Elixir.Base', 'Elixir.URI', 'Elixir.Path', 'Elixir.IO', 'Elixir.System', 'Elixir.Application']).
