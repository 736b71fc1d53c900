%% A door with a code lock. Three wrong codes in a row, and it takes no more for a while.
%%
%%     locked --right code--> open --a moment later--> locked
%%     locked --third wrong code--> blocked --a while later--> locked
-module(door).
-behaviour(gen_statem).

-export([start_link/1, enter/1]).
-export([init/1, callback_mode/0, locked/3, open/3, blocked/3]).

-define(OPEN_FOR, 200).
-define(BLOCKED_FOR, 500).

-spec start_link(Code :: string()) -> gen_statem:start_ret().
start_link(Code) ->
    gen_statem:start_link({local, ?MODULE}, ?MODULE, Code, []).

-spec enter(string()) -> open | wrong | blocked.
enter(Code) ->
    gen_statem:call(?MODULE, {enter, Code}).

callback_mode() ->
    state_functions.

init(Code) ->
    {ok, locked, #{code => Code, wrong => 0, opened => 0}}.

locked({call, From}, {enter, Code}, #{code := Code, opened := Opened} = Door) ->
    {next_state, open, Door#{wrong := 0, opened := Opened + 1},
        [{reply, From, open}, {state_timeout, ?OPEN_FOR, close}]};
locked({call, From}, {enter, _}, #{wrong := 2} = Door) ->
    {next_state, blocked, Door#{wrong := 0},
        [{reply, From, blocked}, {state_timeout, ?BLOCKED_FOR, unblock}]};
locked({call, From}, {enter, _}, #{wrong := Wrong} = Door) ->
    {keep_state, Door#{wrong := Wrong + 1}, {reply, From, wrong}}.

open({call, From}, {enter, _}, _Door) ->
    {keep_state_and_data, {reply, From, open}};
open(state_timeout, close, Door) ->
    {next_state, locked, Door}.

blocked({call, From}, {enter, _}, _Door) ->
    {keep_state_and_data, {reply, From, blocked}};
blocked(state_timeout, unblock, Door) ->
    {next_state, locked, Door}.
