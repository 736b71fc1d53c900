%% Which modules are the project's own: those whose source file lies below one of its directories, and not below one of those that
%% hold what others wrote (`deps`), as the configuration says.
-module(elixirscope_own).

-export([new/1, depth/3, source/2]).

-export_type([own/0]).

-opaque own() :: none | {Below :: [string()], NotBelow :: [string()], elixirscope_depths:depth()}.

%% From the configuration: `#{below => [Dir], not_below => [Dir], depth => Depth}`.
-spec new(term()) -> own().
new(#{below := [_ | _] = Below, depth := Depth} = Own) when Depth =/= off ->
    case elixirscope_depths:read([{<<>>, <<>>, Depth}]) of
        [{_, _, Read}] -> {directories(Below), directories(maps:get(not_below, Own, [])), Read};
        [] -> none
    end;
new(_) ->
    none.

directories(Paths) ->
    [filename:join([unicode:characters_to_list(Path), ""]) ++ "/" || Path <- Paths].

%% How deep the module of this code is recorded for being the project's own; `off` where it is not.
-spec depth(binary(), module(), own()) -> elixirscope_depths:depth().
depth(_, _, none) ->
    off;
depth(Code, Module, {Below, NotBelow, Depth}) ->
    case source(Module, Code) of
        undefined -> off;
        File -> case lies(File, Below) andalso not lies(File, NotBelow) of true -> Depth; false -> off end
    end.

lies(File, Directories) ->
    lists:any(fun(Directory) -> lists:prefix(Directory, File) end, Directories).

%% The whole path of the file that a module was compiled from, as the module tells it.
-spec source(module(), binary()) -> string() | undefined.
source(Module, Code) ->
    try
        {ok, {Module, [{compile_info, Info}]}} = beam_lib:chunks(Code, [compile_info]),
        case proplists:get_value(source, Info) of
            [_ | _] = File -> plain(filename:absname(File));
            _ -> attributed(Module, Code)
        end
    catch
        _:_ -> undefined
    end.

%% Deterministic builds leave the path out; debug information still has the file as it was given to the compiler.
attributed(Module, Code) ->
    {ok, {Module, [{debug_info, {debug_info_v1, Backend, Data}}]}} = beam_lib:chunks(Code, [debug_info]),
    {ok, Forms} = Backend:debug_info(erlang_v1, Module, Data, []),
    {attribute, _, file, {File, _}} = lists:keyfind(file, 3, Forms),
    plain(filename:absname(unicode:characters_to_list(File))).

%% Without `.` and `..`.
plain(Path) ->
    filename:join(lists:reverse(lists:foldl(fun
        (".", Parts) -> Parts;
        ("..", [_, _ | _] = Parts) -> tl(Parts);
        (Part, Parts) -> [Part | Parts]
    end, [], filename:split(Path)))).
