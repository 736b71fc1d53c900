%% The native half of the probe: an `erl_tracer' whose callbacks write bounded records of trace events into rings, and a thread
%% that carries them to the recorder. The C side is probe/c_src; what the records look like stands in docs/formats/wire.md.
%%
%% Nothing happens when this module is loaded: load/1 names the shared object. As long as it is not loaded, enabled/3 answers the
%% VM in a way that takes the tracer off again, and every other function says `{error, not_loaded}'.
-module(elixirscope_nif).

-export([load/1, start/1, stop/1, shapes/1, emit/4, note/1, frame/2, stats/0, active/0]).
-export([levels/1, hits/0, counted/0, busy/0]).
-export([enabled/3, trace/5]).
-export([call/1, call/2, call/3, call/4, call/5, call/6, call/7, call/8, call/9, call_list/2, return/2, tail/1, exception/4]).
-export([line/1, line/2, line/3, line/4, line/5, line/6, line/7, line/8, line/9, line_list/2, value/2]).
-export([samples/0]).

-export_type([shape/0, field/0, options/0, site/0, level/0]).

-type shape() ::
    gs_init | gs_call | gs_dispatch | gs_cast | gs_info | gs_continue | gs_terminate
    | statem_callback | statem_result | statem_terminate | statem_receive
    | ge_update | ge_call.
-type field() ::
    {u32, non_neg_integer()} | {u64, non_neg_integer()} | {atom, atom()} | {pid, pid()} | {term, term()} | {state, term()} | absent.
-type site() :: 0..16#ffffff.
%% 0 nothing, 1 calls are counted, 2 recorded without values, 3 with values. Of points: 0 or 3.
-type level() :: 0..3.
-type options() :: #{
    address := {unix, binary()} | {tcp, inet:ip_address(), inet:port_number()},
    token := binary(),
    hello := binary(),
    owner := pid(),
    ring_file => binary() | undefined,
    ring_bytes => pos_integer(),
    rings => pos_integer(),
    on_full => wait | drop,
    limits => #{depth | length | binary | term_bytes | state_bytes | call_bytes | call_pairs => non_neg_integer()},
    redact => [binary()],
    cookie => atom(),
    bytes_per_second => non_neg_integer(),
    silence_ms => non_neg_integer()
}.

%% Loads the shared object (its path without `.so') and checks that it understands how this VM lays out terms.
-spec load(file:name_all()) -> ok | {error, term()}.
load(Path) ->
    File = case is_binary(Path) of true -> unicode:characters_to_list(Path); false -> Path end,
    case erlang:load_nif(File, 0) of
        ok -> check();
        {error, {reload, _}} -> check();
        {error, Reason} -> {error, Reason}
    end.

check() ->
    Otp = try list_to_integer(erlang:system_info(otp_release)) catch error:badarg -> 0 end,
    case check(samples(), Otp, erlang:system_info(process_limit), erlang:system_info(atom_limit)) of
        true -> ok;
        false -> {error, {layout, "terms are laid out in an unknown way"}}
    end.

%% Connects to the recorder and begins to take events. The owner receives `{elixirscope_nif, closed, Why}' once when the recorder
%% is gone or silent, or asks to stop (then call stop/1), and `{elixirscope_nif, control, Binary}' for what the recorder sends after a `D':
%% at most 1 MiB, not checked any further.
-spec start(options()) -> ok | {error, binary() | not_loaded}.
start(Options) -> start_nif(Options).

%% Sends what was recorded (two seconds at most), says goodbye and ends the session. Fine to call when none is there.
-spec stop(iodata()) -> ok | {error, not_loaded}.
stop(GoodbyeJson) -> stop_nif(iolist_to_binary(GoodbyeJson)).

%% Which traced functions are the inside of a behaviour; see shapes.h. Positions may be given as
%% `{Shape, #{modules => 5, state_data => 2, module => 2, state => 4}}'.
-spec shapes([{mfa(), shape() | {shape(), #{atom() => pos_integer()}}}]) -> ok | {error, binary() | not_loaded}.
shapes(_Shapes) -> not_loaded().

%% Writes one record. `full': it was dropped and counted, or nobody records.
-spec emit(1..30, 0..255, pid() | undefined, [field()]) -> ok | full | {error, not_loaded}.
emit(_Kind, _Flags, _Subject, _Fields) -> not_loaded().

%% Sends a NOTE frame (JSON).
-spec note(binary()) -> ok | full | {error, not_loaded}.
note(Json) -> frame(4, Json).

%% Sends a frame of JSON: NOTE (4) or SOURCE (6), 8 MiB at most. `full': 64 MiB of them wait already.
-spec frame(4 | 6, binary()) -> ok | full | {error, not_loaded}.
frame(_Type, _Json) -> not_loaded().

%% What each of these sites records from now on. One that was never named is at 0. Levels outlast a session.
-spec levels([{site(), level()}]) -> ok | {error, not_loaded}.
levels(Levels) when length(Levels) > 4096 ->
    %% In parts, so that no scheduler is held for long.
    {Part, Rest} = lists:split(4096, Levels),
    case levels_nif(Part) of
        ok -> levels(Rest);
        Error -> Error
    end;
levels(Levels) -> levels_nif(Levels).

%% What happened at each site since this was last asked: calls (of a point: how often it was passed), recorded or only counted, and the
%% bytes of all records that name the site, values and tail calls too. Exact, sites where nothing happened left out.
-spec hits() -> [{site(), Hits :: non_neg_integer(), Bytes :: non_neg_integer()}].
hits() -> [].

%% The calls among them that were only counted (level 1), since this was last asked.
-spec counted() -> [{site(), Calls :: pos_integer()}].
counted() -> [].

%% The processes that made most records since this was last asked, the busiest first, 64 at most; their pids as in the records. Good
%% for telling the busiest: a process that shares its place in the table with a busier one is told too low, or not at all.
-spec busy() -> [{Pid64 :: non_neg_integer(), Records :: pos_integer()}].
busy() -> [].

%% Figures of the session, or of the last one: records and bytes written, bytes sent, records dropped, times a process waited.
-spec stats() -> #{records | bytes | sent | dropped | waits | rings_used => non_neg_integer(), active => boolean()}.
stats() -> #{records => 0, bytes => 0, sent => 0, dropped => 0, waits => 0, rings_used => 0, active => false}.

-spec active() -> boolean().
active() -> false.

%% erl_tracer. Not loaded: `remove' makes the VM clear the trace flags; it may be answered to `trace_status' only.
-spec enabled(atom(), term(), pid() | port() | undefined) -> trace | discard | remove.
enabled(trace_status, _State, _Tracee) -> remove;
enabled(_Tag, _State, _Tracee) -> discard.

-spec trace(atom(), term(), pid() | port() | undefined, term(), map()) -> term().
trace(_Tag, _State, _Tracee, _Term, _Options) -> ok.

%% What rewritten code calls (elixirscope_rewrite), the site first: the entry of a function with its arguments, its value, a tail call
%% that ends it, an exception that passes through it; a line that execution arrives at or a body's end, with what was bound; the value
%% of an expression. They change nothing, also when nothing is loaded.
call(_) -> ok.
call(_, _) -> ok.
call(_, _, _) -> ok.
call(_, _, _, _) -> ok.
call(_, _, _, _, _) -> ok.
call(_, _, _, _, _, _) -> ok.
call(_, _, _, _, _, _, _) -> ok.
call(_, _, _, _, _, _, _, _) -> ok.
call(_, _, _, _, _, _, _, _, _) -> ok.

-spec call_list(site(), [term()]) -> ok.
call_list(_, _) -> ok.

-spec return(site(), Value) -> Value when Value :: term().
return(_, Value) -> Value.

-spec tail(site()) -> ok.
tail(_) -> ok.

-spec exception(site(), error | exit | throw, term(), [term()]) -> ok.
exception(_, _, _, _) -> ok.

line(_) -> ok.
line(_, _) -> ok.
line(_, _, _) -> ok.
line(_, _, _, _) -> ok.
line(_, _, _, _, _) -> ok.
line(_, _, _, _, _, _) -> ok.
line(_, _, _, _, _, _, _) -> ok.
line(_, _, _, _, _, _, _, _) -> ok.
line(_, _, _, _, _, _, _, _, _) -> ok.

-spec line_list(site(), [term()]) -> ok.
line_list(_, _) -> ok.

-spec value(site(), Value) -> Value when Value :: term().
value(_, Value) -> Value.

levels_nif(_Levels) -> not_loaded().
start_nif(_Options) -> not_loaded().
stop_nif(_GoodbyeJson) -> not_loaded().
check(_Samples, _Otp, _ProcessLimit, _AtomLimit) -> false.

not_loaded() -> {error, not_loaded}.

%% Terms together with what the C side must read out of their words: number and serial of pids, the numbers of references, sign and
%% bytes of large integers, the bits of bitstrings. Atoms, lists and small integers are compared by the C side itself.
-spec samples() -> [{term(), [non_neg_integer()]}].
samples() ->
    Pids = [self() | lists:sublist(processes(), 20)] ++ made_up_pids(),
    Refs = [make_ref(), make_ref()],
    Bigs = [1 bsl 59, -(1 bsl 59) - 1, 1 bsl 63, (1 bsl 200) + 12345, -(1 bsl 130) - 7],
    Small = [0, 1, -1, 127, 128, (1 bsl 59) - 1, -(1 bsl 59)],
    Bytes = list_to_binary(lists:seq(1, 200)),
    <<_:3, Shifted:101/bitstring, _/bitstring>> = Bytes,
    <<_:16, Part:40/binary, _/binary>> = Bytes,
    <<_:5, Unaligned:30/binary, _/bitstring>> = Bytes,
    <<_:83/binary, _:7, Far:407/bitstring, _/bitstring>> = list_to_binary([Bytes, Bytes]),
    Grown = << <<N>> || N <- lists:seq(1, 180) >>,
    GrownBits = <<Grown/binary, 5:3>>,
    Bits = [Bytes, Grown, GrownBits, <<GrownBits/bitstring, 1:1>>, <<>>, <<1, 2, 3>>, <<5:7>>, Shifted, Part, Unaligned, Far, binary:part(Bytes, 10, 50)],
    [{P, pid_words(P)} || P <- Pids]
        ++ [{R, ref_words(R)} || R <- Refs]
        ++ [{B, big_bytes(B)} || B <- Bigs]
        ++ [{B, [Bit || <<Bit:1>> <= B]} || B <- Bits]
        ++ [{T, []} || T <- Small ++ ['', ok, elixirscope_nif, true, [], [a], [a | b]] ++ lists:sublist(erlang:ports(), 3)]
        ++ [{T, []} || T <- [{1}, {1, a, "b"}, list_to_tuple(lists:seq(1, 300)), 1.5, fun lists:reverse/1, fun() -> Refs end]]
        %% Small maps first: what large ones are told from.
        ++ [{maps:from_list([{K, {K}} || K <- lists:seq(1, N)]), []} || N <- [1, 2, 5, 32]]
        ++ [{#{b => 1, a => <<>>, "c" => 2}, []}]
        ++ [{maps:from_list([{K, K} || K <- lists:seq(1, N)]), []} || N <- [33, 100, 1000]].

made_up_pids() ->
    lists:append([try [list_to_pid(Text)] catch error:badarg -> [] end
                  || Text <- ["<0.1.0>", "<0.7.0>", "<0.8.3>", "<0.12345.7>", "<0.32767.1>", "<0.40000.3>", "<0.200001.5>"]]).

pid_words(Pid) ->
    [_, Number, Serial] = string:lexemes(pid_to_list(Pid), "<.>"),
    [list_to_integer(Number), list_to_integer(Serial)].

ref_words(Ref) ->
    ["#Ref", _ | Words] = string:lexemes(ref_to_list(Ref), "<.>"),
    [list_to_integer(W) || W <- lists:reverse(Words)].

big_bytes(N) ->
    Sign = case N < 0 of true -> 1; false -> 0 end,
    [Sign | binary_to_list(binary:encode_unsigned(abs(N), little))].
