%% Loads code in place of other code, without harm to anybody who runs it: code that is still run is never purged.
-module(elixirscope_exchange).

-export([put/2, put_back/3, digest/1, digest_of/1]).

%% Loads code of a module. The digest of what is loaded then.
-spec put(module(), binary()) -> {ok, binary()} | {error, binary()}.
put(Module, Code) ->
    case code:soft_purge(Module) of
        true ->
            case erlang:load_module(Module, Code) of
                {module, Module} ->
                    _ = code:soft_purge(Module),
                    {ok, digest(Module)};
                {error, Reason} ->
                    {error, unicode:characters_to_binary(io_lib:format("it could not be loaded: ~0tp", [Reason]))}
            end;
        false ->
            {error, <<"processes still run older code of it">>}
    end.

%% Loads the original where code of this digest is loaded, verified by its digest. Whether nothing but the original is left.
-spec put_back(module(), Original :: binary(), Digest :: binary()) -> boolean().
put_back(Module, Original, Digest) ->
    Before = digest_of(Original),
    case digest(Module) of
        Before ->
            code:soft_purge(Module);
        Digest ->
            code:soft_purge(Module) andalso erlang:load_module(Module, Original) =:= {module, Module}
                andalso digest(Module) =:= Before andalso code:soft_purge(Module);
        %% Exchanged by the program, or deleted; older code may still be ours.
        _ ->
            code:soft_purge(Module)
    end.

%% Of the code that is loaded.
-spec digest(module()) -> binary() | none.
digest(Module) ->
    try erlang:get_module_info(Module, md5) catch error:badarg -> none end.

-spec digest_of(binary()) -> binary() | none.
digest_of(Code) ->
    case beam_lib:md5(Code) of
        {ok, {_, Digest}} -> Digest;
        _ -> none
    end.
