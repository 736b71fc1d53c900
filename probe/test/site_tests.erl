%% What rewritten code calls: records of sites, their levels, what was counted; and what the recorder says. Run by `make test'; needs
%% only Erlang.
-module(site_tests).

-export([main/0]).

main() ->
    ok = elixirscope_nif:load(library()),
    Tests = [fun nobody_records/0, fun levels/0, fun records/0, fun hits/0, fun busy/0, fun controls/0, fun frames/0,
             fun new_atoms/0, fun large_values/0, fun nothing_lost/0, fun drops_are_counted/0, fun levels_change_meanwhile/0, fun clock/0, fun clock_between_threads/0,
             fun nothing_after_stop/0, fun purge_under_load/0],
    test_run:run(Tests, 120000).

library() ->
    filename:join([filename:dirname(filename:dirname(code:which(elixirscope_nif))), "priv", "elixirscope_nif"]).

start(More) -> start(More, #{}).
start(More, ReaderOptions) ->
    {Reader, Address} = wire_reader:listen(ReaderOptions),
    Options = #{address => Address, token => wire_reader:token(), hello => <<"{}">>, owner => self(), on_full => wait, rings => 8,
                ring_bytes => 1 bsl 20},
    ok = elixirscope_nif:start(maps:merge(Options, More)),
    Reader.

finish(Reader) ->
    ok = elixirscope_nif:stop(<<"{\"reason\":\"detached\"}">>),
    #{goodbye := <<"{\"reason\":\"detached\"}">>, faults := [], rest := <<>>} = Result = wire_reader:result(Reader),
    Result.

decoded(Result) ->
    Records = wire_reader:records(Result),
    {[R || {_, _, Kind, _, _, _, _} = R <- lists:keysort(5, Records), Kind =/= 1], wire_reader:atoms(Records)}.

t(Payload, Atoms) -> element(1, term_decoder:t(Payload, Atoms)).

pid64(Pid) ->
    [_, Number, Serial] = string:lexemes(pid_to_list(Pid), "<.>"),
    list_to_integer(Number) bor (list_to_integer(Serial) bsl 28).

%% Chunks of their own for each test: levels outlast a session.
site(Test, N) -> (16#800 + Test) * 4096 + N.

%% --- tests ------------------------------------------------------------------------------------------------------------------

%% Whatever stands in the place of a site, the functions change nothing.
nobody_records() ->
    Odd = [0, site(1, 1), 1 bsl 24, -1, 1 bsl 70, a, {}, {a, b}, [], self(), <<>>, 1.0],
    Check = fun() ->
        [begin
             ok = elixirscope_nif:call(S), ok = elixirscope_nif:call(S, 1), ok = elixirscope_nif:call(S, 1, 2, 3, 4, 5, 6, 7, 8),
             ok = elixirscope_nif:call_list(S, [1]), ok = elixirscope_nif:call_list(S, odd), ok = elixirscope_nif:tail(S),
             v = elixirscope_nif:return(S, v), v = elixirscope_nif:value(S, v), ok = elixirscope_nif:exception(S, error, x, []),
             ok = elixirscope_nif:exception(S, 7, x, []), ok = elixirscope_nif:line(S), ok = elixirscope_nif:line(S, 1, 2),
             ok = elixirscope_nif:line_list(S, [1, 2])
         end || S <- Odd]
    end,
    Check(),
    [] = elixirscope_nif:hits(),
    Reader = start(#{}),
    Check(),
    {[], _} = decoded(finish(Reader)),
    [] = elixirscope_nif:hits(),
    Check().

levels() ->
    [{'EXIT', {badarg, _}} = (catch elixirscope_nif:levels(L))
     || L <- [a, [a], [{a, 1}], [{1 bsl 24, 1}], [{-1, 1}], [{1, 4}], [{1, -1}], [{1, 1, 1}], [{site(2, 1), 3} | odd]]],
    Many = [{site(2, N), N rem 4} || N <- lists:seq(0, 10000)],
    ok = elixirscope_nif:levels(Many),
    ok = elixirscope_nif:levels([{0, 3}, {16#ffffff, 3}]),
    Reader = start(#{}),
    [elixirscope_nif:call(S) || {S, _} <- Many],
    elixirscope_nif:call(0), elixirscope_nif:call(16#ffffff),
    ok = elixirscope_nif:levels([{S, 0} || {S, _} <- Many] ++ [{0, 0}, {16#ffffff, 0}]),
    [elixirscope_nif:call(S) || {S, _} <- Many],
    {Records, _} = decoded(finish(Reader)),
    Seen = [S || {_, _, 12, 2, _, _, <<S:32/little, _/binary>>} <- Records],
    Seen = [S || {S, L} <- Many, L >= 2] ++ [0, 16#ffffff],
    Hits = lists:sort(elixirscope_nif:hits()),
    true = [{S, 1} || {S, L} <- lists:sort([{0, 3}, {16#ffffff, 3} | Many]), L >= 1] =:= [{S, N} || {S, N, _} <- Hits],
    true = [S || {S, 1} <- Many] =:= [S || {S, 1} <- lists:sort(elixirscope_nif:counted())],
    [] = elixirscope_nif:hits(),
    [] = elixirscope_nif:counted().

%% All kinds, as docs/formats/wire.md says.
records() ->
    [With, Without, Counted] = [site(3, N) || N <- [1, 2, 3]],
    ok = elixirscope_nif:levels([{With, 3}, {Without, 2}, {Counted, 1}]),
    Do = fun(S) ->
        elixirscope_nif:call(S), elixirscope_nif:call(S, 1, b), elixirscope_nif:call(S, 1, 2, 3, 4, 5, 6, 7, 8),
        elixirscope_nif:call_list(S, lists:seq(1, 9)), elixirscope_nif:return(S, {ok, S}), elixirscope_nif:tail(S),
        elixirscope_nif:exception(S, throw, ball, [])
    end,
    Points = fun(S) ->
        elixirscope_nif:line(S), elixirscope_nif:line(S, x, y), elixirscope_nif:line_list(S, lists:seq(1, 9)), elixirscope_nif:value(S, #{a => S})
    end,
    Reader = start(#{}),
    [Do(S) || S <- [With, Without, Counted]],
    [Points(S) || S <- [With]],
    ok = elixirscope_nif:emit(24, 0, undefined, [{u32, With}, {atom, ?MODULE}, {atom, f}, {u32, 2}, {u32, 7}, {u32, 3}]),
    ok = elixirscope_nif:emit(25, 0, undefined, [{u32, With}, {u32, Without}, {u32, 1}, {u32, 8}, {u32, 0}, {term, <<"x = 1">>}, {term, [{<<"x">>, 8}]}]),
    ok = elixirscope_nif:emit(28, 0, undefined, [{u32, Counted}, {u64, 5}, {u64, 1}, {u64, 2}]),
    ok = elixirscope_nif:emit(29, 0, undefined, [{u32, With}, {u32, 3}, {u32, 1}, {term, <<"dear">>}]),
    ok = elixirscope_nif:emit(30, 0, self(), [{u64, 1}, {u64, 2}, {u64, 3}, {u64, 4}]),
    {'EXIT', {badarg, _}} = (catch elixirscope_nif:emit(31, 0, self(), [])),
    {Records, Atoms} = decoded(finish(Reader)),
    Me = pid64(self()),
    Read = fun({_, _, 14, 2, _, _, <<S:32/little, C:32/little, T/binary>>}) -> {14, S, maps:get(C, Atoms), t(T, Atoms)};
              ({_, _, 23, 2, _, _, <<S:32/little, 0:32>>}) -> {23, S};
              ({_, _, K, F, _, _, <<S:32/little, T/binary>>}) when F =:= 2; K =:= 26; K =:= 27 -> {K, S, t(T, Atoms)} end,
    Made = [Read(R) || {_, _, K, _, _, S, _} = R <- Records, S =:= Me, K < 24 orelse K =:= 26 orelse K =:= 27],
    Made = [{12, With, []}, {12, With, [1, b]}, {12, With, lists:seq(1, 8)}, {12, With, lists:seq(1, 9)}, {13, With, {ok, With}}, {23, With}, {14, With, throw, ball},
            {12, Without, absent}, {12, Without, absent}, {12, Without, absent}, {12, Without, absent}, {13, Without, absent}, {23, Without}, {14, Without, throw, absent},
            {26, With, []}, {26, With, [x, y]}, {26, With, lists:seq(1, 9)}, {27, With, #{a => With}}],
    [<<With:32/little, M:32/little, F:32/little, 2:32/little, 7:32/little, 3:32/little>>] = [P || {_, _, 24, 0, _, 0, P} <- Records],
    {?MODULE, f} = {maps:get(M, Atoms), maps:get(F, Atoms)},
    [<<With:32/little, Without:32/little, 1:32/little, 8:32/little, 0:32, Label/binary>>] = [P || {_, _, 25, 0, _, 0, P} <- Records],
    {<<"x = 1">>, Names} = term_decoder:t(Label, Atoms),
    [{<<"x">>, 8}] = t(Names, Atoms),
    [<<Counted:32/little, 5:64/little, 1:64/little, 2:64/little, _/binary>>] = [P || {_, _, 28, 0, _, 0, P} <- Records],
    [<<With:32/little, 3:32/little, 1:32/little, Why/binary>>] = [P || {_, _, 29, 0, _, 0, P} <- Records],
    <<"dear">> = t(Why, Atoms),
    [<<1:64/little, 2:64/little, 3:64/little, 4:64/little>>] = [P || {_, _, 30, 0, _, Me1, P} <- Records, Me1 =:= Me],
    _ = elixirscope_nif:hits(),
    ok.

%% Exact, whichever threads did it.
hits() ->
    [Counted, Recorded, Point] = Sites = [site(4, N) || N <- [0, 4095, 4096]],
    ok = elixirscope_nif:levels(lists:zip(Sites, [1, 3, 3])),
    Reader = start(#{on_full => drop, ring_bytes => 1 bsl 16}, #{outside => true}),
    _ = {elixirscope_nif:hits(), elixirscope_nif:counted()},
    Loop = fun Loop(0) -> ok;
               Loop(N) ->
                   elixirscope_nif:call(Counted, N), elixirscope_nif:call(Recorded, N), elixirscope_nif:line(Point), elixirscope_nif:return(Recorded, N),
                   Loop(N - 1)
           end,
    Workers = [spawn_monitor(fun() -> Loop(20000) end) || _ <- lists:seq(1, 8)],
    Ask = fun Ask(Sum, Left) ->
        {Hits, Counts} = {elixirscope_nif:hits(), elixirscope_nif:counted()},
        Add = lists:foldl(fun({S, N, _}, A) -> A#{S => N + maps:get(S, A, 0)}; ({S, N}, A) -> A#{{counted, S} => N + maps:get({counted, S}, A, 0)} end,
                          Sum, Hits ++ Counts),
        case Left of
            [] -> Add;
            [{Pid, Ref} | More] -> receive {'DOWN', Ref, _, Pid, normal} -> Ask(Add, More) after 1 -> Ask(Add, Left) end
        end
    end,
    Sum = Ask(#{}, Workers),
    Sum = #{Counted => 160000, Recorded => 160000, Point => 160000, {counted, Counted} => 160000},
    [] = elixirscope_nif:hits(),
    _ = finish(Reader),
    ok.

busy() ->
    S = site(5, 0),
    ok = elixirscope_nif:levels([{S, 2}]),
    Reader = start(#{}, #{outside => true}),
    _ = elixirscope_nif:busy(),
    Loop = fun Loop(0) -> ok; Loop(N) -> elixirscope_nif:call(S), Loop(N - 1) end,
    Workers = [element(1, spawn_monitor(fun() -> Loop(N * 1000) end)) || N <- [1, 2, 3, 30]],
    [receive {'DOWN', _, _, P, normal} -> ok end || P <- Workers],
    Busy = elixirscope_nif:busy(),
    Most = pid64(lists:last(Workers)),
    [{Most, Records} | _] = Busy,
    true = Records > 25000 andalso Records =< 30000,
    true = Busy =:= lists:reverse(lists:keysort(2, Busy)),
    [] = elixirscope_nif:busy(),
    _ = finish(Reader),
    ok.

%% `D': whole, in pieces, empty, the longest; one that is too long, and one that never ends.
controls() ->
    Reader = start(#{}),
    Got = fun() -> receive {elixirscope_nif, control, B} -> B after 5000 -> error(no_control) end end,
    Say = fun(B) -> wire_reader:say(Reader, B) end,
    Term = term_to_binary({depths, [{<<"Shop.*">>, <<"*">>, <<"lines">>}]}),
    Say([<<"..D">>, <<(byte_size(Term)):32/little>>, Term, <<".">>]),
    Term = Got(),
    [begin Say(<<B>>), timer:sleep(2) end || <<B>> <= <<"D", 3:32/little, "SSD">>],
    <<"SSD">> = Got(),
    Say(<<"D", 0:32, "D", 1:32/little, "S">>),
    <<>> = Got(),
    <<"S">> = Got(),
    Long = rand:bytes(1 bsl 20),
    Say([<<"D", (1 bsl 20):32/little>>, Long]),
    Long = Got(),
    %% Too long: passed over, and what follows counts again.
    Say(<<"D", ((1 bsl 20) + 1):32/little, "..D", 2:32/little, "ok">>),
    <<"ok">> = Got(),
    Say(<<"D", 16#ffffffff:32, ".">>),
    receive {elixirscope_nif, closed, _} -> error(closed) after 50 -> ok end,
    %% A flood does not fill the owner's mailbox: it waits in the socket.
    [Say(binary:copy(<<"D", 1:32/little, "x">>, 1000)) || _ <- lists:seq(1, 10)],
    First = Got(),
    timer:sleep(100),
    {message_queue_len, Waiting} = process_info(self(), message_queue_len),
    {<<"x">>, true, _} = {First, Waiting =< 4000, Waiting},
    %% One that never ends keeps nothing from being sent.
    ok = elixirscope_nif:emit(20, 0, self(), [{term, here}]),
    Result = finish(Reader),
    1 = length([x || {_, _, 20, _, _, _, _} <- wire_reader:records(Result)]),
    %% Asking to stop in the middle.
    Again = start(#{}),
    wire_reader:say(Again, <<"D", 2:32/little, "xxS">>),
    receive {elixirscope_nif, closed, stop_requested} -> ok after 5000 -> error(not_told) end,
    _ = finish(Again),
    ok.

frames() ->
    {'EXIT', {badarg, _}} = (catch elixirscope_nif:frame(5, <<"{}">>)),
    {'EXIT', {badarg, _}} = (catch elixirscope_nif:frame(6, notabinary)),
    ok = elixirscope_nif:frame(6, <<"{}">>),
    Reader = start(#{}),
    Big = binary:copy(<<"x">>, 3000000),
    ok = elixirscope_nif:frame(6, <<"{\"module\":1}">>),
    ok = elixirscope_nif:note(<<"{\"note\":1}">>),
    ok = elixirscope_nif:frame(6, Big),
    #{notes := [<<"{\"note\":1}">>], sources := [<<"{\"module\":1}">>, Big]} = finish(Reader),
    ok.

%% An atom that the recorder has not been told stands before the record that needs it, also where that record was half made.
new_atoms() ->
    S = site(6, 0),
    ok = elixirscope_nif:levels([{S, 3}]),
    Atom = fun(N) -> list_to_atom("site_tests_" ++ os:getpid() ++ "_" ++ integer_to_list(N)) end,
    Reader = start(#{rings => 2}),
    [elixirscope_nif:call(S, N, {Atom(N), [Atom(N + 1000) | Atom(N)]}, #{Atom(N) => Atom(N + 2000)}) || N <- lists:seq(1, 300)],
    [elixirscope_nif:exception(S, throw, Atom(N + 3000), []) || N <- lists:seq(1, 10)],
    Result = finish(Reader),
    %% Within the one ring that was used: told, then used.
    Told = lists:foldl(fun
        ({_, _, 1, _, _, _, <<I:32/little, Size:16/little, Text:Size/binary, _/binary>>}, Known) -> Known#{I => binary_to_atom(Text, utf8)};
        ({_, _, 12, 2, _, _, <<_:32, T/binary>>}, Known) ->
            [N, {A, [B | A]}, Map] = t(T, Known),
            {A, B, Map} = {Atom(N), Atom(N + 1000), #{Atom(N) => Atom(N + 2000)}},
            Known;
        ({_, _, 14, 2, _, _, <<_:32, C:32/little, T/binary>>}, Known) -> throw = maps:get(C, Known), true = is_atom(t(T, Known)), Known
    end, #{}, wire_reader:records(Result)),
    true = map_size(Told) >= 910,
    _ = elixirscope_nif:hits(),
    ok.

%% Bounded, whatever is given, and what is there can be read.
large_values() ->
    S = site(7, 0),
    ok = elixirscope_nif:levels([{S, 3}]),
    Map = maps:from_list([{N, {N}} || N <- lists:seq(1, 100000)]),
    %% Keys with the same hash, of which a map makes a node of its own.
    Collide = maps:from_list([{N * 1.0, N} || N <- lists:seq(1, 5000)] ++ [{{K, N}, N} || K <- [a, b], N <- lists:seq(1, 3000)]),
    Terms = [Map, Collide, lists:seq(1, 100000), lists:duplicate(100, list_to_tuple(lists:seq(1, 100))), binary:copy(<<"x">>, 1 bsl 24),
             list_to_tuple(lists:seq(1, 100000)), #{a => Map, b => [Map]}],
    Reader = start(#{limits => #{call_bytes => 600, call_pairs => 20}}),
    [begin elixirscope_nif:call(S, T, T), T = elixirscope_nif:return(S, T), T = elixirscope_nif:value(S, T), elixirscope_nif:line(S, T, 1) end || T <- Terms],
    {Records, Atoms} = decoded(finish(Reader)),
    4 * length(Terms) =:= length(Records) orelse error({records, length(Records)}),
    Values = [begin true = byte_size(P) =< 600 + 72, <<_:32, T/binary>> = P, t(T, Atoms) end || {_, _, _, _, _, _, P} <- Records],
    {'$cut_map', 100000, Pairs} = lists:nth(2, Values),
    20 = map_size(Pairs),
    Pairs = maps:with(maps:keys(Pairs), Map),
    {'$cut_map', 11000, Others} = lists:nth(6, Values),
    Others = maps:with(maps:keys(Others), Collide),
    _ = elixirscope_nif:hits(),
    ok.

loop(_, 0) -> ok;
loop(S, N) -> elixirscope_nif:call(S, N, {a, <<"b">>}), _ = elixirscope_nif:return(S, N), elixirscope_nif:line(S + 1, N), loop(S, N - 1).

loops(S, Count, N) -> [spawn_monitor(fun() -> loop(S, N) end) || _ <- lists:seq(1, Count)].
await(Loops) -> [receive {'DOWN', Ref, _, Pid, normal} -> ok end || {Pid, Ref} <- Loops], ok.

count(Records, Kinds) -> length([x || {_, _, Kind, _, _, _, _} <- Records, lists:member(Kind, Kinds)]).

%% More threads than rings, rings much smaller than what is written.
nothing_lost() ->
    S = site(8, 0),
    ok = elixirscope_nif:levels([{S, 3}, {S + 1, 3}]),
    [begin
         Reader = start(#{on_full => wait, ring_bytes => 1 bsl 16, rings => Rings}, #{outside => true}),
         await(loops(S, 4, 30000)),
         #{dropped := 0} = elixirscope_nif:stats(),
         Records = wire_reader:records(finish(Reader)),
         {120000, 120000, 120000} = {count(Records, [12]), count(Records, [13]), count(Records, [26])}
     end || Rings <- [2, 8]],
    _ = elixirscope_nif:hits(),
    ok.

drops_are_counted() ->
    S = site(9, 0),
    ok = elixirscope_nif:levels([{S, 3}, {S + 1, 3}]),
    [begin
         Reader = start(#{on_full => drop, ring_bytes => 1 bsl 16, rings => Rings}),
         wire_reader:pause(Reader),
         await(loops(S, 4, 20000)),
         #{dropped := Dropped} = elixirscope_nif:stats(),
         true = Dropped > 0,
         wire_reader:resume(Reader),
         timer:sleep(50),
         %% The next record that fits is written, with what was lost before it.
         elixirscope_nif:call(S, last),
         {Records, _} = decoded(finish(Reader)),
         Gone = lists:sum([Count || {_, _, 21, 0, _, 0, <<1:32/little, Count:64/little, _/binary>>} <- Records]),
         {240001, _} = {count(Records, [12, 13, 26]) + Gone, Gone}
     end || Rings <- [2, 8]],
    _ = elixirscope_nif:hits(),
    ok.

levels_change_meanwhile() ->
    S = site(10, 0),
    ok = elixirscope_nif:levels([{S, 3}, {S + 1, 3}]),
    Reader = start(#{on_full => wait}, #{outside => true}),
    _ = {elixirscope_nif:hits(), elixirscope_nif:counted()},
    Loops = loops(S, 2, 50000),
    [ok = elixirscope_nif:levels([{S, N rem 4}, {S + 1, 3 * (N rem 2)}]) || N <- lists:seq(1, 2000)],
    await(Loops),
    Hits = maps:from_list([{Site, N} || {Site, N, _} <- elixirscope_nif:hits()]),
    Counted = maps:from_list(elixirscope_nif:counted()),
    Records = wire_reader:records(finish(Reader)),
    %% Each call was recorded, counted or skipped, and what is said of it is so.
    Calls = count(Records, [12]),
    Calls = maps:get(S, Hits, 0) - maps:get(S, Counted, 0),
    Lines = count(Records, [26]),
    Lines = maps:get(S + 1, Hits, 0),
    ok.

%% A thread's time never goes back, and is that of the VM.
clock() ->
    S = site(11, 0),
    ok = elixirscope_nif:levels([{S, 3}, {S + 1, 3}]),
    Before = erlang:monotonic_time(nanosecond),
    Reader = start(#{on_full => wait, rings => 8}, #{outside => true}),
    %% Longer than the clock is left alone.
    Loops = [spawn_monitor(fun() -> [begin loop(S, 50), timer:sleep(1) end || _ <- lists:seq(1, 300)] end) || _ <- lists:seq(1, 3)],
    await(Loops),
    After = erlang:monotonic_time(nanosecond),
    Records = wire_reader:records(finish(Reader)),
    135000 = count(Records, [12, 13, 26]),
    lists:foldl(fun
        ({Ring, _, K, _, Time, _, _}, Last) when K =:= 12; K =:= 13; K =:= 26 ->
            true = Time >= maps:get(Ring, Last, Before - 1000000),
            Last#{Ring => Time};
        (_, Last) -> Last
    end, #{}, Records),
    true = lists:all(fun({_, _, _, _, Time, _, _}) -> Time < After + 1000000 end, Records),
    _ = elixirscope_nif:hits(),
    ok.

%% What happens because of something does not happen before it, but for the margin that clock.h names.
clock_between_threads() ->
    S = site(12, 0),
    ok = elixirscope_nif:levels([{S, 3}]),
    Reader = start(#{on_full => wait, rings => 8}, #{outside => true}),
    Count = erlang:system_info(schedulers_online),
    Self = self(),
    Turn = fun Turn() ->
        receive
            {40001, _} -> Self ! done;
            {N, Other} -> elixirscope_nif:call(S, N), Other ! {N + 1, self()}, Turn()
        end
    end,
    [A, B] = [spawn_opt(Turn, [link, {scheduler, 1 + I rem Count}]) || I <- [0, 1]],
    A ! {1, B},
    receive done -> ok end,
    [begin unlink(P), exit(P, kill) end || P <- [A, B]],
    {Records, Atoms} = decoded(finish(Reader)),
    Times = [Time || {_, Time} <- lists:sort([{hd(t(T, Atoms)), Time} || {_, _, 12, _, Time, _, <<_:32, T/binary>>} <- Records])],
    40000 = length(Times),
    Worst = lists:min([Y - X || {X, Y} <- lists:zip(lists:droplast(Times), tl(Times))]),
    true = Worst > -5000,
    _ = elixirscope_nif:hits(),
    ok.

nothing_after_stop() ->
    S = site(13, 0),
    ok = elixirscope_nif:levels([{S, 3}, {S + 1, 3}]),
    Loops = loops(S, 3, 1 bsl 60),
    [begin
         Reader = start(#{on_full => lists:nth(1 + N rem 2, [wait, drop]), ring_bytes => 1 bsl 17}, #{outside => true}),
         timer:sleep(N),
         ok = elixirscope_nif:stop(<<"{\"reason\":\"detached\"}">>),
         #{records := Written} = elixirscope_nif:stats(),
         false = elixirscope_nif:active(),
         _ = {elixirscope_nif:hits(), elixirscope_nif:counted()},
         timer:sleep(3),
         {[], []} = {elixirscope_nif:hits(), elixirscope_nif:counted()},
         #{records := Written} = elixirscope_nif:stats(),
         #{goodbye := <<_/binary>>, faults := []} = Result = wire_reader:result(Reader),
         Written = length([x || {_, _, _, _, _, _, _} <- wire_reader:records(Result)])
     end || N <- lists:seq(1, 12)],
    [exit(P, kill) || {P, _} <- Loops],
    [receive {'DOWN', Ref, _, _, _} -> ok end || {_, Ref} <- Loops],
    ok.

%% The module is purged without a word while everything writes; the levels are there again when the library is.
purge_under_load() ->
    S = site(14, 0),
    ok = elixirscope_nif:levels([{S, 3}, {S + 1, 3}]),
    Beam = code:which(elixirscope_nif),
    {ok, Code} = file:read_file(Beam),
    [begin
         Reader = start(#{on_full => wait, ring_bytes => 1 bsl 16}, #{outside => true}),
         Loops = loops(S, 3, 20000),
         timer:sleep(3),
         {module, elixirscope_nif} = code:load_binary(elixirscope_nif, Beam, Code),
         _ = code:soft_purge(elixirscope_nif),
         await(Loops),
         _ = code:purge(elixirscope_nif),
         #{goodbye := <<_/binary>>} = wire_reader:result(Reader),
         [] = elixirscope_nif:hits(),
         ok = elixirscope_nif:load(library()),
         Again = start(#{}),
         await(loops(S, 2, 1000)),
         6000 = count(wire_reader:records(finish(Again)), [12, 13, 26])
     end || _ <- [1, 2, 3]],
    _ = elixirscope_nif:hits(),
    ok.
