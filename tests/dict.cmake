# The Cx dictionary (diameter-dict/).
quintet_unit_test(test_dict_cx_rows
  SOURCES unit/test_dict_cx_rows.c
  LIBS dict_cx_rows
  LABEL unit)

# against Wireshark's dictionary
add_executable(dict_dump support/dict_dump.c)
target_include_directories(dict_dump PRIVATE ${PROJECT_SOURCE_DIR})
target_link_libraries(dict_dump PRIVATE build_flags dict_cx_rows)
add_test(NAME dict_wireshark
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/integration/dict_wireshark.sh
    $<TARGET_FILE:dict_dump> ${PROJECT_SOURCE_DIR}/diameter-dict/cx_ids.h)
set_tests_properties(dict_wireshark PROPERTIES LABELS oracle TIMEOUT 300)

# in libfdcore and the daemon, beside Debian's dictionaries
add_executable(dict_probe support/dict_probe.c)
target_link_libraries(dict_probe PRIVATE build_flags fdcore)
add_library(dict_conflict MODULE support/dict_conflict.c)
set_target_properties(dict_conflict PROPERTIES PREFIX "" SUFFIX ".fdx")
target_link_libraries(dict_conflict PRIVATE build_flags fdcore)
# A module with a sanitizer does not load into a daemon without: there dict_probe alone does it.
set(dict_load_daemon)
if(NOT QUINTET_SANITIZE)
  find_program(FREEDIAMETERD freeDiameterd REQUIRED)
  set(dict_load_daemon ${FREEDIAMETERD})
endif()
add_test(NAME dict_load
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/integration/dict_load.sh
    $<TARGET_FILE:dict_probe> $<TARGET_FILE:dict_cx> $<TARGET_FILE:dict_conflict>
    ${dict_load_daemon})
# libfdcore frees nothing of what a process that ends without having started has loaded, and loads
# each module RTLD_GLOBAL though all of them define fd_ext_depends
set_tests_properties(dict_load PROPERTIES LABELS integration TIMEOUT 300
  ENVIRONMENT ASAN_OPTIONS=detect_leaks=0:detect_odr_violation=0)
