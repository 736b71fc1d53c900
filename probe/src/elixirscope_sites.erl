%% The numbers of functions and points of rewritten modules (docs/formats/wire.md): which are taken.
%%
%% A number stands in the rewritten code itself. So that code can be used again from the cache, the numbers of a module begin at one of a
%% few places that its code alone decides, and only where these are taken, elsewhere. What was taken stays so as long as anybody may run the
%% code. Several processes rewrite at once; the table tells them apart.
-module(elixirscope_sites).

-export([open/0, bases/1, take/2, give_up/2, keep/1]).

-define(TABLE, elixirscope_sites).
-define(LIMIT, (1 bsl 24)).
%% Numbers are taken in groups of so many.
-define(GROUP, 64).
%% The first places lie close together, since what is known of sites takes memory by the page.
-define(NEAR, (1 bsl 19)).
%% Groups of code that was still run when an earlier recording ended: {First, Count}.
-define(KEPT, {elixirscope_sites, kept}).

%% Makes the table; it belongs to the calling process.
-spec open() -> ok.
open() ->
    ?TABLE = ets:new(?TABLE, [named_table, public, set]),
    _ = [take(Base, Count) || {Base, Count} <- persistent_term:get(?KEPT, [])],
    ok.

%% Where the numbers of this code may begin, the best first.
-spec bases(binary()) -> [pos_integer()].
bases(Code) ->
    [base(erlang:phash2({Try, Code}, 1 bsl 32), Try) || Try <- lists:seq(0, 31)].

base(Hash, Try) when Try < 8 -> ?GROUP * (1 + Hash rem (?NEAR div ?GROUP - 1));
base(Hash, _) -> ?GROUP * (1 + Hash rem (?LIMIT div ?GROUP - 1)).

%% Takes so many numbers from Base on, all or none.
-spec take(pos_integer(), non_neg_integer()) -> boolean().
take(Base, Count) when Base + Count =< ?LIMIT ->
    ets:insert_new(?TABLE, [{Group} || Group <- groups(Base, Count)]);
take(_, _) ->
    false.

%% Gives back what no code has got to use.
-spec give_up(pos_integer(), non_neg_integer()) -> ok.
give_up(Base, Count) ->
    _ = [ets:delete(?TABLE, Group) || Group <- groups(Base, Count)],
    ok.

groups(Base, Count) ->
    lists:seq(Base div ?GROUP, (Base + max(Count, 1) - 1) div ?GROUP).

%% Remembers what is still in use at the end of a recording, for the next one.
-spec keep([{pos_integer(), non_neg_integer()}]) -> ok.
keep(Taken) ->
    Before = persistent_term:get(?KEPT, []),
    case lists:usort(Taken ++ Before) of
        Before -> ok;
        All -> persistent_term:put(?KEPT, All)
    end.
