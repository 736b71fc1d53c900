-module(empty_tracer).
-export([load/1, enabled/3, trace/5]).

load(Path) -> erlang:load_nif(Path, 0).
enabled(_, _, _) -> discard.
trace(_, _, _, _, _) -> ok.
