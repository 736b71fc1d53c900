%% Reads recorded terms (docs/formats/term.md) back: the oracle of the encoder's tests. What was cut becomes '$cut…'.
-module(term_decoder).

-export([t/2, decode/2, varint/1]).

%% `T': {Term, Rest}; absent for length 0.
t(<<0:32/little, Rest/binary>>, _) -> {absent, Rest};
t(<<Size:32/little, Bytes:Size/binary, Rest/binary>>, Atoms) -> {decode(Bytes, Atoms), Rest}.

decode(Bytes, Atoms) ->
    {Term, <<>>} = term(Bytes, Atoms, 0),
    Term.

term(_, _, Depth) when Depth > 256 -> error(too_deep);
term(<<N, R/binary>>, _, _) when N < 128 -> {N, R};
term(<<16#80, R/binary>>, _, _) -> {[], R};
term(<<16#81, R/binary>>, _, _) -> {Z, R1} = varint(R), {(Z bsr 1) bxor -(Z band 1), R1};
term(<<16#82, Sign, R/binary>>, _, _) ->
    {N, R1} = varint(R),
    <<Magnitude:N/binary, R2/binary>> = R1,
    Value = binary:decode_unsigned(Magnitude, little),
    {case Sign of 0 -> Value; 1 -> -Value end, R2};
term(<<16#83, F:64/float-little, R/binary>>, _, _) -> {F, R};
term(<<16#84, R/binary>>, Atoms, _) -> atom(R, Atoms);
term(<<16#85, R/binary>>, _, _) ->
    {Number, R1} = varint(R),
    {Serial, R2} = varint(R1),
    {list_to_pid(lists:flatten(io_lib:format("<0.~b.~b>", [Number, Serial]))), R2};
term(<<16#86, R/binary>>, Atoms, _) ->
    {Node, R1} = atom(R, Atoms),
    {N, R2} = varint(R1), {S, R3} = varint(R2), {C, R4} = varint(R3),
    {binary_to_term(<<131, 88, (external(Node))/binary, N:32, S:32, C:32>>), R4};
term(<<16#87, R/binary>>, _, _) -> {N, R1} = varint(R), {list_to_port("#Port<0." ++ integer_to_list(N) ++ ">"), R1};
term(<<16#88, R/binary>>, Atoms, _) ->
    {Node, R1} = atom(R, Atoms),
    {N, R2} = varint(R1), {C, R3} = varint(R2),
    {binary_to_term(<<131, 89, (external(Node))/binary, N:32, C:32>>), R3};
term(<<16#89, N, R/binary>>, _, _) ->
    <<Words:(4 * N)/binary, R1/binary>> = R,
    {{'$ref', [W || <<W:32/little>> <= Words]}, R1};
term(<<16#8a, R/binary>>, Atoms, _) ->
    {Node, R1} = atom(R, Atoms),
    {C, <<N, R2/binary>>} = varint(R1),
    <<Words:(4 * N)/binary, R3/binary>> = R2,
    {binary_to_term(<<131, 90, N:16, (external(Node))/binary, C:32, << <<W:32>> || <<W:32/little>> <= Words>>/binary>>), R3};
term(<<16#8b, R/binary>>, _, _) ->
    {Size, R1} = varint(R), {Kept, R2} = varint(R1),
    <<Bytes:Kept/binary, R3/binary>> = R2,
    {case Kept of Size -> Bytes; _ -> {'$cut_binary', Size, Bytes} end, R3};
term(<<16#8c, R/binary>>, _, _) ->
    {Bits, R1} = varint(R), {Kept, R2} = varint(R1),
    <<Bytes:Kept/binary, R3/binary>> = R2,
    case (Bits + 7) div 8 of
        Kept -> <<Whole:Bits/bitstring, _/bitstring>> = Bytes, {Whole, R3};
        _ -> {{'$cut_bits', Bits, Bytes}, R3}
    end;
term(<<16#8d, R/binary>>, Atoms, D) ->
    {Size, R1} = varint(R), {Kept, R2} = varint(R1),
    {Elements, R3} = terms(Kept, R2, Atoms, D + 1),
    {case Kept of Size -> list_to_tuple(Elements); _ -> {'$cut_tuple', Size, Elements} end, R3};
term(<<16#8e, R/binary>>, Atoms, D) -> list(R, Atoms, D + 1, []);
term(<<16#92, R/binary>>, Atoms, D) ->
    {Size, R1} = varint(R), {Kept, R2} = varint(R1),
    {Flat, R3} = terms(2 * Kept, R2, Atoms, D + 1),
    Map = maps:from_list(pairs(Flat)),
    {case Kept of Size -> Map; _ -> {'$cut_map', Size, Map} end, R3};
term(<<16#93, R/binary>>, _, _) -> {Text, R1} = text(R), {{'$fun', Text}, R1};
term(<<16#94, R/binary>>, Atoms, _) ->
    {M, R1} = atom(R, Atoms), {F, R2} = atom(R1, Atoms), {A, R3} = varint(R2),
    {fun M:F/A, R3};
term(<<16#95, R/binary>>, _, _) -> {'$cut_bytes', R};
term(<<16#96, First, R/binary>>, _, _) -> {Size, R1} = varint(R), {{'$cut_depth', First, Size}, R1};
term(<<16#97, R/binary>>, _, _) -> {'$secret', R};
term(<<16#98, R/binary>>, _, _) -> {'$state', R};
term(<<16#99, R/binary>>, _, _) -> {Text, R1} = text(R), {{'$text', Text}, R1}.

text(R) -> {N, R1} = varint(R), <<Text:N/binary, R2/binary>> = R1, {Text, R2}.

atom(R, Atoms) ->
    {Index, R1} = varint(R),
    {maps:get(Index, Atoms), R1}.

external(Atom) -> <<131, Bytes/binary>> = term_to_binary(Atom), Bytes.

terms(0, R, _, _) -> {[], R};
terms(N, R, Atoms, D) ->
    {T, R1} = term(R, Atoms, D),
    {Ts, R2} = terms(N - 1, R1, Atoms, D),
    {[T | Ts], R2}.

list(<<16#8f, R/binary>>, _, _, Acc) -> {lists:reverse(Acc), R};
list(<<16#90, R/binary>>, Atoms, D, Acc) -> {Tail, R1} = term(R, Atoms, D), {lists:reverse(Acc, Tail), R1};
list(<<16#91, R/binary>>, _, _, Acc) -> {{'$cut_list', lists:reverse(Acc)}, R};
list(R, Atoms, D, Acc) -> {T, R1} = term(R, Atoms, D), list(R1, Atoms, D, [T | Acc]).

pairs([K, V | T]) -> [{K, V} | pairs(T)];
pairs([]) -> [].

varint(R) -> varint(R, 0, 0).
varint(<<B, R/binary>>, Shift, Acc) when Shift < 70 ->
    Value = Acc bor ((B band 127) bsl Shift),
    case B < 128 of true -> {Value, R}; false -> varint(R, Shift + 7, Value) end.
