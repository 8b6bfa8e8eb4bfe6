# The AuC library: published sets, failures of OpenSSL, constant time, and another AuC.
quintet_unit_test(test_cpu SOURCES unit/test_cpu.c LIBS auc LABEL unit)
quintet_unit_test(test_sqn SOURCES unit/test_sqn.c LIBS auc LABEL unit)
quintet_unit_test(test_milenage
  SOURCES unit/test_milenage.c support/milenage_sets.c LIBS auc LABEL unit)
quintet_unit_test(test_vector
  SOURCES unit/test_vector.c support/milenage_sets.c LIBS auc LABEL unit)
target_link_options(test_vector PRIVATE
  LINKER:--wrap=CRYPTO_zalloc
  LINKER:--wrap=EVP_CIPHER_CTX_new
  LINKER:--wrap=EVP_CIPHER_fetch
  LINKER:--wrap=EVP_EncryptInit_ex2
  LINKER:--wrap=EVP_EncryptUpdate
  LINKER:--wrap=OPENSSL_cleanse)
quintet_unit_test(test_rand_pool SOURCES unit/test_rand_pool.c LIBS auc LABEL unit)
target_link_options(test_rand_pool PRIVATE
  LINKER:--wrap=CRYPTO_zalloc
  LINKER:--wrap=OPENSSL_cleanse
  LINKER:--wrap=RAND_bytes
  LINKER:--wrap=madvise
  LINKER:--wrap=mmap)

add_executable(auc_gen support/auc_gen.c)
target_link_libraries(auc_gen PRIVATE build_flags auc)
add_test(NAME osmo_auc_gen
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/integration/osmo_auc_gen.sh $<TARGET_FILE:auc_gen>)
set_tests_properties(osmo_auc_gen PROPERTIES LABELS oracle TIMEOUT 300)

# Constant time is a property of the machine code: what this build makes, and, compiled anew, what
# a release makes. valgrind and the sanitizers exclude each other.
if(NOT QUINTET_SANITIZE)
  add_executable(ct_auc unit/ct_auc.c)
  target_link_libraries(ct_auc PRIVATE build_flags auc)
  get_target_property(auc_sources auc SOURCES)
  list(TRANSFORM auc_sources PREPEND ${PROJECT_SOURCE_DIR}/auc/)
  add_executable(ct_auc_o2 unit/ct_auc.c ${auc_sources})
  target_compile_options(ct_auc_o2 PRIVATE -O2 -g)
  target_compile_definitions(ct_auc_o2 PRIVATE NDEBUG)
  target_link_libraries(ct_auc_o2 PRIVATE build_flags OpenSSL::Crypto)
  target_include_directories(ct_auc_o2 PRIVATE ${PROJECT_SOURCE_DIR})
  # The DWARF 5 of clang 14 stops valgrind 3.19. Function names stay, lines go.
  foreach(program ct_auc ct_auc_o2)
    target_link_options(${program} PRIVATE $<$<C_COMPILER_ID:Clang>:LINKER:--strip-debug>)
  endforeach()
  add_test(NAME constant_time
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/integration/constant_time.sh
      $<TARGET_FILE:ct_auc> $<TARGET_FILE:ct_auc_o2>)
  set_tests_properties(constant_time PROPERTIES LABELS oracle TIMEOUT 300)
endif()
