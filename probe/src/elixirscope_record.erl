%% The bytes of one record (docs/formats/wire.md). Atoms met for the first time become ATOM records before it.
-module(elixirscope_record).

-export([record/5, fields/1, mfa/1, term/1, state/1, cut_state/2, absent/0, pid/1]).

%% The records, complete: any ATOM records first. Time in nanoseconds.
-spec record(byte(), byte(), integer(), non_neg_integer(), iodata()) -> {iodata(), non_neg_integer()}.
record(Kind, Flags, Ns, Subject, Payload) ->
    {Record, Size} = whole(Kind, Flags, Ns, Subject, Payload),
    case elixirscope_encode:take_new_atoms() of
        [] ->
            {Record, Size};
        New ->
            {Atoms, AtomSize} = lists:mapfoldl(fun({Index, Atom}, Sum) ->
                Text = atom_to_binary(Atom, utf8),
                {Out, Bytes} = whole(1, 0, Ns, 0, [<<Index:32/little, (byte_size(Text)):16/little>>, Text]),
                {Out, Sum + Bytes}
            end, 0, New),
            {[Atoms | Record], AtomSize + Size}
    end.

whole(Kind, Flags, Ns, Subject, Payload) ->
    Size = 24 + iolist_size(Payload),
    Padding = -Size band 7,
    {[<<(Size + Padding):32/little, Kind, Flags, 0:16, Ns:64/little, Subject:64/little>>, Payload, <<0:Padding/unit:8>>],
     Size + Padding}.

%% Fields as `elixirscope_nif:emit/4` takes them.
-spec fields([tuple() | absent]) -> iodata().
fields(Fields) ->
    [field(Field) || Field <- Fields].

field({u32, I}) -> <<I:32/little>>;
field({u64, I}) -> <<I:64/little>>;
field({atom, Atom}) -> <<(elixirscope_encode:atom(Atom)):32/little>>;
field({term, Term}) -> term(Term);
field({pid, Pid}) -> pid(Pid);
field(absent) -> absent().

-spec pid(term()) -> binary().
pid(Pid) -> <<(elixirscope_encode:pid64(Pid)):64/little>>.

-spec mfa(mfa()) -> binary().
mfa({M, F, A}) ->
    <<(elixirscope_encode:atom(M)):32/little, (elixirscope_encode:atom(F)):32/little, A:32/little>>.

-spec term(term()) -> iodata().
term(Term) -> sized(elixirscope_encode:term(Term)).

-spec state(term()) -> iodata().
state(State) -> sized(elixirscope_encode:state(State)).

-spec cut_state(term(), non_neg_integer()) -> iodata().
cut_state(Result, Position) -> sized(elixirscope_encode:cut_state(Result, Position)).

-spec absent() -> binary().
absent() -> <<0:32>>.

sized(Bytes) -> [<<(byte_size(Bytes)):32/little>> | Bytes].
