%% The door to the probe: how a recording of this node begins and ends.
%%
%% Two ways in:
%%
%%   run     `ERL_AFLAGS="-pa EBIN -s elixirscope_probe start"` in the environment of `mix`, `iex`, `elixir`, `erl` or `rebar3`,
%%           with the path of a file in `ELIXIRSCOPE_CONFIG` that holds the configuration as one Erlang term. `init` calls
%%           start/0 before the program begins. Whatever fails, the program runs, untraced, and nothing is printed.
%%   attach  the modules are put into a running node (`code:load_binary`), and start/1 is called there with the configuration.
%%
%% The configuration is a map:
%%
%%   address           `{unix, Path}` or `{tcp, Ip, Port}` of the recorder
%%   token             what the recorder gave us to show that we are the right one (a binary of 32 bytes)
%%   mode              `run` or `attach`
%%   events            of `messages`, `processes`, `callbacks`, `log`, `gc`, `schedule`, `tables`, `timers`, `stores`, `telemetry`, `monitors`
%%   functions         `{M, F, A}` or `{M, '_', '_'}`: further functions whose calls are recorded; `{M, F, A, return}`: their
%%                     returns, too. Never ask for returns of a function that calls itself last: each turn costs stack.
%%   depths            `{Module, Function, Depth}`, globs over names as people write them, and `off`, `count`, `call`, `values`, `lines` or
%%                     `expressions`: how deep functions are recorded. A later one wins. Modules with such functions are rewritten, under
%%                     `run` before they are loaded, and this needs the NIF
%%   own               `#{below => [Directory], not_below => [Directory], depth => Depth}`: the same for modules whose source file lies
%%                     there, as far as `depths` says nothing of them
%%   budget            thousandths of the program's own time that recording may cost, or `undefined` (elixirscope_budget)
%%   memory_ms         how often memory and mailboxes of processes are looked at; 0: never
%%   limits, redact    see docs/formats/term.md: `#{depth, length, binary, term_bytes, state_bytes, call_bytes, call_pairs}`, and lower-case binaries
%%   log_level         the least important level of logger that is recorded (`info`)
%%   nif               path of the shared object without its extension, or `undefined`
%%   delete_nif        true: remove that file once it is loaded
%%   force_engine      `nif` or `erlang`, for tests
%%   ring_dir          where to make the mapped file of the rings, or `undefined` for rings in memory
%%   ring_bytes, on_full (`wait` | `drop`), bytes_per_second, silence_ms: bounds, see docs/formats/wire.md
-module(elixirscope_probe).

-export([start/0, start/1, stop/0]).

-export_type([config/0]).

-type config() :: #{atom() => term()}.

%% How long the boot of a program waits for the recording to begin. When it takes longer, both simply go on.
-define(PATIENCE_MS, 5000).
%% How long somebody who attaches waits: a node with very many processes takes seconds to be looked at.
-define(ATTACH_MS, 60000).

%% For `-s`. Returns when the recording has begun, or will not.
-spec start() -> ok.
start() ->
    try
        Directory = filename:dirname(code:which(?MODULE)),
        _ = [code:ensure_loaded(Module) || Module <- elixirscope_unload:modules()],
        %% All of our modules are loaded now; from here on the program sees the code path that it would see without us.
        _ = code:del_path(Directory),
        case os:getenv("ELIXIRSCOPE_CONFIG") of
            false ->
                ok;
            File ->
                {ok, [Config]} = file:consult(File),
                _ = begin_with(Config#{mode => maps:get(mode, Config, run)}, ?PATIENCE_MS),
                ok
        end
    catch
        %% There is nobody to tell, and a program must not fail because somebody wanted to watch it.
        _:_ -> ok
    end.

%% Begins a recording. The error is a sentence for a person.
-spec start(config()) -> {ok, #{engine := nif | erlang, why := binary() | undefined}} | {error, binary()}.
start(Config) when is_map(Config) ->
    begin_with(Config#{mode => maps:get(mode, Config, attach)}, ?ATTACH_MS);
start(_) ->
    {error, <<"the configuration is not a map">>}.

%% Ends the recording, takes everything back, and returns when that is done, except for the modules, which go right after.
-spec stop() -> ok.
stop() ->
    elixirscope_server:stop().

begin_with(Config, Patience) ->
    case elixirscope_server:start(Config, self(), Patience) of
        {ok, _} = Started -> Started;
        {error, Reason} when is_binary(Reason) -> {error, Reason};
        {error, Reason} -> {error, unicode:characters_to_binary(io_lib:format("~0tP", [Reason, 20], [{chars_limit, 500}]))}
    end.
