%% The logger handler: what the program logs, above all the crash reports of OTP, becomes LOG records.
%%
%% A handler runs in the process that logs, so this one is bounded: texts are formatted with a limit of characters, and a
%% report that is large is not copied but shown in short. It never fails (logger would remove it with a noise) and never logs.
-module(elixirscope_log).

-export([add/3, remove/0, log/2]).

-define(ID, elixirscope).
-define(CHARS, 4000).
-define(DEPTH, 20).
%% A report of more words than this is not passed on as a term where passing means copying.
-define(MOST_WORDS, 8192).

%% Puts the handler in. Level: the least important one that is recorded.
-spec add(elixirscope_engine:engine(), logger:level(), [binary()]) -> ok | {error, term()}.
add(Engine, Level, Words) ->
    logger:add_handler(?ID, ?MODULE, #{
        level => Level,
        filter_default => log,
        %% Progress reports of supervisors repeat what spawn, link and register events say.
        filters => [{progress, {fun logger_filters:progress/2, stop}}],
        config => #{engine => Engine, secrets => {erlang:get_cookie(), Words}}
    }).

%% Takes the handler out; nothing happens when it is not there.
-spec remove() -> ok.
remove() ->
    _ = (catch logger:remove_handler(?ID)),
    ok.

%% The callback of logger.
-spec log(logger:log_event(), logger:handler_config()) -> ok.
log(#{level := Level, msg := Message, meta := Meta}, #{config := #{engine := Engine, secrets := Secrets}}) ->
    try
        Pid = maps:get(pid, Meta, self()),
        Known = #{level => Level, message => text(small(Message, Secrets), Meta), time => maps:get(time, Meta, 0), pid => Pid},
        elixirscope_engine:emit(Engine, 20, 0, Pid, [{term, report(Message, Engine, Known)}])
    catch
        _:_ -> ok
    end;
log(_, _) ->
    ok.

report({report, Report}, Engine, Known) ->
    case elixirscope_engine:kind(Engine) =:= nif orelse erts_debug:flat_size(Report) =< ?MOST_WORDS of
        true -> Known#{report => Report};
        false -> Known
    end;
report(_, _, Known) ->
    Known.

%% Formatters see no secrets, and nothing large. The text of a plain message is the program's own choice.
small({report, Report}, {Cookie, Words}) -> {report, elixirscope_redact:term(Report, Words, Cookie)};
small({string, _} = Message, _) -> Message;
small({Format, Arguments}, {Cookie, Words}) -> {Format, elixirscope_redact:term(Arguments, Words, Cookie)}.

text({string, Text}, _) ->
    characters(Text);
text({report, Report}, #{report_cb := Format}) when is_function(Format, 2) ->
    characters(Format(Report, #{depth => ?DEPTH, chars_limit => ?CHARS, single_line => false}));
text({report, Report}, #{report_cb := Format}) when is_function(Format, 1) ->
    {Text, Arguments} = Format(Report),
    format(Text, Arguments);
text({report, Report}, _) ->
    {Text, Arguments} = logger:format_report(Report),
    format(Text, Arguments);
text({Text, Arguments}, _) ->
    format(Text, Arguments).

format(Text, Arguments) ->
    characters(io_lib:format(Text, Arguments, [{chars_limit, ?CHARS}])).

%% At most so many bytes, cut between characters.
characters(Binary) when is_binary(Binary), byte_size(Binary) > 4 * ?CHARS ->
    whole(binary:part(Binary, 0, 4 * ?CHARS));
characters(Text) ->
    case unicode:characters_to_binary(Text) of
        Binary when is_binary(Binary), byte_size(Binary) =< 4 * ?CHARS -> Binary;
        Binary when is_binary(Binary) -> whole(binary:part(Binary, 0, 4 * ?CHARS));
        {_, Good, _} -> Good
    end.

whole(Part) ->
    case unicode:characters_to_binary(Part) of
        {_, Good, _} -> Good;
        Good -> Good
    end.
