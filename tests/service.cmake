# Sealing, the guard, configuration, the worker.
quintet_unit_test(test_seal SOURCES unit/test_seal.c LIBS hss_core LABEL unit)
quintet_unit_test(test_hex SOURCES unit/test_hex.c LIBS hss_core LABEL unit)
quintet_unit_test(test_ha1 SOURCES unit/test_ha1.c LIBS hss_core LABEL unit)
quintet_unit_test(test_guard SOURCES unit/test_guard.c LIBS hss_core LABEL unit)
quintet_unit_test(test_conf SOURCES unit/test_conf.c LIBS hss_service LABEL unit)
quintet_unit_test(test_files SOURCES unit/test_files.c support/temp_dir.c LIBS hss_service LABEL unit)
quintet_unit_test(test_cert SOURCES unit/test_cert.c support/temp_dir.c LIBS hss_core OpenSSL::Crypto LABEL unit)
quintet_unit_test(test_slf_conf SOURCES unit/test_slf_conf.c LIBS hss_service LABEL unit)
quintet_unit_test(test_serve
  SOURCES unit/test_serve.c support/sample_sub.c support/temp_dir.c LIBS hss_service LABEL unit)
target_link_options(test_serve PRIVATE LINKER:--wrap=store_subscription_load)
quintet_unit_test(test_worker SOURCES unit/test_worker.c LIBS hss_service LABEL unit)
target_link_options(test_worker PRIVATE LINKER:--wrap=store_commit LINKER:--wrap=store_latched)
quintet_unit_test(test_push_work
  SOURCES unit/test_push_work.c support/sample_sub.c support/temp_dir.c LIBS hss_service LABEL unit)
