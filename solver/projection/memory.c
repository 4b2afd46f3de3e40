/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a projection needs and what the host has, so that too many states are refused in words before anything is allocated. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "relapse/projection.h"

/* Measured peaks at 1e5 and 4e5 states, rounded up: entries with their arrays that grow by doubling, PETSc's sorted copies and the matrix; a row of the
 * residual table as text, twice; libraries and MPI. */
#define BYTES_AN_ENTRY 60.0
#define BYTES_A_ROW 250.0
#define BYTES_A_PROGRAM 5e7

static double number_in(const char *path) {
    double value = INFINITY;
    FILE *file = fopen(path, "re");
    if (!file) return INFINITY;
    if (fscanf(file, "%lf", &value) != 1) value = INFINITY; /* "max" */
    fclose(file);
    return value;
}

static double free_memory(void) {
    char line[256];
    double kilobytes;
    FILE *file = fopen("/proc/meminfo", "re");
    double bytes = (double)sysconf(_SC_AVPHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "MemAvailable: %lf kB", &kilobytes) == 1) bytes = 1024 * kilobytes;
    if (file) fclose(file);
    return bytes;
}

/* A container or a SLURM job sees the whole host in /proc/meminfo; its own limit stands in its cgroup. */
static double cgroup_memory(void) {
    double most = number_in("/sys/fs/cgroup/memory.max"), used = number_in("/sys/fs/cgroup/memory.current");
    if (isinf(most)) most = number_in("/sys/fs/cgroup/memory/memory.limit_in_bytes"), used = number_in("/sys/fs/cgroup/memory/memory.usage_in_bytes");
    return isinf(most) || isinf(used) ? INFINITY : fmax(most - used, 0);
}

static double limit_on(int resource) {
    struct rlimit limit;
    return getrlimit(resource, &limit) || limit.rlim_cur == RLIM_INFINITY ? INFINITY : (double)limit.rlim_cur;
}

/* What this process may still map under `ulimit -v`: PETSc's libraries have taken their part already. */
static double address_space(void) {
    double limit = limit_on(RLIMIT_AS), pages = number_in("/proc/self/statm");
    return isinf(limit) || isinf(pages) ? limit : fmax(limit - pages * (double)sysconf(_SC_PAGESIZE), 0);
}

double rlp_memory_at_hand(void) { return fmin(fmin(free_memory(), cgroup_memory()), fmin(address_space(), limit_on(RLIMIT_DATA))); }

double rlp_projection_bytes(const rlp_shape_t *shape, const rlp_process_t *p, double n_states, size_t n_looks, int ranks, int ranks_here) {
    double moves = 1 + 2 * (double)p->n_types, share = (double)ranks_here / ranks;
    for (size_t c = 0; c < p->n_channels; c++) moves += p->channels[c].kind == RLP_CHANNEL_SWITCH;
    double entries = n_states * moves * BYTES_AN_ENTRY * share;
    double vectors = 8 * n_states * ((5 + (double)n_looks) * share + (ranks > 1 ? 1 : 0));
    double whole = (8 * 6 + BYTES_A_ROW) * n_states + (p->n_survive_rows ? rlp_thinning_bytes(shape) : 0); /* on rank 0 */
    return entries + vectors + whole + ranks_here * (rlp_states_bytes(shape, n_states) + 4 * n_states + BYTES_A_PROGRAM);
}
