# Fuzz targets. Each one runs over its corpus in every test run (label fuzz); with the preset fuzz it is built with
# libFuzzer as well (tools/fuzz, docs/fuzzing.md).
#
# quintet_fuzz(WHAT [MUTATOR source] [SOURCES sources...] LIBS libraries...): fuzz/fuzz_WHAT.c, corpus in
# fuzz/corpus/WHAT. The mutator is part of what runs under libFuzzer, which it calls.
function(quintet_fuzz what)
  cmake_parse_arguments(F "" "MUTATOR" "SOURCES;LIBS" ${ARGN})
  set(corpus ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/corpus/${what})
  set(programs replay_${what})
  add_executable(replay_${what} fuzz/fuzz_${what}.c fuzz/fuzz.c fuzz/replay.c ${F_SOURCES})
  add_test(NAME replay_${what} COMMAND replay_${what} ${corpus})
  set_tests_properties(replay_${what} PROPERTIES LABELS fuzz TIMEOUT 300)
  if(QUINTET_SANITIZE MATCHES fuzzer)
    add_executable(fuzz_${what} fuzz/fuzz_${what}.c fuzz/fuzz.c ${F_SOURCES} ${F_MUTATOR})
    target_link_options(fuzz_${what} PRIVATE -fsanitize=fuzzer)
    list(APPEND programs fuzz_${what})
  endif()
  foreach(program IN LISTS programs)
    target_include_directories(${program} PRIVATE ${PROJECT_SOURCE_DIR} support)
    target_link_libraries(${program} PRIVATE build_flags ${F_LIBS})
  endforeach()
endfunction()

set(mutator fuzz/mutate_diameter.c)
quintet_fuzz(guard MUTATOR ${mutator} LIBS hss_core)
quintet_fuzz(identity LIBS hss_core PkgConfig::LIBXML2)
quintet_fuzz(wildcard LIBS hss_core)
set(node fuzz/node.c support/temp_dir.c)
quintet_fuzz(documents SOURCES ${node} LIBS hss_service PkgConfig::LIBXML2 PkgConfig::CMOCKA)
quintet_fuzz(admin SOURCES ${node} LIBS hss_service PkgConfig::CMOCKA)
set(hssctl ${PROJECT_SOURCE_DIR}/tools/hssctl)
quintet_fuzz(csv SOURCES ${node} ${hssctl}/cmd_import.c ${hssctl}/csv.c ${hssctl}/seen.c
  ${hssctl}/transport.c
  LIBS hss_service OpenSSL::Crypto PkgConfig::CMOCKA)
quintet_fuzz(conf LIBS hss_service)
quintet_fuzz(slf LIBS hss_service)
if(QUINTET_DIAMETER)
  set(fixture support/subscription_fixture.c)
  quintet_fuzz(auts SOURCES ${fixture} LIBS codec_kit PkgConfig::CMOCKA)
  quintet_fuzz(cx_codec MUTATOR ${mutator} SOURCES ${fixture} LIBS codec_kit PkgConfig::CMOCKA)
endif()
