%% A program that uses what the language has, for the tests of rewriting. outcome/2 runs one of the cases/0 and tells everything that can
%% be told: values, exceptions with their stacks, messages, order of evaluation.
-module(rewrite_sample).

-export([cases/0, outcome/2, count/1, even/1, odd/1, every/1, turn/1, wrapped/1, caught/1, via_fun/2, via_module/2, by_apply/2, waits/1, plain/2]).
-export([by_fun/1, by_named_fun/1, by_loop_apply/1, by_fold/1]).
-export([pair/1, branch/2, deep/1, fails/1, passes/1]).
-compile({inline, [inlined/1]}).
-record(point, {x = 0, y = 0}).

cases() ->
    [
        {plain, [1, 2]}, {pair, [{1, 2}]}, {pair, [[a, b]]}, {pair, [<<1:4, 2:4, "rest">>]}, {pair, [#{k => v}]}, {pair, [#point{x = 3}]}, {pair, [other]},
        {branch, [1, 2]}, {branch, [2, 2]}, {branch, [3, x]}, {branch, [4, [3, 1, 2]]}, {branch, [4, not_a_list]}, {branch, [9, 9]},
        {count, [1000]}, {even, [1001]}, {odd, [1001]}, {every, [[1, 2, 3]]}, {every, [[1, x]]}, {every, [[1 | x]]}, {turn, [500]}, {by_fun, [50]}, {by_named_fun, [50]}, {by_loop_apply, [50]}, {wrapped, [300]},
        {caught, [1]}, {caught, [0]}, {caught, [throw]}, {caught, [exit]}, {via_fun, [fun(X) -> {got, X} end, 3]}, {via_fun, [no_fun, 3]},
        {via_fun, [fun() -> ok end, 3]}, {via_module, [?MODULE, [1, 2]]}, {via_module, [no_such_module, [1, 2]]}, {via_module, [3, [1, 2]]},
        {by_apply, [plain, [1, 2]]}, {by_apply, [no_such_function, [1]]}, {waits, [5]}, {deep, [20]}, {fails, [1]}, {fails, [0]}, {passes, [2]}, {passes, [0]},
        {order, [1]}, {scopes, [1]}, {comprehensions, [[1, 2, 3]]}, {after_all, [1]}, {after_all, [0]}, {old_catch, [0]}, {bits, [<<1, 2, 3>>]},
        {stack, [0]}, {many, lists:seq(1, 12)}, {twice, [{a, a}]}, {twice, [{a, b}]}, {guarded, [5]}, {guarded, [a]}, {inlined, [3]}, {nested, [3]},
        {update, [#point{x = 1}]}, {update, [wrong]}, {strings, ["abc"]}, {exits, [now]}, {no_such, [1]}, {receives, [1]}, {nothing, []}, {nocatch, [1]}, {raised, [1]}].

outcome(F, A) ->
    Result = try {value, dispatch(F, A)} catch C:R:S -> {C, R, S} end,
    {Result, drain()}.

drain() ->
    receive M -> [M | drain()] after 0 -> [] end.

dispatch(order, [A]) -> order(A);
dispatch(scopes, [A]) -> scopes(A);
dispatch(comprehensions, [A]) -> comprehensions(A);
dispatch(after_all, [A]) -> after_all(A);
dispatch(old_catch, [A]) -> old_catch(A);
dispatch(bits, [A]) -> bits(A);
dispatch(stack, [A]) -> stack(A);
dispatch(many, [A, B, C, D, E, F, G, H, I, J, K, L]) -> many(A, B, C, D, E, F, G, H, I, J, K, L);
dispatch(twice, [{A, B}]) -> twice(A, B);
dispatch(guarded, [A]) -> guarded(A);
dispatch(inlined, [A]) -> inlined(A) + 1;
dispatch(nested, [A]) -> nested(A);
dispatch(update, [A]) -> update(A);
dispatch(strings, [A]) -> strings(A);
dispatch(exits, [A]) -> exits(A);
dispatch(receives, [A]) -> receives(A);
dispatch(nothing, []) -> nothing();
dispatch(nocatch, [A]) -> nocatch(A);
dispatch(raised, [A]) -> raised(A);
dispatch(F, A) -> apply(?MODULE, F, A).

plain(A, _) -> A.
pair({A, B}) when A < B -> [A, B];
pair([_ | T] = L) -> {L, T};
pair(<<A:4, B:4, R/binary>>) -> {A, B, R};
pair(#{k := V}) -> V;
pair(#point{x = X} = P) -> {X, P}.

branch(1, B) -> plain(B, 1);
branch(2, B) -> B + 1;
branch(A, B) when A =:= 3; A =:= 4 ->
    if A =:= 3 -> B * 2; true -> lists:sort(B) end.

count(0) -> done;
count(N) -> count(N - 1).

even(0) -> true;
even(N) -> N > 0 andalso odd(N - 1).
odd(0) -> false;
odd(N) -> N < 0 orelse even(N - 1).

every([H | T]) -> is_integer(H) andalso every(T);
every([]) -> true.

%% A server's loop: it ends when its count does.
turn(0) -> lists:reverse([done]);
turn(N) ->
    self() ! {turn, N},
    receive
        {turn, N} when N rem 2 =:= 0 -> turn(N - 1);
        {turn, M} -> case M of N -> begin turn(N - 1) end end
    after 1000 -> turn(N)
    end.

wrapped(0) -> end_of_it;
wrapped(N) ->
    try N rem 5 of
        3 when N > 1000 -> never;
        _ -> wrapped(N - 1)
    catch error:_ -> wrapped(0)
    end.

caught(X) ->
    try
        case X of throw -> throw(thrown); exit -> exit(exited); _ -> 10 div X end
    catch
        error:badarith -> plain(caught, 1);
        throw:T -> {threw, T};
        Class:Reason:Stack -> {Class, Reason, [{M, F, A} || {M, F, A, _} <- lists:sublist(Stack, 1)]}
    end.

%% Loops through funs. What a fold from the right calls last is the fun for the first element.
by_fold(0) -> done;
by_fold(N) -> lists:foldr(fun(_, _) -> by_fold(N - 1) end, none, [x]).
by_fun(N) -> by_fun(fun(M, Self) -> case M of 0 -> done; _ -> Self(M - 1, Self) end end, N).
by_fun(F, N) -> F(N, F).
by_named_fun(N) -> F = fun Loop(0) -> done; Loop(M) -> Next = M - 1, Loop(Next) end, F(N).
by_loop_apply(0) -> done;
by_loop_apply(N) -> M = N - 1, if M > 0 -> apply(?MODULE, by_loop_apply, [M]); true -> by_loop_apply(0) end.

via_fun(F, X) -> F(X).
via_module(M, Args) -> M:plain(hd(Args), lists:last(Args)).
by_apply(F, Args) -> apply(?MODULE, F, Args).
waits(N) -> receive {never, N} -> N after N -> plain(waited, N) end.
deep(0) -> 0;
deep(N) -> 1 + deep(N - 1).
fails(X) -> Y = 1 div X, plain(Y, X).
passes(X) -> {ok, fails(X)}.

order(_) -> plain(say(1), say(2)), (say(f_module)):plain(say(3), say(4)).
say(f_module) -> self() ! {said, module}, ?MODULE;
say(N) -> self() ! {said, N}, N.

scopes(A) -> case A of 1 -> B = 2, plain(B, C = 3); _ -> B = 4, C = 5 end, {A, B, C, [D || D <- [7, 8]]}.
comprehensions(L) -> {[X * Y || X <- L, Y <- L, X < Y], << <<X>> || X <- L >>, [plain(X, 1) || X <- L, is_integer(X)]}.
after_all(X) -> try plain(1 div X, x) after self() ! {after_all, X} end.
old_catch(X) -> catch fails(X).
bits(<<H, T/binary>>) -> [H | bits(T)];
bits(<<>>) -> [].
stack(X) -> try fails(X) catch _:_:S -> [{M, F, A} || {M, F, A, _} <- S] end.
many(A, _, _, _, _, _, _, _, _, _, _, L) -> {A, L}.
twice(A, A) -> same;
twice(_, _) -> different.
guarded(X) when X > 3, is_integer(X) -> more;
guarded(X) when length(X) > 1 -> long;
guarded(_) -> less.
inlined(X) -> X + 1.
nested(N) -> F = fun Loop(0, Acc) -> Acc; Loop(M, Acc) -> Loop(M - 1, [M | Acc]) end, G = fun(X) -> F(X, []) end, G(N).
update(P) -> P#point{y = P#point.x + 1}.
strings("abc" = S) -> S ++ "d".
exits(Why) -> exit({because, Why}).
receives(N) -> self() ! N, receive M when M =:= N -> {received, M} end.
nothing() -> ok.
nocatch(X) ->
    {Pid, Ref} = spawn_monitor(fun() -> thrower(X) end),
    receive {'DOWN', Ref, process, Pid, Why} -> Why end.
thrower(X) -> throw({nobody, X}).
raised(X) -> try fails(X - 1) catch C:R:S -> erlang:raise(C, {again, R}, S) end.
