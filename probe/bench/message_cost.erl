%% What one traced event costs the traced process: nothing traced, the empty tracer, and the probe's, on the same work. The median
%% of several rounds, interleaved, because machines are shared. `make -C probe bench`.
-module(message_cost).

-export([main/0]).
-export([sends/2, f/2, calls/2]).

-define(N, 100000).
-define(ROUNDS, 15).

main() ->
    Priv = filename:join(filename:dirname(filename:dirname(code:which(elixirscope_nif))), "priv"),
    ok = elixirscope_nif:load(filename:join(Priv, "elixirscope_nif")),
    ok = empty_tracer:load(filename:join(filename:dirname(code:which(?MODULE)), "empty_tracer")),
    {Reader, Address} = wire_reader:listen(#{outside => true}),
    ok = elixirscope_nif:start(#{address => Address, token => wire_reader:token(), hello => <<"{}">>, owner => self(), on_full => drop,
                                 rings => 4, ring_bytes => 1 bsl 22}),
    Big = lists:duplicate(100, list_to_tuple(lists:seq(1, 100))),
    Map = maps:from_list([{N, N} || N <- lists:seq(1, 100000)]),
    Cases = [{"send {i, 1}", sends, {i, 1}}, {"send a gen_call", sends, {'$gen_call', {self(), [alias | make_ref()]}, {get, key}}},
             {"send 100 tuples of 100", sends, Big}, {"call with a map of 100,000", calls, Map}, {"call and return", calls, {a, 1}}],
    [report(Case) || Case <- Cases],
    #{records := Records, dropped := Dropped} = elixirscope_nif:stats(),
    io:format("~b records written, ~b dropped~n", [Records, Dropped]),
    ok = elixirscope_nif:stop(<<"{}">>),
    _ = wire_reader:result(Reader),
    ok.

report({Name, Work, Term}) ->
    N = case Name of "send {" ++ _ -> ?N; "call and" ++ _ -> ?N; _ -> ?N div 20 end,
    Rounds = [[once(Tracer, Work, Term, N) || Tracer <- [none, empty_tracer, elixirscope_nif]] || _ <- lists:seq(1, ?ROUNDS)],
    [None, Empty, Probe] = [median([lists:nth(I, R) || R <- Rounds]) || I <- [1, 2, 3]],
    io:format("~-34s untraced ~6.1f ns  empty tracer +~7.1f ns  probe +~7.1f ns  = ~.2f times~n",
              [Name, None, Empty - None, Probe - None, (Probe - None) / (Empty - None)]).

median(L) -> lists:nth((length(L) + 1) div 2, lists:sort(L)).

once(Tracer, Work, Term, N) ->
    Self = self(),
    erlang:trace_pattern({?MODULE, f, 2}, [{'_', [], [{return_trace}]}], [local]),
    Pid = spawn_opt(fun() ->
        receive go -> ok end,
        Start = erlang:monotonic_time(nanosecond),
        ?MODULE:Work(Term, N),
        Self ! {self(), (erlang:monotonic_time(nanosecond) - Start) / N}
    end, [{min_heap_size, 1 bsl 16}]),
    _ = [1 = erlang:trace(Pid, true, [send, call, {tracer, Tracer, []}]) || Tracer =/= none],
    Pid ! go,
    receive {Pid, Ns} -> timer:sleep(30), Ns end.

%% To a pid that is gone: the cost of copying and of another process's heap stays out of it.
sends(Term, N) ->
    {Dead, Ref} = spawn_monitor(fun() -> ok end),
    receive {'DOWN', Ref, _, _, _} -> ok end,
    sends(Dead, Term, N).
sends(_, _, 0) -> ok;
sends(Dead, Term, N) -> Dead ! Term, sends(Dead, Term, N - 1).

calls(_, 0) -> ok;
calls(Term, N) -> _ = ?MODULE:f(Term, N), calls(Term, N - 1).

f(_, N) -> N.
