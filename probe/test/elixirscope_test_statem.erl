%% A gen_statem to be recorded: a lock.
-module(elixirscope_test_statem).
-behaviour(gen_statem).

-export([start/0, init/1, callback_mode/0, locked/3, open/3]).

start() -> gen_statem:start(?MODULE, 7, []).

callback_mode() -> [state_functions, state_enter].

init(Code) -> {ok, locked, #{code => Code, tries => 0}}.

locked(enter, _, _) -> keep_state_and_data;
locked({call, From}, {open, Code}, #{code := Code} = Data) -> {next_state, open, Data, [{reply, From, ok}]};
locked({call, From}, {open, _}, #{tries := N} = Data) -> {keep_state, Data#{tries := N + 1}, [{reply, From, no}]}.

open(enter, _, _) -> keep_state_and_data;
open(cast, close, Data) -> {next_state, locked, Data}.
