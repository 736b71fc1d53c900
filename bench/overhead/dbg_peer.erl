%% The peer of bench/overhead: dbg, writing to a file through its port (its cheapest way), what a recording holds too: messages, life of
%% processes, and the callbacks of two of RabbitMQ's behaviours with their results. Put into the node by main/1, which runs in a node of its own.
-module(dbg_peer).

-export([main/1, start/1, stop/0]).

%% main([Node, start, File]) | main([Node, stop])
main([Node, Action | Arguments]) ->
    {?MODULE, Code, File} = code:get_object_code(?MODULE),
    {module, ?MODULE} = rpc:call(Node, code, load_binary, [?MODULE, File, Code]),
    ok = rpc:call(Node, ?MODULE, Action, [atom_to_list(Argument) || Argument <- Arguments]),
    halt().

start(File) ->
    {ok, _} = dbg:tracer(port, dbg:trace_port(file, File)),
    %% One by one: switching `all` can crash a VM of OTP 25.
    _ = [dbg:p(Process, [m, p, call, timestamp]) || Process <- processes(), not is_ours(Process)],
    {ok, _} = dbg:p(new_processes, [m, p, call, timestamp]),
    Returns = [{'_', [], [{return_trace}]}],
    _ = [dbg:tpl(Module, Function, Returns)
         || Module <- [rabbit_channel, rabbit_amqqueue_process],
            Function <- [handle_call, handle_cast, handle_info, handle_pre_hibernate]],
    ok.

%% dbg itself, and who serves this call.
is_ours(Process) ->
    Process =:= self() orelse Process =:= whereis(dbg) orelse Process =:= group_leader().

stop() ->
    dbg:stop(),
    try dbg:stop_clear() catch error:undef -> ok end,
    ok.
