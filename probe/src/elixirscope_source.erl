%% The source file that a module was compiled from, as it lies on this machine: the content of a SOURCE frame (docs/formats/wire.md).
-module(elixirscope_source).

-export([read/3]).

-include_lib("kernel/include/file.hrl").

-define(MOST_BYTES, 2097152).

%% Of a module whose code was read from Beam (which may be no file at all).
-spec read(module(), binary(), term()) -> map().
read(Module, Code, Beam) ->
    Path = elixirscope_own:source(Module, Code),
    {Text, Why} = case Path of
        undefined -> {null, <<"the module does not tell the file that it was made from">>};
        _ -> text(Path, Beam)
    end,
    #{module => Module, file => name(Path), language => language(Path, Module), text => Text, why => Why}.

name(undefined) -> null;
name(Path) -> unicode:characters_to_binary(Path).

language(undefined, Module) ->
    case atom_to_list(Module) of "Elixir." ++ _ -> elixir; _ -> erlang end;
language(Path, Module) ->
    case filename:extension(Path) of
        ".ex" -> elixir;
        ".exs" -> elixir;
        ".erl" -> erlang;
        _ -> language(undefined, Module)
    end.

text(Path, Beam) ->
    case file:read_file_info(Path, [raw, {time, posix}]) of
        {ok, #file_info{type = regular, size = Size}} when Size > ?MOST_BYTES ->
            {null, <<"the file is too large">>};
        {ok, #file_info{type = regular, mtime = Changed}} ->
            case prim_file:read_file(Path) of
                {ok, Bytes} when byte_size(Bytes) =< ?MOST_BYTES -> {utf8(Bytes), newer(Changed, Beam)};
                _ -> {null, <<"the file cannot be read">>}
            end;
        _ ->
            {null, <<"there is no such file">>}
    end.

utf8(Bytes) ->
    case unicode:characters_to_binary(Bytes) of
        Text when is_binary(Text) -> Text;
        _ -> unicode:characters_to_binary(Bytes, latin1)
    end.

newer(Changed, Beam) when is_list(Beam), Beam =/= [] ->
    case file:read_file_info(Beam, [raw, {time, posix}]) of
        {ok, #file_info{mtime = Compiled}} when Compiled < Changed -> <<"the file was changed after the module was compiled">>;
        _ -> null
    end;
newer(_, _) ->
    null.
