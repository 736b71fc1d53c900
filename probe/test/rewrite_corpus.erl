%% A program that says of its variables what they are: said(#{<<"X">> => X}) stands where X can be read.
-module(rewrite_corpus).

-export([all/0, expressions/1, steps/1, with_funs/1, line/1]).
-compile(nowarn_opportunistic).
-record(point, {x = 0, y = 0}).

all() ->
    heads(1, {2, [3, 4]}, #{k => 5}),
    bits(<<1:4, 2:4, "rest">>),
    records(#point{x = 1, y = 2}),
    branches(1),
    branches({ok, 2}),
    branches([3]),
    exported(true),
    exported(false),
    nested(7),
    receives(8),
    tries(0),
    tries(1),
    tries(throw),
    comprehensions([1, 2, 3]),
    funs(5),
    named(3),
    blocks(4),
    in_arguments(2),
    again(1),
    many(1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
    matched_last(6),
    recursion(3, []).

said(_) -> ok.

heads(A, {B, [C | Rest]} = Whole, #{k := V}) ->
    said(#{<<"A">> => A, <<"B">> => B, <<"C">> => C, <<"Rest">> => Rest, <<"Whole">> => Whole, <<"V">> => V}),
    Sum = A + B,
    said(#{<<"Sum">> => Sum, <<"A">> => A}),
    {D, [E | _]} = {Sum * 2, [Rest]},
    said(#{<<"D">> => D, <<"E">> => E, <<"Sum">> => Sum}).

bits(<<High:4, Low:4, Text/binary>>) ->
    said(#{<<"High">> => High, <<"Low">> => Low, <<"Text">> => Text}),
    Size = byte_size(Text),
    <<Same:Size/binary>> = Text,
    said(#{<<"Size">> => Size, <<"Same">> => Same}).

records(#point{x = X} = P) ->
    Q = P#point{y = X},
    #point{y = Y} = Q,
    said(#{<<"X">> => X, <<"P">> => P, <<"Q">> => Q, <<"Y">> => Y}).

branches(A) ->
    case A of
        {ok, V} when V > 1 ->
            said(#{<<"A">> => A, <<"V">> => V});
        [H | T] ->
            said(#{<<"H">> => H, <<"T">> => T}),
            if
                H > 2 -> W = H + 1, said(#{<<"W">> => W, <<"H">> => H});
                true -> no
            end;
        Other ->
            said(#{<<"Other">> => Other})
    end.

exported(Flag) ->
    case Flag of
        true -> A = 1, B = 2;
        false -> B = 3, A = 4
    end,
    said(#{<<"A">> => A, <<"B">> => B, <<"Flag">> => Flag}),
    if A > 1 -> C = big; true -> C = small end,
    said(#{<<"C">> => C}).

nested(A) ->
    B = case A + 1 of
        C when C > 3 ->
            D = C * 2,
            said(#{<<"C">> => C, <<"D">> => D}),
            D + 1;
        _ ->
            0
    end,
    said(#{<<"B">> => B, <<"A">> => A}).

receives(N) ->
    self() ! {n, N},
    receive
        {n, M} -> said(#{<<"M">> => M, <<"N">> => N})
    end,
    receive
        {never, X} -> said(#{<<"X">> => X})
    after 0 ->
        T = N + 1,
        said(#{<<"T">> => T})
    end.

tries(X) ->
    R = try
        Y = case X of throw -> throw(thrown); _ -> 10 div X end,
        said(#{<<"Y">> => Y, <<"X">> => X}),
        Y
    of
        Z when Z > 5 -> said(#{<<"Z">> => Z}), Z;
        _ -> small
    catch
        error:Reason -> said(#{<<"Reason">> => Reason, <<"X">> => X}), Reason;
        throw:T:Stack -> said(#{<<"T">> => T, <<"Stack">> => Stack}), length(Stack) > 0
    after
        A = X,
        said(#{<<"A">> => A})
    end,
    said(#{<<"R">> => R}).

comprehensions(L) ->
    A = [begin said(#{<<"X">> => X, <<"L">> => L}), X * 2 end || X <- L, X > 1],
    said(#{<<"A">> => A}),
    B = << <<(begin said(#{<<"I">> => I}), I end)>> || I <- L >>,
    said(#{<<"B">> => B}),
    [said(#{<<"P">> => P, <<"Q">> => Q}) || P <- [1, 2], Q <- [P, P + 1]],
    [said(#{<<"C">> => C}) || <<C:4>> <= <<16#ab>>].

funs(N) ->
    F = fun(X) ->
        Y = X + N,
        said(#{<<"X">> => X, <<"Y">> => Y}),
        Y
    end,
    R = F(1) + F(2),
    said(#{<<"R">> => R, <<"N">> => N}),
    G = fun({a, V}) -> said(#{<<"V">> => V}); (Other) -> said(#{<<"Other">> => Other}) end,
    G({a, 1}),
    G(b).

named(N) ->
    F = fun Count(0, Acc) -> Acc;
            Count(M, Acc) -> said(#{<<"M">> => M, <<"Acc">> => Acc}), Count(M - 1, [M | Acc])
    end,
    L = F(N, []),
    said(#{<<"L">> => L}).

blocks(A) ->
    B = begin C = A + 1, said(#{<<"C">> => C}), C * 2 end,
    said(#{<<"B">> => B, <<"C">> => C}).

in_arguments(A) ->
    _ = {B = A + 1, C = A + 2},
    said(#{<<"B">> => B, <<"C">> => C}),
    case D = A * 10 of
        20 -> said(#{<<"D">> => D});
        _ -> no
    end,
    said(#{<<"D">> => D}).

again(A) ->
    B = A,
    A = B,
    {B, C} = {A, 2},
    said(#{<<"A">> => A, <<"B">> => B, <<"C">> => C}).

many(A, B, C, D, E, F, G, H, I, J) ->
    said(#{<<"A">> => A, <<"B">> => B, <<"C">> => C, <<"D">> => D, <<"E">> => E, <<"F">> => F, <<"G">> => G, <<"H">> => H, <<"I">> => I, <<"J">> => J}).

matched_last(A) ->
    L = last(A),
    said(#{<<"L">> => L}).

last(A) -> _B = A + 1.

recursion(0, Acc) -> said(#{<<"Acc">> => Acc}), Acc;
recursion(N, Acc) ->
    Next = [N | Acc],
    said(#{<<"Next">> => Next, <<"N">> => N, <<"Acc">> => Acc}),
    recursion(N - 1, Next).

expressions(X) ->
    A = twice(X) + 1,
    {sum, _} = {sum, A},
    B = case A of 9 -> large; _ -> small end,
    #{k := _} = #{k => 5},
    C = X - 1,
    D = lists:sum([C, X]),
    _ = [0] ++ [Y * Y || Y <- [2, X], Y > 1],
    <<_, _>> = <<X, X>>,
    _ = X > 1 andalso false,
    P = #point{x = X},
    _ = P#point.x,
    _ = try error(odd) catch error:odd -> caught end,
    F = fun(Z) -> Z + 100 end,
    _ = F(X),
    {A, B, C, D}.

twice(X) -> X * 2.

steps(X) ->
    A = {x, X},
    {x, B} = A,
    C = case B of
        a -> 1;
        b ->
            2;
        _ -> D = 3, D
    end,
    {C, B}.

with_funs(L) ->
    M = lists:map(fun(X) -> X + 1 end, L),
    F = fun Sum([H | T], Acc) -> Sum(T, Acc + H);
            Sum([], Acc) -> Acc
    end,
    F(M, 0).

%% The line where a function begins.
line(Name) ->
    {ok, {_, [{abstract_code, {_, Forms}}]}} = beam_lib:chunks(element(2, code:get_object_code(?MODULE)), [abstract_code]),
    [Line] = [erl_anno:line(A) || {function, A, F, _, _} <- Forms, F =:= Name],
    Line.
