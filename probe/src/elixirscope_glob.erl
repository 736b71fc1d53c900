%% Which modules are meant: globs over their names as a person writes them, `Shop.*` or `my_*`. `*` stands for any text, `?` for
%% one character.
-module(elixirscope_glob).

-export([matches/2, match/2, is_plain/1]).

%% Whether one of the globs means this module.
-spec matches(module(), [binary()]) -> boolean().
matches(Module, Globs) ->
    Name = name(atom_to_list(Module)),
    lists:any(fun(Glob) -> match(unicode:characters_to_list(Glob), Name) end, Globs).

%% Whether a glob names some module, or some part of a name, and not just everything.
-spec is_plain(binary()) -> boolean().
is_plain(Glob) ->
    lists:any(fun(C) -> C =/= $* andalso C =/= $? end, unicode:characters_to_list(Glob)).

name("Elixir." ++ Name) -> Name;
name(Name) -> Name.

%% Whether a glob means a text.
-spec match(string(), string()) -> boolean().
match([], []) -> true;
match([$* | Glob], Name) -> match(Glob, Name) orelse (Name =/= [] andalso match([$* | Glob], tl(Name)));
match([$? | Glob], [_ | Name]) -> match(Glob, Name);
match([C | Glob], [C | Name]) -> match(Glob, Name);
match(_, _) -> false.
