%% The plain Erlang engine: a tracer process that writes the same wire as the NIF, where that cannot be loaded.
%%
%% The VM copies every traced message to this process, which costs the program three to five times as much as the NIF, and
%% nothing makes producers wait. So the bounds are kept here: when the mailbox or what waits for the socket grows past a limit,
%% events are thrown away unread until it has shrunk, and a GAP says how many, from when to when. The server watches the memory
%% of this process besides, because messages may be large.
%%
%% When this process dies, the VM forgets by itself every flag that names it as tracer.
-module(elixirscope_tracer).

-export([start/3, shapes/2, emit/5, note/2, sync/1, goodbye/2, stats/1, collect/1]).

%% Above this many messages waiting, events are thrown away; below the second number they are read again.
-define(MOST_WAITING, 100000).
-define(FEW_WAITING, 1000).
%% How often the length of the mailbox is looked at, in messages: asking costs as much as some events.
-define(LOOK_EVERY, 256).
%% Bytes given to the link and not yet sent.
-define(MOST_UNSENT, 16777216).
-define(FLUSH_BYTES, 65536).
%% What a process is and that it ended is rare and worth more than a message: kept as long as the socket takes it.
-define(IS_LIFE(Tag), (Tag =:= spawn orelse Tag =:= spawned orelse Tag =:= exit orelse Tag =:= register orelse
                       Tag =:= unregister orelse Tag =:= link orelse Tag =:= unlink)).
-define(TICK_MS, 20).
%% A watermark every so many ticks.
-define(WATERMARK_TICKS, 5).

-record(t, {
    link :: pid(),
    owner :: pid(),
    session :: undefined | elixirscope_session:session(),
    shapes = #{} :: #{mfa() => elixirscope_callbacks:shape()},
    %% Open callbacks: what the innermost return of a process belongs to.
    open = #{} :: #{pid() => [{mfa(), elixirscope_callbacks:shape(), atom(), mfa()}]},
    %% How many functions with a shape `direct` these have called that have not returned yet, where any.
    within = #{} :: #{pid() => pos_integer()},
    %% A digest of the state written last for a process, so that one that did not change is not written again.
    last = #{} :: #{pid() => binary()},
    buffer = [] :: iodata(),
    buffered = 0 :: non_neg_integer(),
    position = 0 :: non_neg_integer(),
    unsent = 0 :: non_neg_integer(),
    handled = 0 :: non_neg_integer(),
    ticks = 0 :: non_neg_integer(),
    %% undefined, or the watermark that becomes true when the reference comes back.
    delivered :: undefined | {reference(), integer()},
    %% Bytes that may still be written in this second; `infinity` without a budget.
    budget = infinity :: infinity | integer(),
    per_second = infinity :: infinity | pos_integer(),
    second = 0 :: integer(),
    %% While events are thrown away: why (a reason of GAP), how many, since when, until when.
    gap :: undefined | {1 | 2, non_neg_integer(), integer(), integer()},
    dropped = 0 :: non_neg_integer(),
    bytes = 0 :: non_neg_integer()
}).

%% Starts the tracer. Options: `limits`, `redact`, `bytes_per_second`. It ends with its owner.
-spec start(map(), pid(), pid()) -> pid().
start(Options, Link, Owner) ->
    spawn_opt(fun() -> init(Options, Link, Owner) end, [{message_queue_data, off_heap}, {fullsweep_after, 20}]).

%% Which functions are internal ones of behaviours; and the session, for watermarks.
-spec shapes(pid(), {elixirscope_session:session(), [{mfa(), elixirscope_callbacks:shape()}]}) -> ok.
shapes(Tracer, {Session, Shapes}) ->
    Tracer ! {elixirscope, shapes, Session, maps:from_list(Shapes)},
    ok.

%% A record of the probe's own, in order with the traced events. The fields are copied: the caller bounds them.
-spec emit(pid(), byte(), byte(), pid() | 0, [tuple() | absent]) -> ok.
emit(Tracer, Kind, Flags, Subject, Fields) ->
    Tracer ! {elixirscope, emit, erlang:monotonic_time(nanosecond), Kind, Flags, Subject, Fields},
    ok.

-spec note(pid(), binary()) -> ok.
note(Tracer, Json) ->
    Tracer ! {elixirscope, note, Json},
    ok.

%% Returns once everything until now is sent, or after a second.
-spec sync(pid()) -> ok.
sync(Tracer) ->
    Ref = make_ref(),
    Tracer ! {elixirscope, sync, self(), Ref},
    receive {Ref, sent} -> ok
    after 1000 -> ok
    end.

%% Lets go of what was read, once all that waits now has been read: an idle process keeps its heap.
-spec collect(pid()) -> ok.
collect(Tracer) ->
    Tracer ! {elixirscope, collect},
    ok.

%% Writes all that arrived until now and says goodbye. Goodbye makes the text from what was dropped and written. Ends the
%% tracer; takes two seconds at most.
-spec goodbye(pid(), fun((non_neg_integer(), non_neg_integer()) -> binary())) -> ok.
goodbye(Tracer, Goodbye) ->
    Monitor = monitor(process, Tracer),
    Tracer ! {elixirscope, goodbye, Goodbye},
    receive {'DOWN', Monitor, process, Tracer, _} -> ok
    after 2000 ->
        demonitor(Monitor, [flush]),
        exit(Tracer, kill),
        ok
    end.

%% Bytes written and events dropped, or `undefined` when it does not answer soon.
-spec stats(pid()) -> #{dropped := non_neg_integer(), bytes := non_neg_integer()} | undefined.
stats(Tracer) ->
    Ref = make_ref(),
    Tracer ! {elixirscope, stats, self(), Ref},
    receive {Ref, Stats} -> Stats after 500 -> undefined end.

init(Options, Link, Owner) ->
    _ = monitor(process, Owner),
    elixirscope_encode:init(maps:get(limits, Options, #{}), maps:get(redact, Options, []),
                             maps:get(cookie, Options, undefined)),
    PerSecond = case maps:get(bytes_per_second, Options, infinity) of
        N when is_integer(N), N > 0 -> N;
        _ -> infinity
    end,
    _ = erlang:send_after(?TICK_MS, self(), {elixirscope, tick}),
    loop(#t{link = Link, owner = Owner, per_second = PerSecond, budget = PerSecond}).

loop(T) ->
    receive Message -> message(Message, T) end.

message({trace_ts, Pid, Tag, A, Ts}, #t{gap = Gap} = T) when Gap =:= undefined; ?IS_LIFE(Tag), T#t.unsent < ?MOST_UNSENT ->
    loop(event(Tag, Pid, A, none, Ts, T));
message({trace_ts, Pid, Tag, A, B, Ts}, #t{gap = Gap} = T) when Gap =:= undefined; ?IS_LIFE(Tag), T#t.unsent < ?MOST_UNSENT ->
    loop(event(Tag, Pid, A, {ok, B}, Ts, T));
message(Trace, #t{gap = {Reason, Count, From, _}} = T) when element(1, Trace) =:= trace_ts ->
    Ts = native_ns(element(tuple_size(Trace), Trace)),
    loop(look(T#t{gap = {Reason, Count + 1, From, Ts}}));
message({elixirscope_sent, Bytes}, T) ->
    loop(T#t{unsent = T#t.unsent - Bytes});
message({elixirscope, tick}, T) ->
    _ = erlang:send_after(?TICK_MS, self(), {elixirscope, tick}),
    loop(tick(T));
message({trace_delivered, all, Ref}, #t{delivered = {Ref, Ns}} = T) ->
    Flushed = flush(T),
    ok = elixirscope_link:frame(T#t.link, 3, 0, <<Ns:64/little>>),
    loop(Flushed#t{delivered = undefined, unsent = Flushed#t.unsent + 8});
message({elixirscope, emit, Ns, Kind, Flags, Subject, Fields}, T) ->
    loop(write(Kind, Flags, Ns, elixirscope_encode:pid64(Subject), elixirscope_record:fields(Fields), T));
message({elixirscope, note, Json}, T) ->
    ok = elixirscope_link:frame(T#t.link, 4, 0, Json),
    loop(T#t{unsent = T#t.unsent + byte_size(Json)});
message({elixirscope, shapes, Session, Shapes}, T) ->
    loop(T#t{session = Session, shapes = Shapes});
message({elixirscope, stats, From, Ref}, T) ->
    From ! {Ref, #{dropped => T#t.dropped, bytes => T#t.bytes}},
    loop(T);
message({elixirscope, collect}, T) ->
    true = erlang:garbage_collect(),
    %% No events are made while this is asked for: returns are missed, and states change unseen.
    loop(T#t{open = #{}, within = #{}, last = #{}});
message({elixirscope, sync, From, Ref}, T) ->
    Flushed = flush(T),
    ok = elixirscope_link:answer(T#t.link, From, Ref),
    loop(Flushed);
message({elixirscope, goodbye, Goodbye}, T) ->
    Flushed = flush(close_gap(T)),
    elixirscope_link:goodbye(T#t.link, Goodbye(Flushed#t.dropped, Flushed#t.bytes));
message({'DOWN', _, process, Owner, _}, #t{owner = Owner}) ->
    ok;
message(_, T) ->
    loop(T).

tick(T) ->
    Flushed = flush(look(T)),
    Ticks = T#t.ticks + 1,
    Second = erlang:monotonic_time(second),
    Budgeted = case Second > T#t.second of
        true -> Flushed#t{second = Second, budget = T#t.per_second};
        false -> Flushed
    end,
    Refreshed = case Budgeted#t.gap of
        {2, _, _, _} when Budgeted#t.budget > 0 -> close_gap(Budgeted);
        _ -> Budgeted
    end,
    case Refreshed of
        #t{delivered = undefined, session = Session} when Ticks rem ?WATERMARK_TICKS =:= 0, Session =/= undefined ->
            %% What happened before this moment has been traced already; once all of that is delivered, it has been sent.
            Ns = erlang:monotonic_time(nanosecond),
            Refreshed#t{ticks = Ticks, delivered = {elixirscope_session:delivered(Session), Ns}};
        _ ->
            Refreshed#t{ticks = Ticks}
    end.

%% Starts or ends throwing events away.
look(#t{handled = Handled} = T) when Handled rem ?LOOK_EVERY =/= 0 ->
    T#t{handled = Handled + 1};
look(T) ->
    {message_queue_len, Waiting} = process_info(self(), message_queue_len),
    Next = T#t{handled = T#t.handled + 1},
    case Next#t.gap of
        undefined when Waiting > ?MOST_WAITING; Next#t.unsent > ?MOST_UNSENT -> open_gap(1, Next);
        {1, _, _, _} when Waiting < ?FEW_WAITING, Next#t.unsent < ?MOST_UNSENT div 2 -> close_gap(Next);
        _ -> Next
    end.

open_gap(Reason, T) ->
    Now = erlang:monotonic_time(nanosecond),
    T#t{gap = {Reason, 0, Now, Now}}.

close_gap(#t{gap = undefined} = T) ->
    T;
close_gap(#t{gap = {Reason, Count, From, To}} = T) ->
    %% Returns may have been among what was thrown away, and states changed unseen: begin afresh.
    Open = T#t{gap = undefined, open = #{}, within = #{}, last = #{}, dropped = T#t.dropped + Count},
    case Count of
        0 -> Open;
        _ -> write(21, 0, To, 0, elixirscope_record:fields([{u32, Reason}, {u64, Count}, {u64, From}, {u64, To}]), Open)
    end.

write(Kind, Flags, Ns, Subject, Payload, T) ->
    {Bytes, Size} = elixirscope_record:record(Kind, Flags, Ns, Subject, Payload),
    Next = T#t{buffer = [T#t.buffer | Bytes], buffered = T#t.buffered + Size, bytes = T#t.bytes + Size},
    Full = case Next#t.buffered >= ?FLUSH_BYTES of
        true -> flush(Next);
        false -> Next
    end,
    case Full#t.budget of
        infinity -> Full;
        Left when Left - Size > 0; Full#t.gap =/= undefined -> Full#t{budget = Left - Size};
        Left -> open_gap(2, Full#t{budget = Left - Size})
    end.

flush(#t{buffered = 0} = T) ->
    T;
flush(#t{buffer = Buffer, buffered = Size, position = Position} = T) ->
    %% One binary, so that nothing of the traced messages stays referenced while it waits.
    ok = elixirscope_link:frame(T#t.link, 2, 0, iolist_to_binary([<<Position:64/little>> | Buffer])),
    T#t{buffer = [], buffered = 0, position = Position + Size, unsent = T#t.unsent + Size + 8}.

%% Timer noise: a `receive … after` that ran out.
event('receive', _, timeout, none, _, T) -> T;
event('receive', _, timeout, {ok, {clock_service, _}}, _, T) -> T;
event(Tag, Pid, A, B, Ts, T) ->
    Ns = native_ns(Ts),
    Subject = elixirscope_encode:pid64(Pid),
    traced(Tag, Pid, A, B, Ns, Subject, look(T)).

traced(send, _, Message, {ok, To}, Ns, Subject, T) ->
    write(10, 0, Ns, Subject, sent(Message, To), T);
traced(send_to_non_existing_process, _, Message, {ok, To}, Ns, Subject, T) ->
    write(10, 1, Ns, Subject, sent(Message, To), T);
traced('receive', _, Message, From, Ns, Subject, T) ->
    Sender = case From of {ok, {_, Who}} -> Who; _ -> undefined end,
    Rest = case elixirscope_encode:pid64(Sender) of
        0 when Sender =/= undefined -> elixirscope_record:term(Sender);
        _ -> elixirscope_record:absent()
    end,
    write(11, 0, Ns, Subject, [elixirscope_record:pid(Sender), elixirscope_record:term(Message), Rest], T);
traced(call, Pid, {M, F, Args}, _, Ns, Subject, T) ->
    called(Pid, {M, F, length(Args)}, Args, Ns, Subject, T);
traced(return_from, Pid, Function, {ok, Value}, Ns, Subject, T) ->
    returned(Pid, Function, Value, Ns, Subject, T);
traced(exception_from, Pid, Function, {ok, {Class, Reason}}, Ns, Subject, #t{shapes = Shapes} = T)
        when is_map_key(Function, Shapes) ->
    raised(Pid, Function, Class, Reason, Ns, Subject, T);
traced(exception_from, _, Function, {ok, {Class, Reason}}, Ns, Subject, T) ->
    Class32 = <<(elixirscope_encode:atom(Class)):32/little>>,
    write(14, 0, Ns, Subject, [elixirscope_record:mfa(Function), Class32, elixirscope_record:term(Reason)], T);
traced(spawn, _, Child, {ok, MFA}, Ns, Subject, T) ->
    write(3, 0, Ns, Subject, [elixirscope_record:pid(Child) | started(MFA)], T);
traced(spawned, _, Parent, {ok, MFA}, Ns, Subject, T) ->
    write(4, 0, Ns, Subject, [elixirscope_record:pid(Parent) | started(MFA)], T);
traced(exit, Pid, Reason, _, Ns, Subject, T) ->
    Forgotten = T#t{open = maps:remove(Pid, T#t.open), within = maps:remove(Pid, T#t.within),
                    last = maps:remove(Pid, T#t.last)},
    write(5, 0, Ns, Subject, elixirscope_record:term(Reason), Forgotten);
traced(link, _, Other, _, Ns, Subject, T) ->
    write(6, 0, Ns, Subject, other(Other), T);
traced(unlink, _, Other, _, Ns, Subject, T) ->
    write(7, 0, Ns, Subject, other(Other), T);
traced(register, _, Name, _, Ns, Subject, T) ->
    write(8, 0, Ns, Subject, elixirscope_record:fields([{atom, Name}]), T);
traced(unregister, _, Name, _, Ns, Subject, T) ->
    write(9, 0, Ns, Subject, elixirscope_record:fields([{atom, Name}]), T);
traced(gc_minor_start, _, Info, _, Ns, Subject, T) -> write(18, 0, Ns, Subject, heap(Info), T);
traced(gc_minor_end, _, Info, _, Ns, Subject, T) -> write(18, 2, Ns, Subject, heap(Info), T);
traced(gc_major_start, _, Info, _, Ns, Subject, T) -> write(18, 1, Ns, Subject, heap(Info), T);
traced(gc_major_end, _, Info, _, Ns, Subject, T) -> write(18, 3, Ns, Subject, heap(Info), T);
traced(in, _, Where, _, Ns, Subject, T) -> write(19, 1, Ns, Subject, where(Where), T);
traced(out, _, Where, _, Ns, Subject, T) -> write(19, 0, Ns, Subject, where(Where), T);
%% `getting_linked` repeats what the `link` of the other side says; the rest is scheduling on the way out.
traced(_, _, _, _, _, _, T) -> T.

sent(Message, To) ->
    Name = case elixirscope_encode:pid64(To) of
        0 -> elixirscope_record:term(To);
        _ -> elixirscope_record:absent()
    end,
    [elixirscope_record:pid(To), elixirscope_record:term(Message), Name].

started({M, F, Args}) when is_list(Args) ->
    [elixirscope_record:mfa({M, F, length(Args)}), elixirscope_record:term(Args)];
started(Other) ->
    [elixirscope_record:mfa({erlang, apply, 2}), elixirscope_record:term(Other)].

other(Other) ->
    case elixirscope_encode:pid64(Other) of
        0 -> [elixirscope_record:pid(0), elixirscope_record:term(Other)];
        _ -> [elixirscope_record:pid(Other), elixirscope_record:absent()]
    end.

heap(Info) ->
    elixirscope_record:fields([{u64, proplists:get_value(heap_size, Info, 0)},
                               {u64, proplists:get_value(old_heap_size, Info, 0)}]).

where({M, F, A}) when is_integer(A) -> elixirscope_record:mfa({M, F, A});
where(_) -> elixirscope_record:mfa({undefined, undefined, 0}).

called(Pid, Function, Args, Ns, Subject, #t{shapes = Shapes} = T) ->
    case Shapes of
        #{Function := Shape} ->
            case inside(Shape, Function, Pid, T) of
                true -> within(Pid, 1, T);
                false -> shaped(Shape, Pid, Function, Args, Ns, Subject, T);
                {ended, Exit} -> shaped(Shape, Pid, Function, Args, Ns, Subject, ended(Pid, Exit, Ns, Subject, T))
            end;
        #{} ->
            plain(Function, Args, Ns, Subject, T)
    end.

shaped(Shape, Pid, Function, Args, Ns, Subject, T) ->
    entered(elixirscope_shapes:enter(Shape, Function, Args), Shape, Pid, Function, Args, Ns, Subject, T).

%% Whether a callback that is traced itself was called by another callback (a gen_server that passes on what it got, or a module
%% that calls its own): only the outer one takes a message. An `init` that is still open when a callback begins will never
%% end: it has become the loop itself.
inside({direct, #{behaviour := Behaviour}}, {_, Name, _}, Pid, #t{open = Open, within = Within}) ->
    case Open of
        #{Pid := [{_, _, Behaviour, {_, init, _}}]} when Name =/= init, not is_map_key(Pid, Within) ->
            {ended, {undefined, unseen, none, false}};
        #{Pid := _} -> true;
        #{} -> false
    end;
inside(_, _, _, _) ->
    false.

within(Pid, Change, #t{within = Within} = T) ->
    case maps:get(Pid, Within, 0) + Change of
        0 -> T#t{within = maps:remove(Pid, Within)};
        N -> T#t{within = Within#{Pid => N}}
    end.

plain(Function, Args, Ns, Subject, T) ->
    write(12, 0, Ns, Subject, [elixirscope_record:mfa(Function), elixirscope_record:term(Args)], T).

entered(unknown, _, _, Function, Args, Ns, Subject, T) ->
    plain(Function, Args, Ns, Subject, T);
entered({state, Behaviour, State}, _, Pid, _, _, Ns, Subject, #t{open = Open} = T) ->
    {Bytes, Next} = changed(Pid, State, T#t{open = maps:remove(Pid, Open)}),
    Name = elixirscope_record:fields([{atom, Behaviour}]),
    case Bytes of
        %% Worth a record all the same, as the end of a callback whose result was not seen.
        unchanged when is_map_key(Pid, Open) -> write(17, 0, Ns, Subject, [Name, elixirscope_record:state(State)], Next);
        unchanged -> Next;
        _ -> write(17, 0, Ns, Subject, [Name, Bytes], Next)
    end;
entered({ended, Exit}, _, Pid, _, _, Ns, Subject, T) ->
    ended(Pid, Exit, Ns, Subject, T);
entered({raised, Exit}, _, Pid, _, _, Ns, Subject, T) ->
    ended(Pid, Exit, Ns, Subject, T);
entered({callback, Behaviour, Callback, Message, From, State}, Shape, Pid, Function, _, Ns, Subject, T) ->
    {Before, Next} = case State of
        none ->
            {elixirscope_record:absent(), T};
        {ok, Term} ->
            case changed(Pid, Term, T) of
                %% The handlers of one gen_event have a state each, so the last one written says nothing about the next.
                {unchanged, Same} when Behaviour =:= gen_event -> {elixirscope_record:state(Term), Same};
                {unchanged, Same} -> {elixirscope_record:absent(), Same};
                Written -> Written
            end
    end,
    Sender = case From of
        {ok, Who} -> elixirscope_record:term(Who);
        none -> elixirscope_record:absent()
    end,
    Payload = [elixirscope_record:fields([{atom, Behaviour}]), elixirscope_record:mfa(Callback),
               elixirscope_record:term(Message), Sender, Before],
    Stack = maps:get(Pid, Next#t.open, []),
    Opened = Next#t{open = (Next#t.open)#{Pid => [{Function, Shape, Behaviour, Callback} | Stack]}},
    write(15, 0, Ns, Subject, Payload, Opened).

returned(Pid, Function, Value, Ns, Subject, #t{open = Open} = T) ->
    case Open of
        _ when is_map_key(Pid, T#t.within), is_map_key(Function, T#t.shapes),
               element(1, map_get(Function, T#t.shapes)) =:= direct ->
            within(Pid, -1, T);
        #{Pid := [{Function, Shape, _, _} | _]} ->
            ended(Pid, elixirscope_shapes:leave(Shape, Function, Value), Ns, Subject, T);
        _ when is_map_key(Function, T#t.shapes) ->
            %% Its call was before the recording or in a gap.
            T;
        _ ->
            write(13, 0, Ns, Subject, [elixirscope_record:mfa(Function), elixirscope_record:term(Value)], T)
    end.

%% Only callbacks that are traced themselves are asked for their exceptions.
raised(Pid, _, _, _, _, _, T) when is_map_key(Pid, T#t.within) ->
    within(Pid, -1, T);
raised(Pid, Function, Class, Reason, Ns, Subject, #t{open = Open} = T) ->
    case Open of
        #{Pid := [{Function, Shape, _, _} | _]} ->
            Exit = case Class =:= throw andalso elixirscope_shapes:thrown(Shape, Function, Reason) of
                {_, _, _, _} = Result -> Result;
                _ -> {{Class, Reason, []}, 0, none, true}
            end,
            ended(Pid, Exit, Ns, Subject, T);
        #{} ->
            T
    end.

%% The innermost open callback of a process ends. None is open when its begin was before the recording or in a gap.
ended(Pid, {Result, StateAt, State, Raised}, Ns, Subject, #t{open = Open} = T) ->
    case Open of
        #{Pid := [{_, _, Behaviour, Callback} | Rest]} ->
            Closed = T#t{open = case Rest of [] -> maps:remove(Pid, Open); _ -> Open#{Pid := Rest} end,
                         within = maps:remove(Pid, T#t.within)},
            {After, Next} = case State of
                none ->
                    {elixirscope_record:absent(), Closed};
                {ok, Term} ->
                    case changed(Pid, Term, Closed) of
                        {unchanged, Same} -> {elixirscope_record:state(Term), Same};
                        Written -> Written
                    end
            end,
            Flags = case Raised of true -> 1; false -> 0 end,
            Bytes = case StateAt of
                unseen -> elixirscope_record:absent();
                _ -> elixirscope_record:cut_state(Result, StateAt)
            end,
            write(16, Flags, Ns, Subject, [elixirscope_record:fields([{atom, Behaviour}]), elixirscope_record:mfa(Callback),
                                           Bytes, After], Next);
        #{} ->
            T
    end.

%% The state's bytes, unless they are the ones written last for this process.
changed(Pid, State, #t{last = Last} = T) ->
    Bytes = elixirscope_encode:state(State),
    Digest = erlang:md5(Bytes),
    case Last of
        #{Pid := Digest} -> {unchanged, T};
        #{} -> {[<<(byte_size(Bytes)):32/little>> | Bytes], T#t{last = Last#{Pid => Digest}}}
    end.

native_ns(Ts) ->
    erlang:convert_time_unit(Ts, native, nanosecond).
