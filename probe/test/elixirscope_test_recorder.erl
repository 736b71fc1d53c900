%% A small recorder for the tests: takes one connection, keeps all that comes, and reads it back as Erlang terms.
-module(elixirscope_test_recorder).

-export([start/0, start/1, address/1, token/0, events/1, notes/1, hello/1, goodbye/1, stop_probe/1, kill/1, close/1,
         wait/3, bytes/1, ring_files/1, sources/1, told/2, control/2]).

%% Listens on a local socket of its own in a directory of its own.
-spec start() -> map().
start() -> start(#{}).

%% Options: `silent => true`: sends no `.`.
-spec start(map()) -> map().
start(Options) ->
    Path = lists:flatten(io_lib:format("~s/es-~s-~b.sock", [os:getenv("TMPDIR", "/tmp"), os:getpid(), erlang:unique_integer([positive])])),
    Self = self(),
    Pid = spawn(fun() ->
        {ok, Listen} = socket:open(local, stream, default),
        ok = socket:bind(Listen, #{family => local, path => Path}),
        ok = socket:listen(Listen),
        Self ! {self(), listening},
        {ok, Socket} = socket:accept(Listen),
        socket:close(Listen),
        Collector = self(),
        _ = spawn_link(fun() -> read(Socket, Collector) end),
        maps:get(silent, Options, false) orelse timer:send_interval(200, pulse),
        collect(Socket, [])
    end),
    receive {Pid, listening} -> ok after 5000 -> error(no_recorder) end,
    #{pid => Pid, path => Path}.

address(#{path := Path}) -> {unix, list_to_binary(Path)}.

token() -> <<"0123456789abcdef0123456789abcdef">>.

%% A socket of gen_tcp would be closed with all that is still to be read, when something is sent to a node that has died.
read(Socket, Collector) ->
    case socket:recv(Socket) of
        {ok, Bytes} -> Collector ! {read, Bytes}, read(Socket, Collector);
        {error, _} -> Collector ! all_read
    end.

collect(Socket, Parts) ->
    receive
        {read, Bytes} -> collect(Socket, [Bytes | Parts]);
        all_read -> ended(Parts);
        pulse -> _ = socket:send(Socket, <<".">>), collect(Socket, Parts);
        {{control, Message}, From} -> _ = socket:send(Socket, Message), From ! {self(), ok}, collect(Socket, Parts);
        {stop, From} -> _ = socket:send(Socket, <<"S">>), From ! {self(), ok}, collect(Socket, Parts);
        {bytes, From} -> From ! {self(), {open, iolist_to_binary(lists:reverse(Parts))}}, collect(Socket, Parts)
    end.

ended(Parts) ->
    receive
        {bytes, From} -> From ! {self(), {closed, iolist_to_binary(lists:reverse(Parts))}}, ended(Parts);
        {stop, From} -> From ! {self(), ok}, ended(Parts);
        _ -> ended(Parts)
    end.

call(#{pid := Pid}, What) ->
    Pid ! {What, self()},
    receive {Pid, Answer} -> Answer after 2000 -> error({recorder_silent, What}) end.

bytes(Recorder) -> element(2, call(Recorder, bytes)).

stop_probe(Recorder) -> call(Recorder, stop).

kill(#{pid := Pid}) ->
    Monitor = monitor(process, Pid),
    exit(Pid, kill),
    receive {'DOWN', Monitor, process, Pid, _} -> ok end.

%% Also removes the rings of a node that died, which is the recorder's to do.
close(#{path := Path} = Recorder) ->
    Rings = try frames(Recorder) of [] -> []; _ -> ring_files(Recorder) catch error:_ -> [] end,
    _ = [file:delete(Ring) || Ring <- Rings],
    kill(Recorder),
    file:delete(Path).

%% Until Found(events) gives something else than false; error after so many milliseconds.
wait(Recorder, Ms, Found) ->
    Events = events(Recorder),
    case Found(Events) of
        false when Ms =< 0 -> error({not_found, summary(Events)});
        false -> timer:sleep(50), wait(Recorder, Ms - 50, Found);
        Answer -> Answer
    end.

summary(Events) ->
    maps:to_list(lists:foldl(fun(#{kind := K}, M) -> maps:update_with(K, fun(N) -> N + 1 end, 1, M) end, #{}, Events)).

frames(Recorder) ->
    case bytes(Recorder) of
        <<"ESCW", 1:16/little, 0:16, Token:32/binary, Rest/binary>> -> Token = token(), split(Rest);
        Short when byte_size(Short) < 40 -> []
    end.

split(<<Type, 0, Ring:16/little, Size:32/little, Body:Size/binary, Rest/binary>>) -> [{Type, Ring, Body} | split(Rest)];
split(_) -> [].

%% The first frame, which may still be on its way.
hello(Recorder) -> hello(Recorder, 100).

hello(Recorder, Times) ->
    case frames(Recorder) of
        [{1, 0, Json} | _] -> Json;
        [] when Times > 0 -> timer:sleep(20), hello(Recorder, Times - 1)
    end.

notes(Recorder) -> [Json || {4, _, Json} <- frames(Recorder)].

%% The SOURCE frames.
sources(Recorder) -> [Json || {6, _, Json} <- frames(Recorder)].

%% What happened in the functions of a module, in order: {call, Name, Args}, {return, Name, Value}, {tail, Name}, …
told(Recorder, Module) ->
    Events = events(Recorder),
    Sites = maps:from_list([{Site, F} || #{kind := function, site := Site, mfa := {M, F, _}} <- Events, M =:= Module]),
    Points = maps:from_list([{Site, Point} || #{kind := point, site := Site, function := Of} = Point <- Events, is_map_key(Of, Sites)]),
    lists:append([told(Event, Sites, Points) || Event <- Events]).

told(#{kind := function}, _, _) -> [];
told(#{kind := call, site := Site, args := Args}, Sites, _) when is_map_key(Site, Sites) -> [{call, maps:get(Site, Sites), Args}];
told(#{kind := return, site := Site, value := Value}, Sites, _) when is_map_key(Site, Sites) -> [{return, maps:get(Site, Sites), Value}];
told(#{kind := exception, site := Site, reason := Reason}, Sites, _) when is_map_key(Site, Sites) -> [{exception, maps:get(Site, Sites), Reason}];
told(#{kind := tail, site := Site}, Sites, _) when is_map_key(Site, Sites) -> [{tail, maps:get(Site, Sites)}];
told(#{kind := count, site := Site, calls := Calls}, Sites, _) when is_map_key(Site, Sites) -> [{count, maps:get(Site, Sites), Calls}];
told(#{kind := plan, site := Site, before := Before, depth := Depth, why := Why}, Sites, _) when is_map_key(Site, Sites) ->
    [{plan, maps:get(Site, Sites), Before, Depth, Why}];
told(#{kind := line, site := Site, values := Values}, _, Points) when is_map_key(Site, Points) ->
    #{line := Line, names := Names} = maps:get(Site, Points),
    [{line, Line, [{Name, Value} || {{Name, _}, Value} <- lists:zip(Names, Values)]}];
told(#{kind := value, site := Site, value := Value}, _, Points) when is_map_key(Site, Points) ->
    #{label := Label} = maps:get(Site, Points),
    [{value, Label, Value}];
told(_, _, _) -> [].

%% Sends what follows a `D`.
control(Recorder, Term) ->
    Bytes = term_to_binary(Term),
    call(Recorder, {control, <<$D, (byte_size(Bytes)):32/little, Bytes/binary>>}).

goodbye(Recorder) ->
    case [Json || {5, _, Json} <- frames(Recorder)] of
        [Json] -> Json;
        [] -> none
    end.

%% All records of all rings, in the order of their time. An atom may be used in one ring before its record has come by another.
events(Recorder) -> events(Recorder, 100).

events(Recorder, Times) ->
    try all(Recorder)
    catch error:{badkey, _} when Times > 0 -> timer:sleep(20), events(Recorder, Times - 1)
    end.

all(Recorder) ->
    Rings = lists:foldl(fun
        ({2, Ring, <<Position:64/little, Bytes/binary>>}, Map) ->
            {Next, Parts} = maps:get(Ring, Map, {0, []}),
            %% Nothing between two frames of a ring is missing.
            case Next =:= Position of true -> ok; false -> error({hole, Ring, Next, Position}) end,
            Map#{Ring => {Position + byte_size(Bytes), [Bytes | Parts]}};
        (_, Map) -> Map
    end, #{}, frames(Recorder)),
    All = left(Recorder, Rings),
    Records = lists:append([records(iolist_to_binary(lists:reverse(Parts))) || {_, Parts} <- maps:values(All)]),
    Atoms = maps:from_list([{Index, binary_to_atom(Text, utf8)}
                            || {1, _, _, _, <<Index:32/little, Size:16/little, Text:Size/binary, _/binary>>} <- Records]),
    Sorted = lists:keysort(3, [Record || Record <- Records, element(1, Record) > 1]),
    [event(Record, Atoms) || Record <- Sorted].

%% Of a node that died: what is still in the mapped file of its rings.
left(Recorder, Rings) ->
    Closed = element(1, call(Recorder, bytes)),
    case ring_files(Recorder) of
        [File] when Closed =:= closed ->
            case {goodbye(Recorder), file:read_file(File)} of
                {none, {ok, <<"ESCR", 1:16/little, Count:16/little, Size:32/little, Data:32/little, _/binary>> = Bytes}} ->
                    lists:foldl(fun(Ring, Map) ->
                        <<Head:64/little, _:56/binary, Tail:64/little>> = binary:part(Bytes, 64 + 128 * Ring, 72),
                        {Received, Parts} = maps:get(Ring, Map, {0, []}),
                        From = max(Tail, Received),
                        Part = around(binary:part(Bytes, Data + Ring * Size, Size), From rem Size, Head - From),
                        Map#{Ring => {Head, [Part | Parts]}}
                    end, Rings, lists:seq(0, Count - 1));
                _ ->
                    Rings
            end;
        _ ->
            Rings
    end.

%% The mapped file that the probe named, if any.
ring_files(Recorder) ->
    case re:run(hello(Recorder), "\"ringFile\":\"([^\"]*)\"", [{capture, [1], list}]) of
        {match, [File]} -> [File];
        nomatch -> []
    end.

around(Ring, At, Size) when At + Size =< byte_size(Ring) -> binary:part(Ring, At, Size);
around(Ring, At, Size) ->
    First = byte_size(Ring) - At,
    <<(binary:part(Ring, At, First))/binary, (binary:part(Ring, 0, Size - First))/binary>>.

records(<<Size:32/little, Kind, Flags, 0:16, Time:64/signed-little, Subject:64/little, Rest/binary>>) ->
    0 = Size rem 8,
    Length = Size - 24,
    <<Payload:Length/binary, More/binary>> = Rest,
    [{Kind, Flags, Time, Subject, Payload} | records(More)];
records(<<>>) ->
    [].

event({Kind, Flags, Time, Subject, Payload}, Atoms) ->
    Base = #{flags => Flags, time => Time, subject => Subject},
    {Name, Fields} = kind(Kind, Flags),
    maps:merge(Base#{kind => Name}, fields(Fields, Payload, Atoms, #{})).

%% What names a site in the place of a function.
kind(12, Flags) when Flags band 2 =/= 0 -> {call, [{u32, site}, {term, args}]};
kind(13, Flags) when Flags band 2 =/= 0 -> {return, [{u32, site}, {term, value}]};
kind(14, Flags) when Flags band 2 =/= 0 -> {exception, [{u32, site}, {atom, class}, {term, reason}]};
kind(23, Flags) when Flags band 2 =/= 0 -> {tail, [{u32, site}]};
kind(Kind, _) -> kind(Kind).

kind(2) -> {process, [{term, known}]};
kind(3) -> {spawn, [{u64, child}, {mfa, mfa}, {term, args}]};
kind(4) -> {spawned, [{u64, parent}, {mfa, mfa}, {term, args}]};
kind(5) -> {exit, [{term, reason}]};
kind(6) -> {link, [{u64, other}, {term, other_term}]};
kind(7) -> {unlink, [{u64, other}, {term, other_term}]};
kind(8) -> {register, [{atom, name}]};
kind(9) -> {unregister, [{atom, name}]};
kind(10) -> {send, [{u64, to}, {term, message}, {term, destination}]};
kind(11) -> {arrive, [{u64, from}, {term, message}, {term, sender}]};
kind(12) -> {call, [{mfa, mfa}, {term, args}]};
kind(13) -> {return, [{mfa, mfa}, {term, value}]};
kind(14) -> {exception, [{mfa, mfa}, {atom, class}, {term, reason}]};
kind(15) -> {callback, [{atom, behaviour}, {mfa, mfa}, {term, message}, {term, from}, {term, state}]};
kind(16) -> {callback_return, [{atom, behaviour}, {mfa, mfa}, {term, result}, {term, state}]};
kind(17) -> {state, [{atom, behaviour}, {term, state}]};
kind(18) -> {gc, [{u64, heap}, {u64, old_heap}]};
kind(19) -> {schedule, [{mfa, mfa}]};
kind(20) -> {log, [{term, log}]};
kind(21) -> {gap, [{u32, reason}, {u64, count}, {u64, from}, {u64, to}]};
kind(22) -> {module, [{atom, module}]};
kind(23) -> {tail, [{mfa, mfa}]};
kind(24) -> {function, [{u32, site}, {mfa, mfa}, {u32, line}, {u32, depth}]};
kind(25) -> {point, [{u32, site}, {u32, function}, {u32, what}, {u32, line}, {u32, column}, {term, label}, {term, names}, {term, scope}]};
kind(26) -> {line, [{u32, site}, {term, values}]};
kind(27) -> {value, [{u32, site}, {term, value}]};
kind(28) -> {count, [{u32, site}, {u64, calls}, {u64, from}, {u64, to}]};
kind(29) -> {plan, [{u32, site}, {u32, before}, {u32, depth}, {term, why}]};
kind(30) -> {memory, [{u64, bytes}, {u64, mailbox}, {u64, reductions}, {u64, heap}]}.

fields([], Rest, _, Out) ->
    %% Nothing but zeros up to the size.
    <<0:(bit_size(Rest))>> = Rest,
    Out;
fields([{u64, Name} | More], <<I:64/little, Rest/binary>>, Atoms, Out) -> fields(More, Rest, Atoms, Out#{Name => I});
fields([{u32, Name} | More], <<I:32/little, Rest/binary>>, Atoms, Out) -> fields(More, Rest, Atoms, Out#{Name => I});
fields([{atom, Name} | More], <<I:32/little, Rest/binary>>, Atoms, Out) ->
    fields(More, Rest, Atoms, Out#{Name => maps:get(I, Atoms)});
fields([{mfa, Name} | More], <<M:32/little, F:32/little, A:32/little, Rest/binary>>, Atoms, Out) ->
    fields(More, Rest, Atoms, Out#{Name => {maps:get(M, Atoms), maps:get(F, Atoms), A}});
fields([{term, Name} | More], <<0:32, Rest/binary>>, Atoms, Out) ->
    fields(More, Rest, Atoms, Out#{Name => absent});
fields([{term, Name} | More], <<Size:32/little, Term:Size/binary, Rest/binary>>, Atoms, Out) ->
    {Value, <<>>} = term(Term, Atoms),
    fields(More, Rest, Atoms, Out#{Name => Value}).

%% Pids of the recorded node come back as `{pid, Number, Serial}`, cuts as `{cut, …}`, a state as '$state'.
term(<<I, R/binary>>, _) when I < 128 -> {I, R};
term(<<16#80, R/binary>>, _) -> {[], R};
term(<<16#81, R/binary>>, _) ->
    {Z, R1} = varint(R),
    {case Z band 1 of 0 -> Z bsr 1; 1 -> -((Z + 1) bsr 1) end, R1};
term(<<16#82, Sign, R/binary>>, _) ->
    {N, R1} = varint(R),
    <<Bytes:N/binary, R2/binary>> = R1,
    I = binary:decode_unsigned(Bytes, little),
    {case Sign of 0 -> I; 1 -> -I end, R2};
term(<<16#83, F:64/float-little, R/binary>>, _) -> {F, R};
term(<<16#84, R/binary>>, Atoms) -> {I, R1} = varint(R), {maps:get(I, Atoms), R1};
term(<<16#85, R/binary>>, _) -> {N, R1} = varint(R), {S, R2} = varint(R1), {{pid, N, S}, R2};
term(<<16#86, R/binary>>, Atoms) ->
    {I, R1} = varint(R), {N, R2} = varint(R1), {S, R3} = varint(R2), {C, R4} = varint(R3),
    {{pid, maps:get(I, Atoms), N, S, C}, R4};
term(<<16#87, R/binary>>, _) -> {N, R1} = varint(R), {{port, N}, R1};
term(<<16#88, R/binary>>, Atoms) ->
    {I, R1} = varint(R), {N, R2} = varint(R1), {C, R3} = varint(R2),
    {{port, maps:get(I, Atoms), N, C}, R3};
term(<<16#89, N, R/binary>>, _) ->
    Size = 4 * N,
    <<Words:Size/binary, R1/binary>> = R,
    {{reference, [W || <<W:32/little>> <= Words]}, R1};
term(<<16#8a, R/binary>>, Atoms) ->
    {I, R1} = varint(R), {C, <<N, R2/binary>>} = varint(R1),
    Size = 4 * N,
    <<Words:Size/binary, R3/binary>> = R2,
    {{reference, maps:get(I, Atoms), C, [W || <<W:32/little>> <= Words]}, R3};
term(<<16#8b, R/binary>>, _) ->
    {Size, R1} = varint(R), {Kept, R2} = varint(R1),
    <<Bytes:Kept/binary, R3/binary>> = R2,
    {case Kept of Size -> Bytes; _ -> {cut, Size, Bytes} end, R3};
term(<<16#8c, R/binary>>, _) ->
    {Bits, R1} = varint(R), {Kept, R2} = varint(R1),
    <<Bytes:Kept/binary, R3/binary>> = R2,
    {case Kept * 8 >= Bits of true -> <<B:Bits/bitstring, _/bitstring>> = Bytes, B; false -> {cut, Bits, Bytes} end, R3};
term(<<16#8d, R/binary>>, Atoms) ->
    {Size, R1} = varint(R), {Kept, R2} = varint(R1),
    {Terms, R3} = terms(Kept, R2, Atoms),
    {case Kept of Size -> list_to_tuple(Terms); _ -> {cut, Size, list_to_tuple(Terms)} end, R3};
term(<<16#8e, R/binary>>, Atoms) -> list(R, Atoms, []);
term(<<16#92, R/binary>>, Atoms) ->
    {Size, R1} = varint(R), {Kept, R2} = varint(R1),
    {Terms, R3} = terms(2 * Kept, R2, Atoms),
    Map = maps:from_list(pairs(Terms)),
    {case Kept of Size -> Map; _ -> {cut, Size, Map} end, R3};
term(<<Fun, R/binary>>, _) when Fun =:= 16#93; Fun =:= 16#99 ->
    {N, R1} = varint(R),
    <<Text:N/binary, R2/binary>> = R1,
    {{text, Text}, R2};
term(<<16#94, R/binary>>, Atoms) ->
    {M, R1} = varint(R), {F, R2} = varint(R1), {A, R3} = varint(R2),
    {erlang:make_fun(maps:get(M, Atoms), maps:get(F, Atoms), A), R3};
term(<<16#95, R/binary>>, _) -> {'$cut', R};
term(<<16#96, First, R/binary>>, _) -> {Size, R1} = varint(R), {{cut, First, Size}, R1};
term(<<16#97, R/binary>>, _) -> {'$redacted', R};
term(<<16#98, R/binary>>, _) -> {'$state', R}.

pairs([K, V | Rest]) -> [{K, V} | pairs(Rest)];
pairs([]) -> [].

terms(0, R, _) -> {[], R};
terms(N, R, Atoms) -> {T, R1} = term(R, Atoms), {Ts, R2} = terms(N - 1, R1, Atoms), {[T | Ts], R2}.

list(<<16#8f, R/binary>>, _, Out) -> {lists:reverse(Out), R};
list(<<16#90, R/binary>>, Atoms, Out) -> {Tail, R1} = term(R, Atoms), {lists:reverse(Out, Tail), R1};
list(<<16#91, R/binary>>, _, Out) -> {lists:reverse(Out, ['$more']), R};
list(R, Atoms, Out) -> {T, R1} = term(R, Atoms), list(R1, Atoms, [T | Out]).

varint(R) -> varint(R, 0, 0).
varint(<<1:1, B:7, R/binary>>, Shift, N) -> varint(R, Shift + 7, N bor (B bsl Shift));
varint(<<0:1, B:7, R/binary>>, Shift, N) -> {N bor (B bsl Shift), R}.
