%% What comes with Erlang and Elixir: rewritten only where it is named.
-module(elixirscope_libraries).

-export([contain/1, names/0]).

%% Whether the file of a module is one of theirs.
-spec contain(term()) -> boolean().
contain(File) when is_list(File) ->
    lists:any(fun(Root) -> lists:prefix(Root ++ "/", File) end, roots());
contain(_) ->
    false.

%% The names of their modules.
-spec names() -> #{binary() => []}.
names() ->
    Names = [filename:basename(File, ".beam")
             || Root <- roots(), App <- list(Root), File <- list(filename:join([Root, App, "ebin"])), filename:extension(File) =:= ".beam"],
    maps:from_list([{unicode:characters_to_binary(Name), []} || Name <- Names]).

roots() ->
    Elixir = case code:lib_dir(elixir) of {error, _} -> []; Directory -> [filename:dirname(Directory)] end,
    [code:lib_dir() | Elixir].

list(Directory) ->
    case prim_file:list_dir(Directory) of
        {ok, Names} -> Names;
        _ -> []
    end.
