%% What the recorder says (docs/formats/wire.md), out of the bytes as they come: single bytes, and `D` with a length and so many bytes.
-module(elixirscope_control).

-export([new/0, take/2]).

-export_type([control/0]).

-define(MOST_BYTES, 1048576).

%% What has come of a `D` that is not complete; how much of one that is too long is still to be passed over.
-opaque control() :: binary() | {skip, pos_integer()}.

-spec new() -> control().
new() -> <<>>.

%% What is complete now, in order.
-spec take(binary(), control()) -> {[stop | {control, binary()}], control()}.
take(Bytes, {skip, Count}) when byte_size(Bytes) =< Count ->
    {[], case Count - byte_size(Bytes) of 0 -> <<>>; Left -> {skip, Left} end};
take(Bytes, {skip, Count}) ->
    <<_:Count/binary, Rest/binary>> = Bytes,
    all(Rest, []);
take(Bytes, Before) ->
    all(<<Before/binary, Bytes/binary>>, []).

all(<<$D, Size:32/little, Rest/binary>>, Found) when Size > ?MOST_BYTES ->
    {More, Control} = take(Rest, {skip, Size}),
    {lists:reverse(Found, More), Control};
all(<<$D, Size:32/little, Message:Size/binary, Rest/binary>>, Found) ->
    all(Rest, [{control, Message} | Found]);
all(<<$D, _/binary>> = Part, Found) ->
    {lists:reverse(Found), Part};
all(<<$S, Rest/binary>>, Found) ->
    all(Rest, [stop | Found]);
all(<<_, Rest/binary>>, Found) ->
    all(Rest, Found);
all(<<>>, Found) ->
    {lists:reverse(Found), <<>>}.
