%% Rewritten code on disk, so that a module is compiled anew only once: under `run` most of what a start costs more is this.
%%
%% What is loaded from here runs in the program, so the directory must be ours alone: `elixirscope/rewritten` below `$XDG_CACHE_HOME` or
%% `~/.cache`, made for its owner only; where it belongs to somebody else, or others may write to it, it is not used. Each entry is a file
%% whose name is the digest of all that it was made from, with a digest of its content before it. The oldest ones go when there are too many.
-module(elixirscope_cache).

-export([open/1, key/2, get/2, put/3]).

-export_type([cache/0]).

-include_lib("kernel/include/file.hrl").

%% The directory; the release of Elixir, whose own forms are made anew each time.
-opaque cache() :: none | {file:filename_all(), Elixir :: binary() | undefined}.

-define(MOST_BYTES, 268435456).
%% Room is made once in so many entries.
-define(TIDY, 50).
%% Changes with what entries hold.
-define(FORMAT, 1).

%% The directory, where it can be used. Under `attach` nothing is left on the disk of the node.
-spec open(map()) -> cache().
open(#{mode := run} = Config) ->
    case maps:get(cache, Config, true) of
        true -> try {directory(), elixirscope_hello:elixir()} catch _:_ -> none end;
        _ -> none
    end;
open(_) ->
    none.

directory() ->
    Base = case os:getenv("XDG_CACHE_HOME", "") of
        [$/ | _] = Given -> Given;
        _ ->
            [$/ | _] = Home = os:getenv("HOME", ""),
            filename:join(Home, ".cache")
    end,
    Directory = filename:join([Base, "elixirscope", "rewritten"]),
    ok = filelib:ensure_dir(Directory),
    %% One that was there before must have been for its owner only all the time.
    _ = prim_file:make_dir(Directory) =:= ok andalso file:write_file_info(Directory, #file_info{mode = 8#700}, [raw]),
    #file_info{type = directory, uid = Owner, mode = Mode} = info(Directory),
    0 = Mode band 8#077,
    Owner = us(Directory),
    Directory.

info(Path) ->
    case file:read_link_info(Path, [raw, {time, posix}]) of
        {ok, Info} -> Info;
        _ -> none
    end.

%% Who we are: nobody says so but a file that we make.
us(Directory) ->
    Probe = filename:join(Directory, name("probe")),
    ok = prim_file:write_file(Probe, <<>>),
    #file_info{uid = Uid} = info(Probe),
    _ = prim_file:delete(Probe),
    Uid.

%% A name that nobody else takes.
name(Prefix) ->
    lists:flatten([Prefix, "-", os:getpid(), "-", integer_to_list(erlang:unique_integer([positive])), "-",
                   integer_to_list(erlang:system_time(), 36), ".new"]).

%% The name of what is made from these: the rewriter and this release count as well.
-spec key(cache(), term()) -> file:filename_all().
key(none, _) ->
    "none";
key({_, Elixir}, Terms) ->
    Digest = erlang:md5(term_to_binary({?FORMAT, erlang:system_info(otp_release), erlang:system_info(version), Elixir, rewriter(), Terms})),
    lists:flatten([io_lib:format("~2.16.0b", [Byte]) || <<Byte>> <= Digest]).

%% The modules that decide what comes out.
rewriter() ->
    [Module:module_info(md5)
     || Module <- elixirscope_unload:modules(),
        lists:prefix("elixirscope_re", atom_to_list(Module)) orelse lists:member(Module, [elixirscope_tails, elixirscope_gate, elixirscope_hook])].

%% What is kept there. Damaged entries are as good as none.
-spec get(cache(), file:filename_all()) -> {ok, term()} | none.
get(none, _) ->
    none;
get({Directory, _}, Key) ->
    case prim_file:read_file(filename:join(Directory, Key)) of
        {ok, <<"ESRW", Digest:16/binary, Content/binary>>} ->
            case erlang:md5(Content) of
                Digest -> try {ok, binary_to_term(Content)} catch error:badarg -> none end;
                _ -> none
            end;
        _ ->
            none
    end.

%% Keeps a term, if that is possible: whole or not at all.
-spec put(cache(), file:filename_all(), term()) -> ok.
put(none, _, _) ->
    ok;
put({Directory, _}, Key, Term) ->
    Content = term_to_binary(Term),
    New = filename:join(Directory, name("entry")),
    _ = case prim_file:write_file(New, [<<"ESRW">>, erlang:md5(Content), Content]) of
        ok -> prim_file:rename(New, filename:join(Directory, Key)) =:= ok orelse prim_file:delete(New);
        _ -> prim_file:delete(New)
    end,
    _ = rand:uniform(?TIDY) =:= 1 andalso tidy(Directory),
    ok.

tidy(Directory) ->
    {ok, Names} = prim_file:list_dir(Directory),
    Files = lists:sort([{Used, Size, Path} || Name <- Names, Path <- [filename:join(Directory, Name)],
                                              #file_info{type = regular, size = Size, mtime = Used} <- [info(Path)]]),
    remove(Files, lists:sum([Size || {_, Size, _} <- Files]) - ?MOST_BYTES).

remove([{_, Size, Path} | Files], Excess) when Excess > 0 ->
    _ = prim_file:delete(Path),
    remove(Files, Excess - Size);
remove(_, _) ->
    ok.
