/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who is where, and what all ranks must know or agree on. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* sched_getaffinity */
#endif
#include <ftw.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "relapse/memory.h"
#include "relapse/parallel.h"

enum { MESSAGE_BYTES = 2048, MASK_BYTES = 1024 /* 8192 processors */ };
static const size_t PIECE = (size_t)1 << 30; /* MPI counts are int */

static int mpi_failed(const char *what, int mpi_code) {
    char text[MPI_MAX_ERROR_STRING + 1] = "";
    int length = 0;
    MPI_Error_string(mpi_code, text, &length);
    return rlp_fail(RLP_ERROR_INTERNAL, "%s: %s", what, text);
}

/* Any launcher leaves one of these names in the environment. */
static bool launched(void) {
    static const char *const NAMES[] = {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK", "PMIX_NAMESPACE"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (getenv(NAMES[i])) return true;
    return false;
}

static char own_folder[256]; /* of Open MPI's session, when nobody launched this process */

/* A program started by hand has only itself to talk to: told so, Open MPI starts no daemon and probes no network (0.06 s, not 0.4 s). All such programs
 * would be the same job of the same name and pull each other's session folder away, so each gets a folder of its own. What the user has set
 * stands; other MPIs do not look at these variables. */
static void start_alone_quickly(void) {
    const char *temporary = getenv("TMPDIR");
    if (getenv("OMPI_MCA_ess_singleton_isolated") || getenv("OMPI_MCA_orte_tmpdir_base")) return;
    int length = snprintf(own_folder, sizeof own_folder, "%s/relapse-XXXXXX", temporary && temporary[0] ? temporary : "/tmp");
    if (length >= (int)sizeof own_folder || !mkdtemp(own_folder)) {
        own_folder[0] = '\0'; /* then as Open MPI would do it */
        return;
    }
    (void)setenv("OMPI_MCA_orte_tmpdir_base", own_folder, 1);
    (void)setenv("OMPI_MCA_ess_singleton_isolated", "1", 1);
    (void)setenv("OMPI_MCA_pml", "ob1", 0);
    (void)setenv("OMPI_MCA_btl", "self", 0);
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *walk) {
    (void)info;
    (void)kind;
    (void)walk;
    return remove(path);
}

static void remove_own_folder(void) {
    if (own_folder[0]) (void)nftw(own_folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    own_folder[0] = '\0';
}

/* srun without MPI support starts copies that know nothing of each other, and each would write the same files. */
static int check_not_copies(const rlp_parallel_t *parallel, bool was_launched) {
    const char *tasks = getenv("SLURM_STEP_NUM_TASKS");
    if (was_launched || parallel->size > 1 || !tasks || atoi(tasks) < 2) return RLP_OK;
    return rlp_fail(RLP_ERROR_USAGE,
                    "srun started %s copies of the program that cannot find each other: use srun --mpi=pmix (srun --mpi=list), or mpirun",
                    tasks);
}

static int start_mpi(int *argc, char ***argv) {
    int started = 0, ended = 0;
    MPI_Initialized(&started);
    MPI_Finalized(&ended);
    if (ended) return rlp_fail(RLP_ERROR_INTERNAL, "MPI was finished already and cannot start twice in a process");
    if (started) return RLP_OK;
    if (!launched()) start_alone_quickly();
    int code = MPI_Init(argc, argv);
    return code ? mpi_failed("MPI_Init", code) : RLP_OK;
}

static void own_mask(unsigned char mask[MASK_BYTES]) {
    memset(mask, 0, MASK_BYTES);
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set)) return;
    for (size_t cpu = 0; cpu < CPU_SETSIZE && cpu < 8 * (size_t)MASK_BYTES; cpu++)
        if (CPU_ISSET(cpu, &set)) mask[cpu / 8] |= (unsigned char)(1u << (cpu % 8));
}

/* Cores of one host: SLURM's word, or else the union of its ranks' masks (mpirun binds each rank to a core of its own). */
static int cores_here(MPI_Comm host) {
    unsigned char own[MASK_BYTES], all[MASK_BYTES];
    const char *slurm = getenv("SLURM_CPUS_ON_NODE");
    own_mask(own);
    int cores = 0;
    if (MPI_Allreduce(own, all, MASK_BYTES, MPI_UNSIGNED_CHAR, MPI_BOR, host) == MPI_SUCCESS)
        for (int bit = 0; bit < 8 * MASK_BYTES; bit++) cores += all[bit / 8] >> (bit % 8) & 1;
    if (slurm && atoi(slurm) > 0) cores = atoi(slurm);
    if (cores == 0) cores = (int)sysconf(_SC_NPROCESSORS_ONLN);
    return cores > 0 ? cores : 1;
}

static int look_around(rlp_parallel_t *parallel) {
    MPI_Comm host = MPI_COMM_NULL;
    int code = MPI_Comm_split_type(parallel->comm, MPI_COMM_TYPE_SHARED, parallel->rank, MPI_INFO_NULL, &host);
    if (code) return mpi_failed("MPI_Comm_split_type", code);
    int rank_here = 0, mine[2], sum[2];
    MPI_Comm_rank(host, &rank_here);
    MPI_Comm_size(host, &parallel->ranks_here);
    int cores = cores_here(host);
    mine[0] = rank_here == 0;
    mine[1] = rank_here == 0 ? cores : 0;
    code = MPI_Allreduce(mine, sum, 2, MPI_INT, MPI_SUM, parallel->comm);
    MPI_Comm_free(&host);
    if (code) return mpi_failed("MPI_Allreduce", code);
    parallel->hosts = sum[0];
    parallel->cores = sum[1];
    return RLP_OK;
}

int rlp_parallel_init(rlp_parallel_t *parallel, int *argc, char ***argv) {
    memset(parallel, 0, sizeof *parallel);
    parallel->comm = MPI_COMM_NULL;
    bool was_launched = launched(); /* MPI may set such names itself */
    int rc = start_mpi(argc, argv);
    if (rc) return rc;
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    int code = MPI_Comm_dup(MPI_COMM_WORLD, &parallel->comm);
    if (code) return mpi_failed("MPI_Comm_dup", code);
    MPI_Comm_set_errhandler(parallel->comm, MPI_ERRORS_RETURN);
    MPI_Comm_rank(parallel->comm, &parallel->rank);
    MPI_Comm_size(parallel->comm, &parallel->size);
    if (gethostname(parallel->host, sizeof parallel->host - 1)) strcpy(parallel->host, "unknown");
    rc = check_not_copies(parallel, was_launched);
    return rc ? rc : look_around(parallel);
}

void rlp_parallel_finish(rlp_parallel_t *parallel) {
    int started = 0, ended = 0;
    MPI_Initialized(&started);
    MPI_Finalized(&ended);
    if (!started || ended) return;
    if (parallel->comm != MPI_COMM_NULL) MPI_Comm_free(&parallel->comm);
    parallel->comm = MPI_COMM_NULL;
    MPI_Finalize();
    remove_own_folder();
}

int rlp_parallel_share(rlp_parallel_t *parallel, char **bytes, size_t *length) {
    uint64_t n = parallel->rank == 0 ? *length : 0;
    int rc = RLP_OK, code = MPI_Bcast(&n, 1, MPI_UINT64_T, 0, parallel->comm);
    if (code) return mpi_failed("MPI_Bcast", code);
    if (parallel->rank != 0) {
        *bytes = NULL;
        *length = (size_t)n;
        rc = rlp_memory_new((void **)bytes, (size_t)n + 1, 1);
    }
    rc = rlp_parallel_agree(parallel, rc); /* a rank without memory must not leave the others in the broadcast */
    for (size_t at = 0; !rc && at < n; at += PIECE) {
        size_t piece = n - at < PIECE ? (size_t)n - at : PIECE;
        code = MPI_Bcast(*bytes + at, (int)piece, MPI_BYTE, 0, parallel->comm);
        if (code) rc = mpi_failed("MPI_Bcast", code);
    }
    if (rc && parallel->rank != 0) {
        free(*bytes);
        *bytes = NULL;
        *length = 0;
    }
    return rc;
}

/* Rank `from`'s bytes to rank 0, in pieces. */
static int hand_in(rlp_parallel_t *parallel, int from, char *bytes, uint64_t n) {
    int code = MPI_SUCCESS;
    for (uint64_t at = 0; !code && at < n; at += PIECE) {
        int piece = (int)(n - at < PIECE ? n - at : PIECE);
        if (parallel->rank == from) code = MPI_Send(bytes + at, piece, MPI_BYTE, 0, 0, parallel->comm);
        else code = MPI_Recv(bytes + at, piece, MPI_BYTE, from, 0, parallel->comm, MPI_STATUS_IGNORE);
    }
    return code ? mpi_failed(parallel->rank == from ? "MPI_Send" : "MPI_Recv", code) : RLP_OK;
}

int rlp_parallel_collect(rlp_parallel_t *parallel, const char *bytes, size_t length, char **all, size_t *total) {
    uint64_t mine = length, *lengths = NULL, sum = 0, at = length;
    bool first = parallel->rank == 0;
    *all = NULL;
    int rc = first ? RLP_NEW(lengths, (size_t)parallel->size) : RLP_OK;
    rc = rlp_parallel_agree(parallel, rc);
    if (!rc && MPI_Gather(&mine, 1, MPI_UINT64_T, lengths, 1, MPI_UINT64_T, 0, parallel->comm)) rc = rlp_fail(RLP_ERROR_INTERNAL, "MPI_Gather failed");
    for (int r = 0; first && !rc && r < parallel->size; r++) sum += lengths[r];
    if (first && !rc) rc = rlp_memory_new((void **)all, (size_t)sum + 1, 1);
    rc = rlp_parallel_agree(parallel, rc); /* a rank 0 without memory must not leave the others sending */
    if (!rc && first && length) memcpy(*all, bytes, length);
    if (!rc && !first) rc = hand_in(parallel, parallel->rank, (char *)(uintptr_t)bytes, mine);
    for (int r = 1; first && !rc && r < parallel->size; at += lengths[r++]) rc = hand_in(parallel, r, *all + at, lengths[r]);
    *total = (size_t)sum;
    free(lengths);
    return rlp_parallel_agree(parallel, rc);
}

int rlp_parallel_agree(rlp_parallel_t *parallel, int code) {
    struct {
        int code, rank;
    } mine = {code, parallel->rank}, worst = {code, parallel->rank};
    int mpi = MPI_Allreduce(&mine, &worst, 1, MPI_2INT, MPI_MINLOC, parallel->comm);
    if (mpi) return code ? code : mpi_failed("MPI_Allreduce", mpi);
    if (worst.code == RLP_OK) return RLP_OK;
    char message[MESSAGE_BYTES + 400] = "";
    if (parallel->rank == worst.rank) {
        if (worst.rank == 0)
            snprintf(message, sizeof message, "%s", rlp_fail_message());
        else
            snprintf(message, sizeof message, "rank %d on %s: %s", worst.rank, parallel->host, rlp_fail_message());
    }
    mpi = MPI_Bcast(message, (int)sizeof message, MPI_CHAR, worst.rank, parallel->comm);
    return mpi ? worst.code : rlp_fail(worst.code, "%s", message);
}

bool rlp_parallel_same(rlp_parallel_t *parallel, uint64_t value) {
    uint64_t mine[2] = {value, ~value}, most[2] = {0, 0}; /* the most of ~value is the least value */
    if (MPI_Allreduce(mine, most, 2, MPI_UINT64_T, MPI_MAX, parallel->comm)) return false;
    return most[0] == ~most[1];
}
