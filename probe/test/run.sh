#!/bin/sh
# Runs every test of the probe with the given erl: the same compiled modules and shared object on each release.
# Usage, in probe/:  sh test/run.sh NAME ERL [WORDS…]
set -u
name=$1
shift
echo "--- on $name"
status=0
for suite in nif_tests site_tests rewrite_tests rewrite_points_tests rewrite_fuzz_tests rewrite_library_tests depth_tests elixirscope_probe_test; do
    ELIXIRSCOPE_TEST_NIF="$PWD/priv/elixirscope_nif" "$@" -noshell -pa ebin -pa test/ebin -s "$suite" main -s init stop || status=1
done
exit $status
