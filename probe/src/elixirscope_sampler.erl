%% Looks at processes now and then: memory, mailbox, reductions, heap. MEMORY records (docs/formats/wire.md) of those that have changed
%% noticeably, and of the node as a whole.
%%
%% It goes round all processes, a little at a time: on a node with very many a round takes longer, not more.
-module(elixirscope_sampler).

-export([start/1, begin_with/3, stop/1, is_noticeable/2]).

-define(MEMORY, 30).
%% The longest piece of work, and the pause after it.
-define(PIECE_NS, 2000000).
-define(PAUSE_MS, 100).
%% The clock is read after so many processes.
-define(BATCH, 10).
-define(LEAST_MS, 10).

-record(s, {
    engine :: elixirscope_engine:engine(),
    own :: #{pid() => []},
    every :: pos_integer(),
    %% When the next round begins.
    next :: integer(),
    %% What was told of each process: {Bytes, Mailbox}; of this round so far, and of the one before.
    now = #{} :: #{pid() => seen()},
    before = #{} :: #{pid() => seen()}
}).
-type seen() :: {Bytes :: non_neg_integer(), Mailbox :: non_neg_integer()}.

%% Starts the process where that is asked for (`memory_ms`); it does nothing before begin_with/3.
-spec start(map()) -> [pid()].
start(#{memory_ms := Every}) when is_integer(Every), Every > 0 ->
    Server = self(),
    [spawn(fun() ->
        Monitor = monitor(process, Server),
        receive
            {begin_with, Engine, Own} ->
                turn(#s{engine = Engine, own = maps:from_list([{Pid, []} || Pid <- Own]), every = max(Every, ?LEAST_MS), next = now_ms()});
            stop -> ok;
            {'DOWN', Monitor, process, _, _} -> ok
        end
    end)];
start(_) ->
    [].

%% Own: processes of the probe, which are not shown.
-spec begin_with([pid()], elixirscope_engine:engine(), [pid()]) -> ok.
begin_with(Pids, Engine, Own) ->
    _ = [Pid ! {begin_with, Engine, Own} || Pid <- Pids],
    ok.

-spec stop([pid()]) -> ok.
stop(Pids) ->
    _ = [Pid ! stop || Pid <- Pids],
    ok.

now_ms() ->
    erlang:monotonic_time(millisecond).

turn(#s{engine = Engine, every = Every} = S) ->
    node_as_a_whole(Engine),
    piece(processes(), S#s{next = now_ms() + Every, before = S#s.now, now = #{}}).

piece(Pids, S) ->
    case look(Pids, 0, erlang:monotonic_time(nanosecond) + ?PIECE_NS, S) of
        {[], #s{next = Next} = After} -> pause(max(Next - now_ms(), 0), fun() -> turn(After) end);
        {Left, After} -> pause(?PAUSE_MS, fun() -> piece(Left, After) end)
    end.

pause(Ms, Then) ->
    receive
        stop -> ok;
        {'DOWN', _, process, _, _} -> ok
    after Ms -> Then()
    end.

look([], _, _, S) ->
    {[], S};
look(Pids, ?BATCH, Until, S) ->
    case erlang:monotonic_time(nanosecond) >= Until of
        true -> {Pids, S};
        false -> look(Pids, 0, Until, S)
    end;
look([Pid | Pids], Count, Until, #s{own = Own} = S) when is_map_key(Pid, Own) ->
    look(Pids, Count, Until, S);
look([Pid | Pids], Count, Until, #s{engine = Engine, now = Now, before = Before} = S) ->
    case process_info(Pid, [memory, message_queue_len, reductions, total_heap_size]) of
        [{memory, Bytes}, {message_queue_len, Mailbox}, {reductions, Reductions}, {total_heap_size, Heap}] ->
            Last = maps:get(Pid, Before, none),
            Told = case is_noticeable({Bytes, Mailbox}, Last) of
                true ->
                    ok = elixirscope_engine:emit(Engine, ?MEMORY, 0, Pid, [{u64, Bytes}, {u64, Mailbox}, {u64, Reductions}, {u64, Heap}]),
                    {Bytes, Mailbox};
                false ->
                    Last
            end,
            look(Pids, Count + 1, Until, S#s{now = Now#{Pid => Told}});
        undefined ->
            look(Pids, Count + 1, Until, S)
    end.

%% Whether what is seen differs from what was told last by an eighth at least.
-spec is_noticeable(seen(), seen() | none) -> boolean().
is_noticeable(_, none) -> true;
is_noticeable({Bytes, Mailbox}, {OldBytes, OldMailbox}) ->
    8 * abs(Bytes - OldBytes) >= max(OldBytes, 1) orelse Mailbox =/= OldMailbox andalso 8 * abs(Mailbox - OldMailbox) >= OldMailbox.

node_as_a_whole(Engine) ->
    {Reductions, _} = erlang:statistics(reductions),
    Fields = [erlang:memory(total), erlang:statistics(total_run_queue_lengths), Reductions, erlang:system_info(process_count)],
    elixirscope_engine:emit(Engine, ?MEMORY, 0, 0, [{u64, Each} || Each <- Fields]).
