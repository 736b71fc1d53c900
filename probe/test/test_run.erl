%% Runs tests one by one, each in a process of its own that has to end within a time, and says how many failed. What of a recording a test
%% left behind is stopped after it.
-module(test_run).

-export([run/2]).

%% Halts with 1 when any has failed. ELIXIRSCOPE_ONLY=same_program runs that one alone.
-spec run([fun(() -> term())], timeout()) -> ok.
run(All, Limit) ->
    Tests = case os:getenv("ELIXIRSCOPE_ONLY") of
        false -> All;
        Only -> [T || T <- All, atom_to_list(name(T)) =:= Only]
    end,
    Failed = length([failed || T <- Tests, not passes(T, Limit)]),
    io:format("~b passed, ~b failed~n", [length(Tests) - Failed, Failed]),
    Failed =:= 0 orelse halt(1),
    ok.

name(Test) ->
    {name, Name} = erlang:fun_info(Test, name),
    Name.

passes(Test, Limit) ->
    Start = erlang:monotonic_time(millisecond),
    {Pid, Ref} = spawn_monitor(Test),
    Passes = receive
        {'DOWN', Ref, _, Pid, normal} -> true;
        {'DOWN', Ref, _, Pid, Why} -> io:format("FAILED ~s: ~P~n", [name(Test), Why, 100]), false
    after Limit -> exit(Pid, kill), io:format("FAILED ~s: no end~n", [name(Test)]), false
    end,
    io:format("~s ~s (~b ms)~n", [case Passes of true -> "  ok"; false -> "FAIL" end, name(Test), erlang:monotonic_time(millisecond) - Start]),
    _ = elixirscope_nif:stop(<<"{}">>),
    Passes.
