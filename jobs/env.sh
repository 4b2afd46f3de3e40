# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Site settings of the SLURM scripts, sourced by them: edit here, once. Nothing depends on your login shell.

if command -v module > /dev/null 2>&1; then
    module purge
    # module load gcc openmpi gsl udunits      # EDIT: what relapse was built with
fi

# The program. EDIT, or export RELAPSE before sbatch, if it is installed elsewhere.
if [ -z "${RELAPSE:-}" ]; then
    RELAPSE=$RELAPSE_HOME/build/release/relapse
    [ -x "$RELAPSE" ] || RELAPSE=$(command -v relapse) || { echo "no program: build it (jobs/quickstart.sh) or export RELAPSE=/path/to/relapse" >&2; exit 69; }
fi

# How ranks are started: srun, or mpirun where the MPI library was built without SLURM's PMI.
LAUNCH=${LAUNCH:-srun}
# export SLURM_MPI_TYPE=pmix                   # EDIT: if `srun --mpi=list` shows that the default is another

# After how many restarts a job that is never done is left alone.
MAX_RESTARTS=${MAX_RESTARTS:-20}
