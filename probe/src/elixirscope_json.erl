%% A JSON encoder just large enough for what the probe says about itself (HELLO, NOTE and GOODBYE frames).
%%
%% Written here because OTP has none before 27, and the probe may need nothing but kernel and stdlib. Only these terms are
%% known: maps with atom or binary keys, lists (arrays), binaries (UTF-8 text), integers, `true`, `false`, and `null` or
%% `undefined` for nothing. Any other atom is written as text.
-module(elixirscope_json).

-export([encode/1]).

-export_type([json/0]).

-type json() :: #{atom() | binary() => json()} | [json()] | binary() | integer() | atom().

%% The text of one value, always valid UTF-8: bytes that are not are replaced, since a reader would refuse the whole frame.
-spec encode(json()) -> binary().
encode(Value) ->
    iolist_to_binary(value(Value)).

value(undefined) -> <<"null">>;
value(null) -> <<"null">>;
value(true) -> <<"true">>;
value(false) -> <<"false">>;
value(Atom) when is_atom(Atom) -> text(atom_to_binary(Atom, utf8));
value(Integer) when is_integer(Integer) -> integer_to_binary(Integer);
value(Text) when is_binary(Text) -> text(Text);
value(List) when is_list(List) -> [$[, lists:join($,, [value(Item) || Item <- List]), $]];
value(Map) when is_map(Map) -> [${, lists:join($,, [[key(K), $:, value(V)] || {K, V} <- maps:to_list(Map)]), $}].

key(Atom) when is_atom(Atom) -> text(atom_to_binary(Atom, utf8));
key(Text) -> text(Text).

text(Text) -> <<$", (escape(Text, <<>>))/binary, $">>.

%% Into one binary that grows: a source file may be large.
escape(<<$", Rest/binary>>, Out) -> escape(Rest, <<Out/binary, "\\\"">>);
escape(<<$\\, Rest/binary>>, Out) -> escape(Rest, <<Out/binary, "\\\\">>);
escape(<<$\n, Rest/binary>>, Out) -> escape(Rest, <<Out/binary, "\\n">>);
escape(<<$\t, Rest/binary>>, Out) -> escape(Rest, <<Out/binary, "\\t">>);
escape(<<C, Rest/binary>>, Out) when C < 32 -> escape(Rest, <<Out/binary, (iolist_to_binary(io_lib:format("\\u~4.16.0b", [C])))/binary>>);
escape(<<C/utf8, Rest/binary>>, Out) -> escape(Rest, <<Out/binary, C/utf8>>);
escape(<<_, Rest/binary>>, Out) -> escape(Rest, <<Out/binary, 16#FFFD/utf8>>);
escape(<<>>, Out) -> Out.
