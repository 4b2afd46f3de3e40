# SPDX-License-Identifier: GPL-3.0-or-later
# Tests that are scripts. A script that cannot run here prints "skipped: why" and exits 77.

# The layer rule of solver/README.md, from the table tests/layers.txt; and the checker itself, on trees that break it.
add_test(NAME unit/layers COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/layers.sh)
add_test(NAME unit/layers_catches COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/layers.sh --catches)
set_tests_properties(unit/layers unit/layers_catches PROPERTIES LABELS "unit;nosanitize" TIMEOUT 60)

# The job scripts on a real SLURM, where it is installed.
if(TARGET relapse)
  add_test(NAME jobs/slurm COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/jobs/slurm.sh $<TARGET_FILE_DIR:relapse>)
  set_tests_properties(jobs/slurm PROPERTIES LABELS jobs SKIP_RETURN_CODE 77 RUN_SERIAL ON TIMEOUT 300)
endif()

# Open MPI unloads its plugins before leaks are counted: only whole stacks, which cost time, tell its leaks (lsan.supp) from ours.
if(RELAPSE_SANITIZE)
  get_property(names DIRECTORY PROPERTY TESTS)
  list(FILTER names INCLUDE REGEX "^unit/(parallel|ensemble|command)/")
  foreach(name IN LISTS names)
    set_tests_properties(${name} PROPERTIES ENVIRONMENT "ASAN_OPTIONS=fast_unwind_on_malloc=0;LSAN_OPTIONS=suppressions=${CMAKE_CURRENT_SOURCE_DIR}/lsan.supp:print_suppressions=0")
  endforeach()
endif()

# The whole program: any number of ranks, killed and resumed, wrong command lines.
if(TARGET relapse)
  add_test(NAME ranks/run COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/ranks/run.sh $<TARGET_FILE_DIR:relapse>)
  add_test(NAME fault/run COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/fault/run.sh $<TARGET_FILE_DIR:relapse>)
  set_tests_properties(ranks/run PROPERTIES LABELS ranks SKIP_RETURN_CODE 77 TIMEOUT 180)
  set_tests_properties(fault/run PROPERTIES LABELS fault SKIP_RETURN_CODE 77 TIMEOUT 240)
endif()

# Every input shipped runs; every wrong one is refused in the words that stand beside it.
if(TARGET relapse)
  add_test(NAME input/malformed COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/input/malformed.sh $<TARGET_FILE_DIR:relapse>)
  add_test(NAME input/graph COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/input/graph.sh $<TARGET_FILE_DIR:relapse>)
  add_test(NAME input/good COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/input/good.sh $<TARGET_FILE_DIR:relapse>)
  add_test(NAME input/reference COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/input/reference.sh $<TARGET_FILE_DIR:relapse>)
  set_tests_properties(input/malformed input/graph input/good input/reference PROPERTIES LABELS input TIMEOUT 180)
endif()

# The survival statistics against R, where it is installed.
add_test(NAME r/survival COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/r/rerun.sh)
set_tests_properties(r/survival PROPERTIES LABELS r SKIP_RETURN_CODE 77 TIMEOUT 120)
if(TARGET relapse)
  add_test(NAME r/files COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/r/files.sh $<TARGET_FILE_DIR:relapse>)
  set_tests_properties(r/files PROPERTIES LABELS r SKIP_RETURN_CODE 77 TIMEOUT 120)
endif()

# The ensemble alone, with patients of known bytes: ranks, damage, full disks, kills.
foreach(name ensemble_job parallel_laws)
  add_executable(ranks_${name} ranks/${name}.c)
  target_link_libraries(ranks_${name} PRIVATE relapse_all)
endforeach()
add_test(NAME ranks/ensemble COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/ranks/ensemble.sh ${PROJECT_BINARY_DIR})
add_test(NAME fault/kill_resume COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/fault/kill_resume.sh ${PROJECT_BINARY_DIR})
# Both wait more than they work (launching, naps before a kill): about half a core each, so others may run beside them.
set_tests_properties(ranks/ensemble PROPERTIES LABELS ranks SKIP_RETURN_CODE 77 TIMEOUT 300)
set_tests_properties(fault/kill_resume PROPERTIES LABELS fault SKIP_RETURN_CODE 77 TIMEOUT 300)

# The finite state projection, where PETSc was found: its laws and its program alone and on two ranks.
if(TARGET relapse-projection)
  add_executable(projection_laws projection/laws.c)
  target_include_directories(projection_laws PRIVATE support)
  target_link_libraries(projection_laws PRIVATE room_projection PkgConfig::CMOCKA)
  add_test(NAME projection/laws COMMAND projection_laws)
  add_test(NAME projection/laws_on_two_ranks COMMAND mpirun -n 2 $<TARGET_FILE:projection_laws>)
  add_test(NAME projection/program COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/projection/program.sh $<TARGET_FILE_DIR:relapse>)
  find_program(VALGRIND valgrind) # this PETSc checks no arguments: a wrong index writes where it likes, and only valgrind sees it
  if(VALGRIND AND NOT RELAPSE_SANITIZE)
    add_test(NAME projection/valgrind COMMAND ${VALGRIND} -q --leak-check=no --error-exitcode=9 $<TARGET_FILE:relapse-projection>
             ${CMAKE_CURRENT_SOURCE_DIR}/projection/tiny.yaml --quiet --force --out ${CMAKE_CURRENT_BINARY_DIR}/valgrind.reference)
    set_tests_properties(projection/valgrind PROPERTIES LABELS long TIMEOUT 240)
  endif()
  set_tests_properties(projection/laws projection/laws_on_two_ranks PROPERTIES LABELS limits TIMEOUT 120)
  set_tests_properties(projection/laws_on_two_ranks PROPERTIES PROCESSORS 2 ENVIRONMENT
                       "OMPI_ALLOW_RUN_AS_ROOT=1;OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1;OMPI_MCA_rmaps_base_oversubscribe=1;OMPI_MCA_mpi_yield_when_idle=1")
  set_tests_properties(projection/program PROPERTIES LABELS ranks SKIP_RETURN_CODE 77 TIMEOUT 240)
else()
  add_test(NAME projection/laws COMMAND sh -c "echo 'skipped: PETSc is not installed, so relapse-projection is not built (Debian: libpetsc-real-dev)'; exit 77")
  set_tests_properties(projection/laws PROPERTIES LABELS limits SKIP_RETURN_CODE 77)
endif()
