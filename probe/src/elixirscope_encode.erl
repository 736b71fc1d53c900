%% Recorded terms (docs/formats/term.md), written by plain Erlang: what `probe/c_src` does where the NIF is loaded.
%%
%% The encoder is bounded in depth, length, bytes of a binary and bytes of a term, so that a message of 50 MB costs as little
%% as one of a few kilobytes. Whatever is left out is marked. Values under keys that look like secrets are replaced here,
%% before anything leaves the node.
%%
%% Atoms are written as indexes. The table from atom to index is the process dictionary of the calling process (the tracer),
%% under the atom itself: nothing in Erlang is faster, the process is ours alone, and it ends with the recording. A new atom
%% is queued until `take_new_atoms/0` fetches it, so that its ATOM record goes out before its first use.
-module(elixirscope_encode).

-export([init/3, term/1, state/1, cut_state/2, atom/1, take_new_atoms/0, pid64/1, pid_parts/1, is_secret/2]).

-record(limits, {depth = 16, length = 256, binary = 4096, term_bytes = 8192, state_bytes = 65536}).

%% Keys of the process dictionary that are not atoms, so that no atom of the program can meet them. The other is `{redact, Atom}`.
-define(LIMITS, {elixirscope, limits}).
-define(WORDS, {elixirscope, words}).
-define(NEW, {elixirscope, new_atoms}).
-define(NEXT, {elixirscope, next_atom}).
%% The number of atoms is bounded: an atom beyond it is written as text, so that the table cannot grow with the program's.
-define(MAX_ATOMS, 1000000).
%% Never deeper than what a reader accepts (256), whatever the limits say.
-define(MAX_DEPTH, 200).

%% Prepares the calling process. Limits: see wire.md; words are lower-case. The cookie is an atom that must not leave the node;
%% what stands for it where there is none is no secret.
-spec init(map(), [binary()], atom()) -> ok.
init(Limits, Words, Cookie) ->
    Default = #limits{},
    put(?LIMITS, #limits{
        depth = min(maps:get(depth, Limits, Default#limits.depth), ?MAX_DEPTH),
        length = maps:get(length, Limits, Default#limits.length),
        binary = maps:get(binary, Limits, Default#limits.binary),
        term_bytes = maps:get(term_bytes, Limits, Default#limits.term_bytes),
        state_bytes = maps:get(state_bytes, Limits, Default#limits.state_bytes)
    }),
    put(?WORDS, case Words of [] -> none; _ -> binary:compile_pattern(Words) end),
    put(?NEW, []),
    put(?NEXT, 0),
    _ = [put(Cookie, hidden) || Cookie =/= nocookie, Cookie =/= undefined],
    ok.

%% One term within the limits of a term.
-spec term(term()) -> binary().
term(Term) ->
    Limits = get(?LIMITS),
    encode(Term, Limits#limits.term_bytes, Limits).

%% One term within the limits of a state.
-spec state(term()) -> binary().
state(Term) ->
    Limits = get(?LIMITS),
    encode(Term, Limits#limits.state_bytes, Limits).

%% The result of a callback: a tuple, whose element at Position is the new state (0: none) and is replaced by a mark, because
%% the state stands in the record beside it.
-spec cut_state(term(), non_neg_integer()) -> binary().
cut_state(Result, 0) ->
    term(Result);
cut_state(Result, Position) ->
    Limits = get(?LIMITS),
    Size = tuple_size(Result),
    Head = [<<16#8d>>, varint(Size), varint(Size)],
    {Body, _} = lists:mapfoldl(
        fun(At, Budget) when At =:= Position -> {<<16#98>>, Budget - 1};
           (At, Budget) -> one(element(At, Result), Budget, Limits#limits.depth - 1, Limits)
        end, Limits#limits.term_bytes - 3, lists:seq(1, Size)),
    iolist_to_binary([Head | Body]).

%% The index of an atom in the stream's table.
-spec atom(atom()) -> non_neg_integer().
atom(Atom) ->
    case get(Atom) of
        Index when is_integer(Index) ->
            Index;
        hidden ->
            atom('[redacted]');
        undefined ->
            Index = get(?NEXT),
            put(?NEXT, Index + 1),
            put(Atom, Index),
            put(?NEW, [{Index, Atom} | get(?NEW)]),
            Index
    end.

%% Atoms met for the first time since the last call, oldest first.
-spec take_new_atoms() -> [{non_neg_integer(), atom()}].
take_new_atoms() ->
    case get(?NEW) of
        [] -> [];
        New -> put(?NEW, []), lists:reverse(New)
    end.

%% A pid of this node as one number, 0 for anything else (wire.md, `pid64`).
-spec pid64(term()) -> non_neg_integer().
pid64(Pid) when is_pid(Pid), node(Pid) =:= node() ->
    {Number, Serial, _} = pid_parts(Pid),
    Number bor (Serial bsl 28);
pid64(_) ->
    0.

%% Number, serial and creation of a pid. Read from its external form: no built-in tells them, and printing is slower.
-spec pid_parts(pid()) -> {non_neg_integer(), non_neg_integer(), non_neg_integer()}.
pid_parts(Pid) ->
    External = term_to_binary(Pid),
    <<Number:32, Serial:32, Creation:32>> = binary:part(External, byte_size(External), -12),
    {Number, Serial, Creation}.

encode(Term, Bytes, Limits) ->
    {Out, _} = one(Term, Bytes, Limits#limits.depth, Limits),
    iolist_to_binary(Out).

%% Each clause gives what it wrote and the bytes that are left. Budgets may end slightly below zero: a kept count is written
%% before its terms, and every one of these then still costs one byte, the mark of a cut.
one(_, Budget, _, _) when Budget =< 0 ->
    {<<16#95>>, Budget - 1};
one(I, Budget, _, _) when is_integer(I) ->
    int(I, Budget);
one([], Budget, _, _) ->
    {<<16#80>>, Budget - 1};
one(Atom, Budget, _, _) when is_atom(Atom) ->
    put_atom(Atom, Budget);
one(Pid, Budget, _, _) when is_pid(Pid) ->
    {Number, Serial, Creation} = pid_parts(Pid),
    Out = case node(Pid) of
        Node when Node =:= node() -> [<<16#85>>, varint(Number), varint(Serial)];
        Node -> [<<16#86>>, varint(atom(Node)), varint(Number), varint(Serial), varint(Creation)]
    end,
    {Out, Budget - 8};
one(Float, Budget, _, _) when is_float(Float) ->
    {<<16#83, Float:64/float-little>>, Budget - 9};
one(Binary, Budget, _, Limits) when is_binary(Binary) ->
    Size = byte_size(Binary),
    Kept = min(Size, min(Limits#limits.binary, max(Budget - 3, 0))),
    %% A copy of the part, so that the recording never holds on to a large binary of the program.
    {[<<16#8b>>, varint(Size), varint(Kept), binary:copy(binary:part(Binary, 0, Kept))], Budget - 3 - Kept};
one(Bits, Budget, _, Limits) when is_bitstring(Bits) ->
    Size = bit_size(Bits),
    Whole = Size div 8,
    Most = min(Limits#limits.binary, max(Budget - 3, 0)),
    Bytes = case Whole + 1 =< Most of
        true ->
            <<Start:Whole/binary, Rest/bitstring>> = Bits,
            <<Start/binary, (pad(Rest))/binary>>;
        false ->
            <<Start:Most/binary, _/bitstring>> = Bits,
            binary:copy(Start)
    end,
    {[<<16#8c>>, varint(Size), varint(byte_size(Bytes)), Bytes], Budget - 3 - byte_size(Bytes)};
one(Tuple, Budget, Depth, _) when is_tuple(Tuple), Depth =< 0 ->
    {[<<16#96, 16#8d>>, varint(tuple_size(Tuple))], Budget - 4};
one(List, Budget, Depth, _) when is_list(List), Depth =< 0 ->
    {<<16#96, 16#8e, 0>>, Budget - 3};
one(Map, Budget, Depth, _) when is_map(Map), Depth =< 0 ->
    {[<<16#96, 16#92>>, varint(map_size(Map))], Budget - 4};
one({Key, Value}, Budget, Depth, Limits) ->
    {K, Left} = one(Key, Budget - 3, Depth - 1, Limits),
    {V, Last} = value(Key, Value, Left, Depth - 1, Limits),
    {[<<16#8d, 2, 2>>, K | V], Last};
one(Tuple, Budget, Depth, Limits) when is_tuple(Tuple) ->
    Size = tuple_size(Tuple),
    Kept = min(Size, Limits#limits.length),
    {Body, Left} = elements(1, Kept, Tuple, Budget - 3, Depth - 1, Limits),
    {[<<16#8d>>, varint(Size), varint(Kept) | Body], Left};
one(List, Budget, Depth, Limits) when is_list(List) ->
    {Body, Left} = list(List, Limits#limits.length, Budget - 2, Depth - 1, Limits),
    {[<<16#8e>> | Body], Left};
one(Map, Budget, Depth, Limits) when is_map(Map) ->
    Size = map_size(Map),
    Kept = min(Size, Limits#limits.length),
    {Body, Left} = pairs(Kept, maps:iterator(Map), Budget - 3, Depth - 1, Limits),
    {[<<16#92>>, varint(Size), varint(Kept) | Body], Left};
one(Port, Budget, _, _) when is_port(Port) ->
    External = term_to_binary(Port),
    {Number, Creation} = case External of
        <<131, 120, _/binary>> ->
            <<N:64, C:32>> = binary:part(External, byte_size(External), -12), {N, C};
        <<131, 89, _/binary>> ->
            <<N:32, C:32>> = binary:part(External, byte_size(External), -8), {N, C}
    end,
    Out = case node(Port) of
        Node when Node =:= node() -> [<<16#87>>, varint(Number)];
        Node -> [<<16#88>>, varint(atom(Node)), varint(Number), varint(Creation)]
    end,
    {Out, Budget - 8};
one(Ref, Budget, _, _) when is_reference(Ref) ->
    %% 131, NEWER_REFERENCE_EXT, length, node (an atom of any encoding), creation, then the words.
    <<131, 90, N:16, _/binary>> = External = term_to_binary(Ref),
    Words = binary:part(External, byte_size(External), -4 * N),
    <<Creation:32>> = binary:part(External, byte_size(External) - 4 * N, -4),
    Little = << <<W:32/little>> || <<W:32>> <= Words >>,
    Out = case node(Ref) of
        Node when Node =:= node() -> [<<16#89, N>>, Little];
        Node -> [<<16#8a>>, varint(atom(Node)), varint(Creation), <<N>>, Little]
    end,
    {Out, Budget - 2 - byte_size(Little)};
one(Fun, Budget, _, _) when is_function(Fun) ->
    case erlang:fun_info(Fun, type) of
        {type, external} ->
            {module, M} = erlang:fun_info(Fun, module),
            {name, F} = erlang:fun_info(Fun, name),
            {arity, A} = erlang:fun_info(Fun, arity),
            {[<<16#94>>, varint(atom(M)), varint(atom(F)), varint(A)], Budget - 8};
        {type, local} ->
            Text = unicode:characters_to_binary(erlang:fun_to_list(Fun)),
            {[<<16#93>>, varint(byte_size(Text)), Text], Budget - 2 - byte_size(Text)}
    end.

put_atom(Atom, Budget) ->
    case get(Atom) of
        hidden ->
            {<<16#97>>, Budget - 1};
        Index when is_integer(Index) ->
            {[<<16#84>> | varint(Index)], Budget - 4};
        undefined ->
            put_new_atom(Atom, Budget)
    end.

put_new_atom(Atom, Budget) ->
    case get(?NEXT) < ?MAX_ATOMS of
        true ->
            {[<<16#84>> | varint(atom(Atom))], Budget - 4};
        false ->
            Text = atom_to_binary(Atom, utf8),
            {[<<16#99>>, varint(byte_size(Text)), Text], Budget - 2 - byte_size(Text)}
    end.

elements(At, Kept, _, Budget, _, _) when At > Kept ->
    {[], Budget};
elements(At, Kept, Tuple, Budget, Depth, Limits) ->
    {First, Left} = one(element(At, Tuple), Budget, Depth, Limits),
    {Rest, Last} = elements(At + 1, Kept, Tuple, Left, Depth, Limits),
    {[First | Rest], Last}.

list([], _, Budget, _, _) ->
    {<<16#8f>>, Budget};
list([_ | _], Kept, Budget, _, _) when Kept =< 0; Budget =< 0 ->
    {<<16#91>>, Budget};
list([Head | Tail], Kept, Budget, Depth, Limits) ->
    {First, Left} = one(Head, Budget, Depth, Limits),
    {Rest, Last} = list(Tail, Kept - 1, Left, Depth, Limits),
    {[First | Rest], Last};
list(Tail, _, Budget, Depth, Limits) ->
    {Last, Left} = one(Tail, Budget, Depth, Limits),
    {[<<16#90>>, Last], Left}.

pairs(0, _, Budget, _, _) ->
    {[], Budget};
pairs(Kept, Iterator, Budget, Depth, Limits) ->
    {Key, Value, Next} = maps:next(Iterator),
    {K, Left} = one(Key, Budget, Depth, Limits),
    {V, Last} = value(Key, Value, Left, Depth, Limits),
    {Rest, End} = pairs(Kept - 1, Next, Last, Depth, Limits),
    {[K, V | Rest], End}.

value(Key, Value, Budget, Depth, Limits) ->
    case secret(Key) of
        true -> {<<16#97>>, Budget - 1};
        false -> one(Value, Budget, Depth, Limits)
    end.

%% Atoms are asked again and again, so their answer is remembered; texts are looked at, as far as a key may reasonably go.
secret(Key) when is_atom(Key) ->
    case get({redact, Key}) of
        undefined ->
            Answer = is_secret(Key, get(?WORDS)),
            put({redact, Key}, Answer),
            Answer;
        Known ->
            Known
    end;
secret(Key) when is_binary(Key); is_list(Key) ->
    is_secret(Key, get(?WORDS));
secret(_) ->
    false.

%% Whether a value under this key is to be hidden. Words: a list, or as `binary:compile_pattern/1` made of it, or `none`.
-spec is_secret(term(), [binary()] | binary:cp() | none) -> boolean().
is_secret(_, Words) when Words =:= none; Words =:= [] ->
    false;
is_secret(Key, Words) when is_atom(Key) ->
    contains(atom_to_binary(Key, utf8), Words);
is_secret(Key, Words) when is_binary(Key) ->
    contains(binary:part(Key, 0, min(byte_size(Key), 256)), Words);
is_secret([First | _] = Key, Words) when is_integer(First) ->
    case flat(Key, 256, []) of
        none -> false;
        Text -> contains(Text, Words)
    end;
is_secret(_, _) ->
    false.

contains(Text, Words) ->
    binary:match(lower(Text), Words) =/= nomatch.

lower(Text) ->
    << <<(if C >= $A, C =< $Z -> C + 32; true -> C end)>> || <<C>> <= Text >>.

flat([C | Rest], Left, Out) when is_integer(C), C >= 0, C < 16#110000, Left > 0 -> flat(Rest, Left - 1, [C | Out]);
flat([], _, Out) -> characters(lists:reverse(Out));
flat([_ | _], 0, Out) -> characters(lists:reverse(Out));
flat(_, _, _) -> none.

characters(List) ->
    case unicode:characters_to_binary(List) of
        Text when is_binary(Text) -> Text;
        _ -> none
    end.

int(I, Budget) when I >= 0, I =< 127 ->
    {<<I>>, Budget - 1};
int(I, Budget) when I >= -16#8000000000000000, I =< 16#7fffffffffffffff ->
    Zigzag = case I < 0 of true -> (-I bsl 1) - 1; false -> I bsl 1 end,
    Out = varint(Zigzag),
    {[<<16#81>>, Out], Budget - 1 - byte_size(Out)};
int(I, Budget) ->
    Sign = case I < 0 of true -> 1; false -> 0 end,
    Bytes = binary:encode_unsigned(abs(I), little),
    case byte_size(Bytes) > Budget of
        %% An integer is whole or absent: half of its digits would be another number.
        true -> {<<16#95>>, Budget - 1};
        false -> {[<<16#82, Sign>>, varint(byte_size(Bytes)), Bytes], Budget - 3 - byte_size(Bytes)}
    end.

varint(N) when N < 128 -> <<N>>;
varint(N) when N < 16384 -> <<(N band 127 bor 128), (N bsr 7)>>;
varint(N) -> <<(N band 127 bor 128), (varint(N bsr 7))/binary>>.

pad(Bits) ->
    Missing = 8 - bit_size(Bits),
    <<Bits/bitstring, 0:Missing>>.
