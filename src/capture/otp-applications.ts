/** What comes with Erlang/OTP and with Elixir: nobody's own code. By name, since a release brings them along in its own folders. */
export const OTP_APPLICATIONS: ReadonlySet<string> = new Set(
  (
    'asn1 common_test compiler crypto debugger dialyzer diameter edoc eldap erl_interface erts et eunit ftp inets jinterface kernel megaco mnesia ' +
    'observer odbc os_mon parsetools public_key reltool runtime_tools sasl snmp ssh ssl stdlib syntax_tools tftp tools wx xmerl ' +
    'elixir eex ex_unit iex logger mix hex rebar'
  ).split(' '),
);
