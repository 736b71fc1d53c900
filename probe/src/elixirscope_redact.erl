%% A term made small and free of secrets, for texts: what logger's formatters get to see, so that a crash report of a process
%% with a large state is cheap to format, and a password in that state does not leave the node inside a text.
%%
%% The same keys as in elixirscope_encode count as secret. The shape is kept as far as possible, since formatters expect one.
-module(elixirscope_redact).

-export([term/3]).

-define(MOST_NODES, 5000).
-define(DEPTH, 24).
-define(MOST_BYTES, 1024).

%% Words are lower-case. The cookie, where the node has one, is an atom that is hidden wherever it stands.
-spec term(term(), [binary()], atom()) -> term().
term(Term, Words, Cookie) ->
    {Small, _} = one(Term, ?MOST_NODES, ?DEPTH, {Words, case Cookie of nocookie -> []; _ -> [Cookie] end}),
    Small.

one(Term, Left, Depth, _) when Left =< 0 orelse Depth =< 0, is_tuple(Term) orelse is_map(Term) orelse is_list(Term),
        Term =/= [] ->
    {'...', Left};
one(Cookie, Left, _, {_, [Cookie]}) ->
    {'[redacted]', Left - 1};
one({Key, Value}, Left, Depth, Words) ->
    {K, Left1} = one(Key, Left - 1, Depth - 1, Words),
    {V, Left2} = value(Key, Value, Left1, Depth - 1, Words),
    {{K, V}, Left2};
one(Tuple, Left, _, _) when is_tuple(Tuple), tuple_size(Tuple) > Left ->
    {'...', Left};
one(Tuple, Left, Depth, Words) when is_tuple(Tuple) ->
    {List, Next} = list(tuple_to_list(Tuple), Left - 1, Depth - 1, Words),
    {list_to_tuple(List), Next};
one(List, Left, Depth, Words) when is_list(List) ->
    list(List, Left, Depth - 1, Words);
one(Map, Left, Depth, Words) when is_map(Map) ->
    pairs(maps:next(maps:iterator(Map)), Left - 1, Depth - 1, Words, #{});
one(Binary, Left, _, _) when is_binary(Binary), byte_size(Binary) > ?MOST_BYTES ->
    {<<(binary:part(Binary, 0, ?MOST_BYTES))/binary, "...">>, Left - 1};
one(Term, Left, _, _) ->
    {Term, Left - 1}.

list([], Left, _, _) ->
    {[], Left};
list([_ | _], Left, _, _) when Left =< 0 ->
    {[], Left};
list([Head | Tail], Left, Depth, Words) ->
    {First, Left1} = one(Head, Left, Depth, Words),
    {Rest, Left2} = list(Tail, Left1, Depth, Words),
    {[First | Rest], Left2};
list(Tail, Left, Depth, Words) ->
    one(Tail, Left, Depth, Words).

pairs(none, Left, _, _, Out) ->
    {Out, Left};
pairs(_, Left, _, _, Out) when Left =< 0 ->
    {Out, Left};
pairs({Key, Value, Iterator}, Left, Depth, Words, Out) ->
    {V, Next} = value(Key, Value, Left - 1, Depth, Words),
    pairs(maps:next(Iterator), Next, Depth, Words, Out#{key(Key, Words) => V}).

key(Cookie, {_, [Cookie]}) -> '[redacted]';
key(Key, _) -> Key.

value(Key, Value, Left, Depth, {Words, _} = Secrets) ->
    case elixirscope_encode:is_secret(Key, Words) of
        true -> {'[redacted]', Left - 1};
        false -> one(Value, Left, Depth, Secrets)
    end.
