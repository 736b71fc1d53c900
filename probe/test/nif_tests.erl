%% Shows that the native half of the probe keeps its promises: whatever it is given, it writes little, loses nothing silently, and
%% leaves the VM alone when the recorder goes away. Run by `make test`; needs only Erlang.
-module(nif_tests).

-export([main/0]).
-export([init/1, callback_mode/0, handle_call/3, handle_cast/2, handle_info/2, handle_continue/2, terminate/2, handle_event/2,
         handle_call/2, idle/3, code_change/3]).
-export([plain/2, sender/3]).

main() ->
    ok = elixirscope_nif:load(library()),
    {error, _} = elixirscope_nif:start(#{}),
    logger:set_primary_config(level, none),
    Tests = [fun not_started/0, fun terms/0, fun identifiers/0, fun limits/0, fun huge_terms/0, fun secrets/0, fun cookie/0, fun events/0, fun servers/0, fun statems/0,
             fun event_managers/0, fun nothing_lost/0, fun drops_are_counted/0, fun budget/0, fun recorder_dies/0,
             fun recorder_falls_silent/0, fun recorder_says_stop/0, fun recorder_babbles/0, fun ring_file/0, fun start_and_stop/0, fun stop_under_load/0,
             fun purge_under_load/0],
    test_run:run(Tests, 120000).

library() ->
    filename:join([filename:dirname(filename:dirname(code:which(elixirscope_nif))), "priv", "elixirscope_nif"]).

%% --- a session --------------------------------------------------------------------------------------------------------------

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
    check_marks(Result),
    Result.

%% A watermark is true: no record that came after it is earlier.
check_marks(#{marks := Marks} = Result) ->
    Latest = fun(Position, Ring) -> lists:max([Ns || {Ns, At} <- Marks, maps:get(Ring, At, 0) =< Position] ++ [-(1 bsl 63)]) end,
    case length(Marks) of
        N when N < 200 -> [] = [R || {Ring, Position, _, _, Time, _, _} = R <- wire_reader:records(Result), Time < Latest(Position, Ring)];
        _ -> ok
    end.

decoded(Result) ->
    Records = wire_reader:records(Result),
    Atoms = wire_reader:atoms(Records),
    {[R || {_, _, Kind, _, _, _, _} = R <- lists:keysort(5, Records), Kind =/= 1], Atoms}.

t(Payload, Atoms) -> element(1, term_decoder:t(Payload, Atoms)).

%% Terms, written by emit and read back.
through(Terms, More) ->
    Reader = start(More),
    [ok = elixirscope_nif:emit(20, 0, self(), [{term, T}]) || T <- Terms],
    {Records, Atoms} = decoded(finish(Reader)),
    [t(Payload, Atoms) || {_, _, 20, 0, _, _, Payload} <- Records].

wide() -> #{limits => #{depth => 60, length => 16000, binary => 100000, term_bytes => 100000, state_bytes => 200000},
            ring_bytes => 1 bsl 24, rings => 2}.

%% --- tests ------------------------------------------------------------------------------------------------------------------

not_started() ->
    full = elixirscope_nif:emit(20, 0, self(), [{term, a}]),
    false = elixirscope_nif:active(),
    ok = elixirscope_nif:stop(<<"{}">>),
    discard = elixirscope_nif:enabled(send, [], self()),
    remove = elixirscope_nif:enabled(trace_status, [], self()),
    {error, <<"cannot reach", _/binary>>} =
        elixirscope_nif:start(#{address => {unix, <<"/nowhere/at/all">>}, token => wire_reader:token(), hello => <<>>, owner => self()}).

terms() ->
    Bytes = list_to_binary(lists:seq(0, 255)),
    <<_:3, Shifted:101/bitstring, _/bitstring>> = Bytes,
    <<_:5, Unaligned:30/binary, _/bitstring>> = Bytes,
    Big = list_to_binary(lists:duplicate(300, Bytes)),
    Integers = [Sign * ((1 bsl Bits) + Off) || Bits <- lists:seq(0, 200, 7) ++ [58, 59, 60, 61, 62, 63, 64, 65], Off <- [-1, 0, 1], Sign <- [1, -1]],
    Atoms = ['', a, 'Elixir.Foo', list_to_atom(lists:duplicate(255, $x)), list_to_atom([252, 223]), list_to_atom([955, 8364, 128512]), true],
    Terms = Integers ++ Atoms ++
        [[], [1], "text", [a | b], [1, 2, 3 | {x}], {}, {1}, {a, [b, {c, #{d => e}}]}, 0.0, -1.5, 1.0e300,
         #{}, #{a => 1, <<"b">> => [2], {c} => #{}}, maps:from_list([{N, N * N} || N <- lists:seq(1, 500)]),
         <<>>, <<1, 2, 3>>, Bytes, Big, binary:part(Big, 77, 1000), Shifted, Unaligned, <<5:7>>, <<Bytes/binary, 1:1>>,
         self(), [self() | processes()], fun lists:map/2, fun erlang:'+'/2,
         list_to_tuple(lists:seq(1, 300)), lists:seq(1, 5000), lists:foldl(fun(_, A) -> [A] end, x, lists:seq(1, 50)), hd(erlang:ports())],
    Terms = through(Terms, wide()),
    Rounds = [random_term(6) || _ <- lists:seq(1, 3000)],
    Rounds = through(Rounds, wide()).

random_term(0) -> rand:uniform(1000) - 500;
random_term(Depth) ->
    Some = fun() -> [random_term(Depth - 1) || _ <- lists:seq(1, rand:uniform(5) - 1)] end,
    case rand:uniform(10) of
        1 -> list_to_tuple(Some());
        2 -> Some();
        3 -> maps:from_list([{K, V} || K <- Some(), V <- [random_term(Depth - 1)]]);
        4 -> rand:uniform(1 bsl (rand:uniform(180))) * (2 * rand:uniform(2) - 3);
        5 -> rand:uniform();
        6 -> rand:bytes(rand:uniform(40));
        7 -> Bits = rand:uniform(90), <<(rand:uniform(1 bsl 60)):Bits>>;
        8 -> lists:nth(rand:uniform(5), [a, foo, ok, undefined, 'B c']);
        9 -> list_to_pid(lists:flatten(io_lib:format("<0.~b.~b>", [rand:uniform(30000), rand:uniform(7)])));
        10 -> [random_term(Depth - 1) | random_term(0)]
    end.

identifiers() ->
    Refs = [make_ref(), alias(), monitor(process, spawn(fun() -> timer:sleep(5000) end)), ets:new(t, []), erlang:start_timer(60000, self(), x)],
    Printed = [{'$ref', lists:reverse([list_to_integer(W) || W <- tl(tl(string:lexemes(ref_to_list(R), "<.>")))])} || R <- Refs],
    Printed = through(Refs, #{}),
    Node = <<100, 0, 5, "far@x">>,
    Far = [binary_to_term(<<131, 88, Node/binary, 70000:32, 3:32, 17:32>>), binary_to_term(<<131, 89, Node/binary, 99:32, 17:32>>),
           binary_to_term(<<131, 90, 3:16, Node/binary, 17:32, 1:32, 2:32, 3:32>>)],
    Far = through(Far, #{}),
    Outer = lists:seq(1, 100000),
    Local = fun(X) -> [X | Outer] end,
    Text = list_to_binary(erlang:fun_to_list(Local)),
    [{'$fun', Text}] = through([Local], #{}).

limits() ->
    Small = #{limits => #{depth => 3, length => 4, binary => 5, term_bytes => 200, state_bytes => 200}},
    Out = through([{1, {2, {3, {4}}}}, [1, 2, 3, 4], [1, 2, 3, 4, 5], [1, 2, 3, 4 | 5], {1, 2, 3, 4, 5}, <<"12345">>, <<"123456">>, <<1:41>>, [[[[]]]], [[[[1]]]],
                   maps:from_list([{N, N} || N <- lists:seq(1, 9)]), {{{#{a => 1, b => 2}}}}], Small),
    [{1, {2, {3, {'$cut_depth', 16#8d, 1}}}}, [1, 2, 3, 4], {'$cut_list', [1, 2, 3, 4]}, [1, 2, 3, 4 | 5], {'$cut_tuple', 5, [1, 2, 3, 4]}, <<"12345">>,
     {'$cut_binary', 6, <<"12345">>}, {'$cut_bits', 41, _}, [[[[]]]], [[[{'$cut_depth', 16#8e, 0}]]], {'$cut_map', 9, Map}, {{{{'$cut_depth', 16#92, 2}}}}] = Out,
    4 = map_size(Map),
    %% The byte limit cuts anywhere, and what is left can always be read.
    Terms = [random_term(7) || _ <- lists:seq(1, 1500)],
    [begin
         Cut = through(Terms, #{limits => #{depth => 20, length => 100, binary => 200, term_bytes => Bytes}}),
         true = length(Cut) =:= length(Terms)
     end || Bytes <- [64, 100, 177]].

%% However large the term, the record stays small. (What it costs is printed, not judged.)
huge_terms() ->
    Gigabyte = binary:copy(<<1>>, 1 bsl 30),
    <<_:3, Unaligned:(1 bsl 29)/binary, _/bitstring>> = Gigabyte,
    Terms = [{"1 GB binary", Gigabyte}, {"half of it from its third bit on", Unaligned}, {"1 million elements", lists:seq(1, 1000000)},
             {"map of 100,000", maps:from_list([{N, N} || N <- lists:seq(1, 100000)])}, {"50 MB of tuples", [{N, "abcdefghij", self()} || N <- lists:seq(1, 250000)]},
             {"tuple of 1 million", list_to_tuple(lists:seq(1, 1000000))}, {"nested 1 million deep", lists:foldl(fun(_, A) -> {A} end, x, lists:seq(1, 1000000))},
             {"list nested 1 million deep", lists:foldl(fun(_, A) -> [A] end, x, lists:seq(1, 1000000))}, {"integer of 4 Mbit", 1 bsl 4000000},
             {"long key", #{binary:copy(<<"a">>, 1 bsl 24) => 1}}, {"small", {a, 1}}],
    Reader = start(#{redact => [<<"password">>]}),
    [begin
         Start = erlang:monotonic_time(nanosecond),
         [ok = elixirscope_nif:emit(20, 0, self(), [{term, T}]) || _ <- lists:seq(1, 100)],
         io:format("     ~s: ~b ns a record~n", [Name, (erlang:monotonic_time(nanosecond) - Start) div 100])
     end || {Name, T} <- Terms],
    {Records, Atoms} = decoded(finish(Reader)),
    Written = 100 * length(Terms),
    Written = length(Records),
    [begin true = byte_size(P) =< 2048 + 64, t(P, Atoms) end || {_, _, _, _, _, _, P} <- Records],
    ok.

secrets() ->
    Words = #{redact => [<<"password">>, <<"token">>]},
    In = [#{password => 1, a => {b, 2}, "my_Token" => 3, <<"PassWord2">> => 4}, {password, x}, [{api_token, x}, {user, y}], {password, x, y}, {x, password},
          {{password}, 1}, #{userPASSWORD => #{a => 1}}, {'Elixir.Token', 1}, {<<"pass">>, 1}, {["token" | x], 1}],
    Out = [#{password => '$secret', a => {b, 2}, "my_Token" => '$secret', <<"PassWord2">> => '$secret'}, {password, '$secret'}, [{api_token, '$secret'}, {user, y}],
           {password, x, y}, {x, password}, {{password}, 1}, #{userPASSWORD => '$secret'}, {'Elixir.Token', '$secret'}, {<<"pass">>, 1}, {["token" | x], 1}],
    Out = through(In, Words),
    Out = through(In, Words),
    In = through(In, #{}).

%% The cookie's text must not be in a single byte of what leaves, not even as a name in a place where only atoms can stand.
cookie() ->
    Cookie = list_to_atom("cookie-" ++ integer_to_list(erlang:unique_integer([positive]))),
    In = [Cookie, {Cookie, 1}, {user, Cookie}, #{Cookie => 1, b => [Cookie | Cookie]}, fun Cookie:f/1, [{x, y, Cookie}]],
    Hidden = ['$secret', {'$secret', 1}, {user, '$secret'}, #{'$secret' => 1, b => ['$secret' | '$secret']},
              fun '[redacted]':f/1, [{x, y, '$secret'}]],
    Hidden = through(In, #{cookie => Cookie}),
    In = through(In, #{cookie => nocookie}),
    Reader = start(#{cookie => Cookie}),
    ok = elixirscope_nif:emit(8, 0, self(), [{atom, Cookie}]),
    ok = elixirscope_nif:emit(12, 0, self(), [{atom, Cookie}, {atom, f}, {u32, 1}, {term, [Cookie]}]),
    {Records, Atoms} = decoded(finish(Reader)),
    nomatch = binary:match(term_to_binary({Records, Atoms}), atom_to_binary(Cookie, utf8)),
    true = lists:member('[redacted]', maps:values(Atoms)),
    ok.

pid64(Pid) ->
    [_, Number, Serial] = string:lexemes(pid_to_list(Pid), "<.>"),
    list_to_integer(Number) bor (list_to_integer(Serial) bsl 28).

tracer() -> {tracer, elixirscope_nif, []}.

receive_senders() -> erlang:trace_pattern('receive', [{['$1', '$2', '_'], [], [{message, {{'$1', '$2'}}}]}], []).

events() ->
    Reader = start(#{}),
    Self = self(),
    true = register(nif_tests_main, Self),
    receive_senders(),
    erlang:trace_pattern({?MODULE, plain, 2}, [{'_', [], [{exception_trace}]}], [local]),
    Child = spawn(fun() ->
        receive go -> ok end,
        Self ! one,
        nif_tests_main ! two,
        {nif_tests_main, node()} ! three,
        catch (nif_tests_nobody ! lost),
        Dead = spawn(?MODULE, plain, [1, ok]),
        link(Dead), unlink(Dead),
        timer:sleep(20),
        Dead ! four,
        receive {alias, A} -> A ! five end,
        register(nif_tests_child, self()),
        unregister(nif_tests_child),
        done = plain(2, done),
        catch plain(3, {throw, ball}),
        garbage_collect(),
        exit(bye)
    end),
    ChildRef = monitor(process, Child),
    1 = erlang:trace(Child, true, [send, 'receive', procs, call, garbage_collection, running, set_on_spawn, tracer()]),
    Alias = alias(),
    Child ! go,
    Child ! {alias, Alias},
    receive {'DOWN', ChildRef, _, _, bye} -> ok end,
    timer:sleep(20),
    unregister(nif_tests_main),
    {Records, Atoms} = decoded(finish(Reader)),
    Me = pid64(Self), C = pid64(Child),
    At = fun(Kind) -> [{F, S, P} || {_, _, K, F, _, S, P} <- Records, K =:= Kind] end,
    A = fun(Atom) -> hd([I || {I, X} <- maps:to_list(Atoms), X =:= Atom]) end,
    Sends = [{F, To, element(1, term_decoder:t(R, Atoms)), case term_decoder:t(R, Atoms) of {_, R1} -> t(R1, Atoms) end}
             || {F, S, <<To:64/little, R/binary>>} <- At(10), S =:= C],
    {0, Me, one, absent} = lists:keyfind(one, 3, Sends),
    {0, Me, two, absent} = lists:keyfind(two, 3, Sends),
    {0, _, three, _} = lists:keyfind(three, 3, Sends),
    {1, _, four, absent} = lists:keyfind(four, 3, Sends),
    {0, 0, five, {'$ref', _}} = lists:keyfind(five, 3, Sends),
    [{Me, go}, {Me, {alias, _}}] = [{From, t(R, Atoms)} || {0, S, <<From:64/little, R/binary>>} <- At(11), S =:= C],
    [{C, D, M, F, 2, [1, ok]}] = [{S, P, M, F, N, t(R, Atoms)} || {0, S, <<P:64/little, M:32/little, F:32/little, N:32/little, R/binary>>} <- At(3)],
    {M, F} = {A(?MODULE), A(plain)},
    [{D, C}] = [{S, P} || {0, S, <<P:64/little, _/binary>>} <- At(4)],
    [_] = [x || {0, S, <<P:64/little, 0:32, _/binary>>} <- At(6), S =:= C, P =:= D],
    [_] = [x || {0, S, <<P:64/little, 0:32, _/binary>>} <- At(7), S =:= C, P =:= D],
    [{normal, D}, {bye, C}] = [{t(P, Atoms), S} || {0, S, P} <- At(5)],
    [nif_tests_child] = [maps:get(N, Atoms) || {0, S, <<N:32/little, _/binary>>} <- At(8), S =:= C],
    [nif_tests_child] = [maps:get(N, Atoms) || {0, S, <<N:32/little, _/binary>>} <- At(9), S =:= C],
    [[1, ok], [2, done], [3, {throw, ball}]] = [t(R, Atoms) || {0, _, <<_:96, R/binary>>} <- At(12)],
    [ok, done] = [t(R, Atoms) || {0, _, <<_:96, R/binary>>} <- At(13)],
    [{throw, ball}] = [{maps:get(Class, Atoms), t(R, Atoms)} || {0, _, <<_:96, Class:32/little, R/binary>>} <- At(14)],
    true = lists:member(1, [G || {G, S, <<_:64, _:64>>} <- At(18), S =:= C]),
    true = lists:member(3, [G || {G, S, <<_:64, _:64>>} <- At(18), S =:= C]),
    [] = [0, 1] -- lists:usort([G || {G, _, _} <- At(19)]).

plain(_, {throw, What}) -> throw(What);
plain(_, What) -> What.

%% The insides of gen_server on this release.
server_shapes() ->
    case erlang:function_exported(gen_server, module_info, 0) andalso list_to_integer(erlang:system_info(otp_release)) of
        25 -> [{{gen_server, try_dispatch, 4}, gs_dispatch}];
        _ -> [{{gen_server, try_handle_cast, 3}, gs_cast}, {{gen_server, try_handle_info, 3}, gs_info}, {{gen_server, try_handle_continue, 3}, gs_continue}]
    end ++ [{{gen_server, init_it, 2}, gs_init}, {{gen_server, try_handle_call, 4}, gs_call}, {{gen_server, try_terminate, 3}, gs_terminate}].

trace_shapes(Shapes, Match) ->
    ok = elixirscope_nif:shapes(Shapes),
    [1 = erlang:trace_pattern(MFA, Match, [local]) || {MFA, _} <- Shapes].

servers() ->
    {module, gen_server} = code:ensure_loaded(gen_server),
    Reader = start(#{}),
    Shapes = server_shapes(),
    trace_shapes(Shapes, [{'_', [], [{exception_trace}]}]),
    Self = self(),
    Holder = spawn(fun() -> receive go -> ok end, Self ! {server, gen_server:start(?MODULE, {start, 1}, [])}, receive never -> ok end end),
    1 = erlang:trace(Holder, true, [call, procs, set_on_spawn, tracer()]),
    Holder ! go,
    Pid = receive {server, {ok, P}} -> P end,
    1 = gen_server:call(Pid, get),
    1 = gen_server:call(Pid, {put, 2}),
    ok = gen_server:cast(Pid, {put, 3}),
    Pid ! info,
    ok = gen_server:call(Pid, {continue, 4}),
    catch gen_server:call(Pid, crash),
    exit(Holder, kill),
    timer:sleep(20),
    [erlang:trace_pattern(MFA, false, [local]) || {MFA, _} <- Shapes],
    {Records, Atoms} = decoded(finish(Reader)),
    S = pid64(Pid),
    Callbacks = [begin
        <<B:32/little, M:32/little, F:32/little, N:32/little, R/binary>> = Payload,
        {T1, R1} = term_decoder:t(R, Atoms),
        {T2, R2} = term_decoder:t(R1, Atoms),
        gen_server = maps:get(B, Atoms),
        ?MODULE = maps:get(M, Atoms),
        Call = case {Kind, T2} of {15, {_, _}} -> from; _ -> T2 end,
        {Kind, Flags, maps:get(F, Atoms), N, T1, Call, case Kind of 15 -> t(R2, Atoms); 16 -> none end}
    end || {_, _, Kind, Flags, _, Subject, Payload} <- Records, Subject =:= S, Kind =:= 15 orelse Kind =:= 16],
    [{15, 0, init, 1, {start, 1}, absent, absent},
     {16, 0, init, 1, {ok, '$state', {continue, begun}}, {state, 1}, none},
     {15, 0, handle_continue, 2, begun, absent, absent},
     {16, 0, handle_continue, 2, {noreply, '$state'}, {state, 1}, none},
     {15, 0, handle_call, 3, get, from, absent},
     {16, 0, handle_call, 3, {reply, 1, '$state'}, {state, 1}, none},
     {15, 0, handle_call, 3, {put, 2}, from, absent},
     {16, 0, handle_call, 3, {reply, 1, '$state'}, {state, 2}, none},
     {15, 0, handle_cast, 2, {put, 3}, absent, absent},
     {16, 0, handle_cast, 2, {noreply, '$state'}, {state, 3}, none},
     {15, 0, handle_info, 2, info, absent, absent},
     {16, 0, handle_info, 2, {noreply, '$state'}, {state, 3}, none},
     {15, 0, handle_call, 3, {continue, 4}, from, absent},
     {16, 0, handle_call, 3, {reply, ok, '$state', {continue, 4}}, {state, 3}, none},
     {15, 0, handle_continue, 2, 4, absent, absent},
     {16, 0, handle_continue, 2, {noreply, '$state'}, {state, 3}, none},
     {15, 0, handle_call, 3, crash, from, absent},
     {16, 1, handle_call, 3, {error, crash, _}, absent, none},
     {15, 0, terminate, 2, {crash, _}, absent, absent},
     {16, 0, terminate, 2, ended, absent, none}] = Callbacks.

init({start, N}) -> {ok, {state, N}, {continue, begun}};
init(statem) -> {ok, idle, #{n => 0}};
init(handler) -> {ok, {handler_state, 0}}.
handle_continue(_, S) -> {noreply, S}.
handle_call(get, _, {state, N} = S) -> {reply, N, S};
handle_call({put, M}, _, {state, N}) -> {reply, N, {state, M}};
handle_call({continue, N}, _, S) -> {reply, ok, S, {continue, N}};
handle_call(crash, _, _) -> error(crash).
handle_cast({put, M}, {state, _}) -> {noreply, {state, M}}.
handle_info(info, S) -> {noreply, S}.
terminate(_, _) -> ended.
code_change(_, S, _) -> {ok, S}.

statems() ->
    {module, gen_statem} = code:ensure_loaded(gen_statem),
    Reader = start(#{}),
    Shapes = [{{gen_statem, loop_state_callback, 11}, statem_callback}, {{gen_statem, loop_state_callback_result, 11}, {statem_result, #{}}},
              {{gen_statem, loop_receive, 3}, {statem_receive, #{state_data => 2}}}, {{gen_statem, terminate, 7}, statem_terminate}],
    trace_shapes(Shapes, []),
    {ok, Pid} = gen_statem:start(?MODULE, statem, []),
    1 = erlang:trace(Pid, true, [call, tracer()]),
    ok = gen_statem:cast(Pid, inc),
    1 = gen_statem:call(Pid, get),
    Ref = monitor(process, Pid),
    gen_statem:cast(Pid, crash),
    receive {'DOWN', Ref, _, _, _} -> ok end,
    [erlang:trace_pattern(MFA, false, [local]) || {MFA, _} <- Shapes],
    {Records, Atoms} = decoded(finish(Reader)),
    Seen = [case Kind of
        17 -> <<_:32, R/binary>> = Payload, {state, t(R, Atoms)};
        _ ->
            <<_:32, M:32/little, F:32/little, 3:32/little, R/binary>> = Payload,
            ?MODULE = maps:get(M, Atoms), idle = maps:get(F, Atoms),
            {T1, R1} = term_decoder:t(R, Atoms),
            {T2, R2} = term_decoder:t(R1, Atoms),
            {Kind, Flags, T1, case {Kind, T2} of {15, {call, _}} -> call; _ -> T2 end, case Kind of 15 -> t(R2, Atoms); _ -> none end}
    end || {_, _, Kind, Flags, _, _, Payload} <- Records, lists:member(Kind, [15, 16, 17])],
    [{15, 0, inc, cast, {idle, #{n := 0}}}, {16, 0, {next_state, idle, '$state'}, {idle, #{n := 1}}, none},
     {15, 0, get, call, absent}, {16, 0, {keep_state_and_data, [_]}, absent, none},
     {15, 0, crash, cast, absent}, {16, 1, {error, crash, _}, absent, none}] = [X || X <- Seen, element(1, X) =/= state],
    true.

callback_mode() -> state_functions.
idle(cast, inc, #{n := N}) -> {next_state, idle, #{n => N + 1}};
idle({call, From}, get, #{n := N}) -> {keep_state_and_data, [{reply, From, N}]};
idle(cast, crash, _) -> error(crash).

event_managers() ->
    {module, gen_event} = code:ensure_loaded(gen_event),
    Reader = start(#{}),
    Shapes = [{{gen_event, server_update, 4}, ge_update}, {{gen_event, server_call_update, 3}, ge_call}],
    trace_shapes(Shapes, [{'_', [], [{exception_trace}]}]),
    {ok, Pid} = gen_event:start(),
    ok = gen_event:add_handler(Pid, ?MODULE, handler),
    1 = erlang:trace(Pid, true, [call, tracer()]),
    ok = gen_event:sync_notify(Pid, one),
    {got, 1} = gen_event:call(Pid, ?MODULE, get),
    gen_event:stop(Pid),
    [erlang:trace_pattern(MFA, false, [local]) || {MFA, _} <- Shapes],
    {Records, Atoms} = decoded(finish(Reader)),
    Seen = [begin
        <<_:32, M:32/little, F:32/little, 2:32/little, R/binary>> = Payload,
        ?MODULE = maps:get(M, Atoms),
        {T1, R1} = term_decoder:t(R, Atoms),
        {T2, R2} = term_decoder:t(R1, Atoms),
        {Kind, maps:get(F, Atoms), T1, T2, case Kind of 15 -> t(R2, Atoms); 16 -> none end}
    end || {_, _, Kind, 0, _, _, Payload} <- Records, Kind =:= 15 orelse Kind =:= 16],
    [{15, handle_event, one, absent, {handler_state, 0}}, {16, handle_event, {ok, '$state'}, {handler_state, 1}, none},
     {15, handle_call, get, absent, {handler_state, 1}}, {16, handle_call, {ok, {got, 1}, '$state'}, {handler_state, 1}, none}] = Seen.

handle_event(_, {handler_state, N}) -> {ok, {handler_state, N + 1}}.
handle_call(get, {handler_state, N} = S) -> {ok, {got, N}, S}.

%% --- load -------------------------------------------------------------------------------------------------------------------

%% Senders that each send 1..N to a sink of their own, traced.
senders(Count, N) ->
    [begin
         Sink = spawn_link(fun sink/0),
         Pid = spawn(?MODULE, sender, [Sink, N, self()]),
         Ref = monitor(process, Pid),
         1 = erlang:trace(Pid, true, [send, tracer()]),
         Pid ! go,
         {Pid, Ref}
     end || _ <- lists:seq(1, Count)].

sink() -> receive _ -> sink() end.

sender(Sink, N, _) -> receive go -> send(Sink, 1, N) end.
send(_, I, N) when I > N -> ok;
send(Sink, I, N) -> Sink ! {i, I}, send(Sink, I + 1, N).

await(Senders) -> [receive {'DOWN', Ref, _, Pid, normal} -> ok end || {Pid, Ref} <- Senders], ok.

nothing_lost() ->
    Reader = start(#{on_full => wait, ring_bytes => 1 bsl 18, rings => 3}, #{outside => true}),
    N = 250000,
    Senders = senders(4, N),
    await(Senders),
    #{dropped := 0, waits := Waits} = elixirscope_nif:stats(),
    Result = finish(Reader),
    io:format("     waited ~b times~n", [Waits]),
    Counts = lists:foldl(fun({_, _, 10, 0, _, S, _}, A) -> A#{S => maps:get(S, A, 0) + 1}; (_, A) -> A end, #{}, wire_reader:records(Result)),
    [N = maps:get(pid64(Pid), Counts) || {Pid, _} <- Senders],
    4 = map_size(Counts).

drops_are_counted() ->
    Reader = start(#{on_full => drop, ring_bytes => 1 bsl 16, rings => 3}, #{keep => true}),
    wire_reader:pause(Reader),
    N = 100000,
    await(senders(4, N)),
    #{dropped := Dropped} = elixirscope_nif:stats(),
    true = Dropped > 0,
    wire_reader:resume(Reader),
    timer:sleep(100),
    {Records, _} = decoded(finish(Reader)),
    Seen = length([x || {_, _, 10, _, _, _, _} <- Records]),
    Gone = lists:sum([Count || {_, _, 21, 0, _, 0, <<1:32/little, Count:64/little, _/binary>>} <- Records]),
    Gone = Dropped,
    {400000, _} = {Seen + Gone, {Seen, Gone}}.

budget() ->
    Reader = start(#{on_full => wait, bytes_per_second => 100000}, #{outside => true}),
    N = 100000,
    await(senders(2, N)),
    {Records, _} = decoded(finish(Reader)),
    Seen = length([x || {_, _, 10, _, _, _, _} <- Records]),
    Gone = lists:sum([Count || {_, _, 21, 0, _, 0, <<2:32/little, Count:64/little, _/binary>>} <- Records]),
    true = Gone > 0,
    {200000, _} = {Seen + Gone, {Seen, Gone}}.

recorder_dies() ->
    Reader = start(#{on_full => wait, ring_bytes => 1 bsl 16}),
    Senders = senders(4, 200000),
    timer:sleep(20),
    wire_reader:close(Reader),
    receive {elixirscope_nif, closed, recorder_gone} -> ok after 5000 -> error(not_told) end,
    false = elixirscope_nif:active(),
    await(Senders),
    receive {elixirscope_nif, closed, _} -> error(told_twice) after 50 -> ok end,
    ok = elixirscope_nif:stop(<<"{}">>).

recorder_falls_silent() ->
    Reader = start(#{silence_ms => 300}),
    receive {elixirscope_nif, closed, recorder_silent} -> ok after 5000 -> error(not_told) end,
    false = elixirscope_nif:active(),
    ok = elixirscope_nif:stop(<<"{}">>),
    #{goodbye := undefined} = wire_reader:result(Reader).

recorder_says_stop() ->
    Reader = start(#{}),
    wire_reader:stop_byte(Reader),
    receive {elixirscope_nif, closed, stop_requested} -> ok after 5000 -> error(not_told) end,
    finish(Reader).

%% Bytes that mean nothing are passed over, however many, and the events go on.
recorder_babbles() ->
    Reader = start(#{}),
    Noise = << <<B>> || <<B>> <= rand:bytes(200000), B =/= $S, B =/= $D >>,
    [wire_reader:say(Reader, Noise) || _ <- lists:seq(1, 10)],
    [ok = elixirscope_nif:emit(20, 0, self(), [{term, N}]) || N <- lists:seq(1, 1000)],
    Result = finish(Reader),
    1000 = length([x || {_, _, 20, _, _, _, _} <- wire_reader:records(Result)]),
    ok.

ring_file() ->
    Path = iolist_to_binary([os:getenv("TMPDIR", "/tmp"), "/es-ring-", os:getpid()]),
    Reader = start(#{ring_file => Path, ring_bytes => 1 bsl 16, rings => 2}),
    {error, <<"already started">>} = elixirscope_nif:start(#{}),
    [ok = elixirscope_nif:emit(20, 0, self(), [{term, N}]) || N <- lists:seq(1, 5000)],
    timer:sleep(50),
    {ok, <<"ESCR", 1:16/little, 2:16/little, 65536:32/little, Offset:32/little, _/binary>> = File} = file:read_file(Path),
    {ok, Info} = file:read_file_info(Path),
    8#600 = element(8, Info) band 8#777,
    <<_:64/binary, Head:64/little, _:56/binary, Tail:64/little, _/binary>> = File,
    true = Head =:= Tail,
    true = byte_size(File) =:= Offset + 2 * 65536,
    #{streams := #{0 := Stream}} = Result = finish(Reader),
    Head = byte_size(Stream),
    5000 = length([x || {_, _, 20, _, _, _, _} <- wire_reader:records(Result)]),
    %% The last bytes written lie in the file where the stream's positions say.
    Last = min(1000, Head rem 65536),
    true = binary:part(File, Offset + Head rem 65536 - Last, Last) =:= binary:part(Stream, Head - Last, Last),
    {error, enoent} = file:read_file_info(Path),
    ok = file:write_file(Path, <<"mine">>),
    {Other, Address} = wire_reader:listen(),
    {error, <<"cannot create", _/binary>>} =
        elixirscope_nif:start(#{address => Address, token => wire_reader:token(), hello => <<>>, owner => self(), ring_file => Path}),
    {ok, <<"mine">>} = file:read_file(Path),
    ok = file:delete(Path),
    wire_reader:close(Other).

start_and_stop() ->
    [begin
         Reader = start(#{}),
         ok = elixirscope_nif:emit(20, 0, self(), [{term, {round, N}}]),
         {Records, Atoms} = decoded(finish(Reader)),
         [{round, N}] = [t(P, Atoms) || {_, _, 20, _, _, _, P} <- Records]
     end || N <- lists:seq(1, 50)].

stop_under_load() ->
    Senders = [begin
        Reader = start(#{on_full => lists:nth(1 + N rem 2, [wait, drop]), ring_bytes => 1 bsl 16}, #{outside => true}),
        Senders = senders(4, 20000),
        timer:sleep(N),
        ok = elixirscope_nif:stop(<<"{\"reason\":\"detached\"}">>),
        #{goodbye := <<_/binary>>, faults := []} = wire_reader:result(Reader),
        Senders
    end || N <- lists:seq(1, 12)],
    [await(S) || S <- Senders].

%% The module is purged without a word while everything writes. Then the library is loaded again, also from another path.
purge_under_load() ->
    Copy = os:getenv("TMPDIR", "/tmp") ++ "/es-copy-" ++ os:getpid(),
    {ok, _} = file:copy(library() ++ ".so", Copy ++ ".so"),
    Beam = code:which(elixirscope_nif),
    {ok, Code} = file:read_file(Beam),
    [begin
         Reader = start(#{on_full => wait, ring_bytes => 1 bsl 16}, #{outside => true}),
         Senders = senders(4, 30000),
         timer:sleep(5),
         true = code:delete(elixirscope_nif),
         _ = code:purge(elixirscope_nif),
         {module, elixirscope_nif} = code:load_binary(elixirscope_nif, Beam, Code),
         await(Senders),
         #{goodbye := <<_/binary>>} = wire_reader:result(Reader),
         {error, not_loaded} = elixirscope_nif:stop(<<"{}">>),
         false = elixirscope_nif:active(),
         ok = elixirscope_nif:load(Library),
         Again = start(#{}),
         await(senders(2, 1000)),
         {Records, _} = decoded(finish(Again)),
         2000 = length([x || {_, _, 10, _, _, _, _} <- Records])
     end || Library <- [library(), Copy, library(), Copy]],
    ok = file:delete(Copy ++ ".so").
