%% What a recorded call and return cost the process that makes them: rewritten code and the probe, beside a process tracer
%% (what dbg and all tools on top of it use) and beside an empty NIF, on the same function in the same run. The median of several
%% rounds, interleaved, because machines are shared. `make -C probe bench`.
-module(call_cost).

-export([main/0]).

-define(N, 20000).
-define(ROUNDS, 31).

main() ->
    Priv = filename:join(filename:dirname(filename:dirname(code:which(elixirscope_nif))), "priv"),
    ok = elixirscope_nif:load(filename:join(Priv, "elixirscope_nif")),
    {call_target, Original, File} = code:get_object_code(call_target),
    {ok, Rewritten} = elixirscope_recompile:module(call_target, Original),
    Map = maps:from_list([{N, N} || N <- lists:seq(1, 100000)]),
    Figures = [measure(Name, Term, N, {Original, Rewritten, File})
               || {Name, Term, N} <- [{"two integers", 1, ?N}, {"{tag, \"text\", 7}", {tag, <<"text">>, 7}, ?N}, {"a map of 100,000", Map, ?N}]],
    [{_, Small}, _, {_, Large}] = Figures,
    io:format("a map of 100,000 costs ~.1f times as much as an integer~n", [Large / Small]),
    ok.

measure(Name, Term, N, Codes) ->
    %% A process tracer gets a copy of the whole map with each call: more than this machine has.
    Hows = [plain, off, on | [tracer || not is_map(Term)]],
    Rounds = [[once(How, Term, N, Codes) || How <- Hows] || _ <- lists:seq(1, ?ROUNDS)],
    [Plain, Off, On | Traced] = [median([lists:nth(I, R) || R <- Rounds]) || I <- lists:seq(1, length(Hows))],
    %% Each call gives two events.
    io:format("~-20s plain ~6.1f ns a call; an event: off +~5.1f ns, recorded +~6.1f ns", [Name, Plain, (Off - Plain) / 2, (On - Plain) / 2]),
    _ = [io:format(", process tracer +~8.1f ns = ~.1f times as much", [(T - Plain) / 2, (T - Plain) / (On - Plain)]) || T <- Traced],
    io:nl(),
    {Name, On - Plain}.

median(L) -> lists:nth((length(L) + 1) div 2, lists:sort(L)).

once(How, Term, N, {Original, Rewritten, File}) ->
    Code = case How of on -> Rewritten; off -> Rewritten; _ -> Original end,
    {module, call_target} = code:load_binary(call_target, File, Code),
    Reader = case How of
        on ->
            {R, Address} = wire_reader:listen(#{outside => true}),
            ok = elixirscope_nif:start(#{address => Address, token => wire_reader:token(), hello => <<"{}">>, owner => self(),
                                         on_full => drop, rings => 4, ring_bytes => 1 bsl 22}),
            R;
        _ ->
            none
    end,
    Self = self(),
    Pid = spawn_opt(fun() ->
        receive go -> ok end,
        %% The rings are touched once before, as in any recording longer than a moment.
        ok = call_work:calls(Term, N),
        timer:sleep(20),
        Start = erlang:monotonic_time(nanosecond),
        ok = call_work:calls(Term, N),
        Self ! {self(), (erlang:monotonic_time(nanosecond) - Start) / N}
    end, [{min_heap_size, 1 bsl 16}]),
    Tracer = case How of
        tracer ->
            T = spawn_link(fun Swallow() -> receive _ -> Swallow() end end),
            erlang:trace_pattern({call_target, f, 2}, [{'_', [], [{return_trace}]}], [local]),
            1 = erlang:trace(Pid, true, [call, timestamp, {tracer, T}]),
            T;
        _ ->
            none
    end,
    Pid ! go,
    receive
        {Pid, Ns} ->
            case How of
                on ->
                    #{dropped := Dropped} = elixirscope_nif:stats(),
                    _ = Dropped > 0 andalso io:format("(~b records dropped)~n", [Dropped]),
                    ok = elixirscope_nif:stop(<<"{}">>),
                    _ = wire_reader:result(Reader);
                _ ->
                    ok
            end,
            _ = Tracer =/= none andalso begin unlink(Tracer), exit(Tracer, kill) end,
            erlang:trace_pattern({call_target, f, 2}, false, [local]),
            Ns
    end.
