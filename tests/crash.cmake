# Crashes and faults: power cuts, disks that fail, and the faults that the checkers have to catch.

# What tests/support/faults.c takes the place of; see faults.h.
set(faults_wrap)
foreach(symbol store_open store_close store_begin store_commit store_rollback store_maintain
    store_registration_save)
  list(APPEND faults_wrap LINKER:--wrap=${symbol})
endforeach()

# Cuts at each write and sync. A sanitizer, under which they take some five times as long, looks at what is done after a cut,
# not at what is lost: for it at some of them.
set(cuts_worker 3)
set(cuts_admin 8)
set(cut_every 1)
if(QUINTET_SANITIZE)
  set(cuts_worker 1)
  set(cuts_admin 3)
  set(cut_every 4)
endif()

set(crash_kit support/crash_kit.c support/temp_dir.c support/vfs_shim.c)
quintet_unit_test(test_power_cut
  SOURCES unit/test_power_cut.c support/faults.c support/power_vfs.c ${crash_kit}
  LIBS hss_service PkgConfig::SQLITE3 LABEL store)
target_compile_definitions(test_power_cut PRIVATE CUTS_PER_POINT=${cuts_worker} CUT_EVERY=${cut_every})
target_link_options(test_power_cut PRIVATE ${faults_wrap} LINKER:--wrap=store_latched
  LINKER:--wrap=clock_gettime LINKER:--wrap=pthread_cond_clockwait)

quintet_unit_test(test_store_faults
  SOURCES unit/test_store_faults.c support/disk_faults.c ${crash_kit}
  LIBS hss_service PkgConfig::SQLITE3 LABEL store)
target_link_options(test_store_faults PRIVATE LINKER:--wrap=store_latched)

# The released schema with a step more, made for the test as the released one is (hss/CMakeLists.txt).
# The test's own objects come before the library's: this array is the one that the store works with.
file(GLOB released_steps CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/schema/sqlite/[0-9]*.sql)
list(LENGTH released_steps number)
math(EXPR number "${number} + 1")
string(REGEX MATCH "....$" number "000${number}")
set(schema_steps)
foreach(step ${released_steps} ${CMAKE_CURRENT_SOURCE_DIR}/support/next_step.sql)
  get_filename_component(name ${step} NAME)
  string(REPLACE next_step ${number}_next name ${name})
  set(copy ${CMAKE_CURRENT_BINARY_DIR}/schema_next/${name}) # one folder: embed.cmake sorts by path
  configure_file(${step} ${copy} COPYONLY)
  list(APPEND schema_steps ${copy})
endforeach()
set(schema_next ${CMAKE_CURRENT_BINARY_DIR}/schema_next.c)
add_custom_command(OUTPUT ${schema_next}
  COMMAND ${CMAKE_COMMAND} -DOUT=${schema_next} "-DSTEPS=${schema_steps}"
    -P ${PROJECT_SOURCE_DIR}/schema/embed.cmake
  DEPENDS ${schema_steps} ${PROJECT_SOURCE_DIR}/schema/embed.cmake VERBATIM)
quintet_unit_test(test_power_cut_admin
  SOURCES unit/test_power_cut_admin.c support/power_vfs.c support/power_file.c ${schema_next} ${crash_kit}
  LIBS hss_service PkgConfig::SQLITE3 LABEL store)
foreach(symbol open write fsync rename unlink)
  target_link_options(test_power_cut_admin PRIVATE LINKER:--wrap=${symbol})
endforeach()
target_compile_definitions(test_power_cut_admin PRIVATE CUTS_PER_POINT=${cuts_admin} CUT_EVERY=${cut_every})

# The calls by which the master key file is written.
quintet_unit_test(test_seal_faults
  SOURCES unit/test_seal_faults.c support/temp_dir.c LIBS hss_core LABEL unit)
foreach(symbol open read write fsync syncfs rename link fchown flock stat fstat close)
  target_link_options(test_seal_faults PRIVATE LINKER:--wrap=${symbol})
endforeach()

# Thousands of recoveries: begun first, and never waiting for a disk (support/temp_dir.h) or a clock.
set_tests_properties(test_power_cut test_power_cut_admin test_store_faults PROPERTIES TIMEOUT 900 COST 200)

if(QUINTET_DIAMETER)
  # hss.fdx with the faults of faults.h, never installed.
  get_target_property(hss_sources hss SOURCES)
  list(TRANSFORM hss_sources PREPEND ${PROJECT_SOURCE_DIR}/hss/)
  add_library(hss_faulty MODULE ${hss_sources} support/faults.c)
  target_link_libraries(hss_faulty
    PRIVATE build_flags hss_service cx_codec ending harden fdcore PkgConfig::SQLITE3)
  target_link_options(hss_faulty PRIVATE ${faults_wrap})

  # fault.fdx, a disk that fails under the daemon.
  add_library(fault MODULE support/fault_ext.c support/disk_faults.c support/vfs_shim.c)
  target_link_libraries(fault PRIVATE build_flags fdcore PkgConfig::SQLITE3)
  target_link_options(fault PRIVATE LINKER:-z,nodelete)
  add_library(late_threads MODULE support/late_threads.c)
  target_link_libraries(late_threads PRIVATE build_flags)
  set_target_properties(hss_faulty fault PROPERTIES PREFIX "" SUFFIX ".fdx")
  # Listed once is enough for clang-tidy, which sees ghosts when it reads a file twice.
  set_target_properties(hss_faulty PROPERTIES EXPORT_COMPILE_COMMANDS OFF)
  quintet_scenario(kill9_controls)
  quintet_scenario(faults)
  quintet_scenario(overload)
  set_tests_properties(overload PROPERTIES RUN_SERIAL ON)
endif()
