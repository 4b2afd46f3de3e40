# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What scripts on one machine share (sourced by jobs/quickstart.sh and tests/run.sh; jobs on a cluster use launch.sh).

# Cores that this shell may use: the affinity mask, and a container's CPU quota where there is one.
# (nproc would also obey OMP_NUM_THREADS, which says nothing about ranks.)
cores_at_hand() {
    local cores quota=max period=100000 whole
    cores=$(env -u OMP_NUM_THREADS -u OMP_THREAD_LIMIT nproc 2> /dev/null || getconf _NPROCESSORS_ONLN)
    [ ! -r /sys/fs/cgroup/cpu.max ] || read -r quota period < /sys/fs/cgroup/cpu.max
    if [ "$quota" != max ]; then
        whole=$(((quota + period - 1) / period))
        [ "$whole" -ge "$cores" ] || cores=$whole
    fi
    echo "$cores"
}

# Settings without which Open MPI does not start, or starts badly, on one machine; what the user has set stands. Other MPI libraries ignore them.
prepare_mpi() { # RANKS
    if [ "$(id -u)" = 0 ]; then export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1; fi
    # Two mpirun on one machine would both bind their ranks to the first cores.
    export OMPI_MCA_hwloc_base_binding_policy=${OMPI_MCA_hwloc_base_binding_policy:-none}
    # Containers forbid reading another process's memory, which vader would try for messages above 4 kB.
    export OMPI_MCA_btl_vader_single_copy_mechanism=${OMPI_MCA_btl_vader_single_copy_mechanism:-none}
    # A core is what nproc counts: Open MPI would offer one slot for two hardware threads.
    export OMPI_MCA_hwloc_base_use_hwthreads_as_cpus=${OMPI_MCA_hwloc_base_use_hwthreads_as_cpus:-1}
    if [ "$1" -gt "$(cores_at_hand)" ]; then
        export OMPI_MCA_rmaps_base_oversubscribe=${OMPI_MCA_rmaps_base_oversubscribe:-1}
        export OMPI_MCA_mpi_yield_when_idle=${OMPI_MCA_mpi_yield_when_idle:-1}
    fi
}

# Run a command with its output in LOG; show the log's end only if it fails.
quietly() { # LOG COMMAND...
    local log=$1 rc=0
    shift
    "$@" >> "$log" 2>&1 < /dev/null || rc=$?
    [ "$rc" = 0 ] || {
        tail -n 40 "$log" >&2
        echo "failed (exit $rc): $*" >&2
        echo "the whole log: $log" >&2
    }
    return "$rc"
}

# Configure and build one preset of CMakePresets.json, from the top folder; all of it, or the targets named.
build_preset() { # PRESET [TARGET...]
    local preset=$1 log=build/$1.log targets=()
    shift
    [ $# = 0 ] || targets=(--target "$@")
    mkdir -p build
    : > "$log"
    # A compiler cache makes the second build quick, where there is one.
    ! command -v ccache > /dev/null || export CMAKE_C_COMPILER_LAUNCHER=${CMAKE_C_COMPILER_LAUNCHER-ccache}
    quietly "$log" cmake --preset "$preset" && quietly "$log" cmake --build --preset "$preset" --parallel "$(cores_at_hand)" ${targets[@]+"${targets[@]}"}
}
