#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The one list of Debian packages that relapse needs, and the one place that installs them.
#
#   jobs/packages.sh [--no-install] [--tests] [--optional] [--quiet]
#
#   --no-install   install nothing: print the line to type, exit 69 if something is missing
#   --tests        also what the tests need (cmocka), and PETSc for relapse-projection (half a minute of apt-get; without it all else is built and tested)
#   --optional     also what only some tests use and otherwise skip: R's survival package, SLURM
#   --quiet        say nothing when everything is there
#
# Exit status: 0 everything needed is there; 69 something is missing and was not installed. Missing optional packages never fail.
# On a machine without dpkg it names the libraries instead and leaves the judgement to cmake (exit 0).
set -u

# a|b: either will do, the first is installed
needed=(gcc libc6-dev make cmake 'pkg-config|pkgconf' libopenmpi-dev openmpi-bin libgsl-dev libfyaml-dev libudunits2-dev
        librandom123-dev zlib1g-dev libmd-dev 'gnuplot-nox|gnuplot-qt|gnuplot-x11')
needed_by_tests=(libcmocka-dev)
wanted_by_tests=(libpetsc-real-dev) # for relapse-projection, which is built where it is found; all else is built without
used_by_some_tests=(r-base-core r-cran-survival slurmctld slurmd slurm-client munge)

install=1 tests='' optional='' quiet=''
for word in "$@"; do
    case $word in
        --no-install) install='' ;;
        --tests) tests=1 ;;
        --optional) optional=1 ;;
        --quiet) quiet=1 ;;
        *) echo "packages.sh: unknown option $word (--no-install, --tests, --optional, --quiet)" >&2; exit 64 ;;
    esac
done
[ -z "$tests" ] || needed+=("${needed_by_tests[@]}")
say() { echo "packages: $*"; }

if ! command -v dpkg-query > /dev/null || ! command -v apt-get > /dev/null; then
    cat <<'TEXT'
packages: this is not a Debian system, so nothing is installed. relapse needs a C11 compiler, make, CMake >= 3.21, pkg-config,
  an MPI library (Open MPI or MPICH), GSL, libfyaml, UDUNITS-2, Random123 (headers), zlib, libmd (SHA-256), and gnuplot for its plots;
  the tests need cmocka. Going on: cmake will name what it cannot find.
TEXT
    exit 0
fi

is_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# Print the first name of every row of which no alternative is installed.
missing_of() {
    local row name found
    for row in "$@"; do
        found=''
        for name in ${row//|/ }; do if is_installed "$name"; then found=1; break; fi; done
        [ -n "$found" ] || echo "${row%%|*}"
    done
}

as_root=()
can_be_root() {
    [ "$(id -u)" != 0 ] || return 0
    command -v sudo > /dev/null || return 1
    if sudo -n true 2> /dev/null; then as_root=(sudo -n); return 0; fi
    [ -t 0 ] || return 1 # sudo would ask for a password, and nobody is there to type it
    as_root=(sudo)
}

apt() { ${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0 "$@" < /dev/null >> "$log" 2>&1; }

# The package lists are fetched only where a package is unknown or its file is no longer on the mirror.
install_packages() {
    local known=1 name
    for name in "$@"; do [ -n "$(apt-cache show --no-all-versions "$name" 2> /dev/null)" ] || known=''; done
    if [ -n "$known" ] && apt install -y --no-install-recommends "$@"; then return 0; fi
    apt update
    apt install -y --no-install-recommends "$@"
}

# Install the named packages, or say how; WHAT is "needs" or "could use".
provide() {
    local what=$1
    shift
    [ $# -gt 0 ] || return 0
    say "relapse $what $# more Debian package$([ $# = 1 ] || echo s): $*"
    if [ -z "$install" ] || ! can_be_root; then
        [ -z "$install" ] || say "this is neither root nor a user whom sudo lets in without a password"
        say "to install, type:"
        echo "    $([ "$(id -u)" = 0 ] || echo 'sudo ')apt-get install --no-install-recommends $*"
        return 69
    fi
    log=$(mktemp "${TMPDIR:-/tmp}/relapse-packages.XXXXXX") || return 69
    say "installing them: $(echo "${as_root[@]+"${as_root[@]}"}" apt-get install | sed 's/^ *//') (log: $log)"
    if install_packages "$@" && [ -z "$(missing_of "$@")" ]; then rm -f "$log"; return 0; fi
    tail -n 15 "$log" >&2
    say "apt-get could not install them; its words are above, all of them in $log" >&2
    return 69
}

mapfile -t missing < <(missing_of "${needed[@]}")
provide needs ${missing[@]+"${missing[@]}"} || exit 69
if [ -n "$tests" ]; then
    mapfile -t missing < <(missing_of "${wanted_by_tests[@]}")
    provide 'could use' ${missing[@]+"${missing[@]}"} || say "going on without PETSc: relapse-projection is not built, and its tests say that they skip"
fi
if [ -n "$optional" ]; then
    mapfile -t missing < <(missing_of "${used_by_some_tests[@]}")
    provide 'could use' ${missing[@]+"${missing[@]}"} || say "going on without them: the tests that use them will say that they skip"
fi
[ -n "$quiet" ] || say "all there"
exit 0
