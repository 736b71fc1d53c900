%% What changes in the node while it is recorded, and is seen by looking now and then: modules loaded anew, other trace
%% sessions that appear.
%%
%% Why looking, and not tracing: code is loaded by `code_server`, which must not be traced, and a trace pattern for `on_load`
%% makes the VM stop all threads at each load. Asking the VM for the digest of every module takes about a millisecond for a
%% thousand modules.
-module(elixirscope_watch).

-export([modules/0, changed/1]).

-export_type([seen/0]).

-opaque seen() :: #{module() => binary()}.

%% All loaded modules with their digests.
-spec modules() -> seen().
modules() ->
    maps:from_list([{Module, Digest} || Module <- erlang:loaded(), Digest <- digest(Module)]).

digest(Module) ->
    try [erlang:get_module_info(Module, md5)] catch error:badarg -> [] end.

%% The modules loaded since, and what is there now.
-spec changed(seen()) -> {[module()], seen()}.
changed(Before) ->
    Now = modules(),
    {[Module || {Module, Digest} <- maps:to_list(Now), maps:get(Module, Before, none) =/= Digest], Now}.
