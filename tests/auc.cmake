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
