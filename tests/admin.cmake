# Administration: documents, operations over a store, frames; hssctl as a whole.
quintet_unit_test(test_csv SOURCES unit/test_csv.c ${PROJECT_SOURCE_DIR}/tools/hssctl/csv.c
  LIBS hss_core OpenSSL::Crypto LABEL unit)
quintet_unit_test(test_transport SOURCES unit/test_transport.c ${PROJECT_SOURCE_DIR}/tools/hssctl/transport.c
  LIBS hss_core OpenSSL::Crypto LABEL unit)
quintet_unit_test(test_admin_doc SOURCES unit/test_admin_doc.c support/temp_dir.c
  LIBS hss_service LABEL unit)
quintet_unit_test(test_admin_digest SOURCES unit/test_admin_digest.c support/temp_dir.c
  LIBS hss_service LABEL unit)
set(admin_fixture support/admin_fixture.c support/temp_dir.c)
quintet_unit_test(test_admin SOURCES unit/test_admin.c ${admin_fixture}
  LIBS hss_service LABEL unit)
quintet_unit_test(test_admin_apply SOURCES unit/test_admin_apply.c ${admin_fixture}
  LIBS hss_service LABEL unit)
quintet_unit_test(test_admin_diff SOURCES unit/test_admin_diff.c ${admin_fixture}
  LIBS hss_service LABEL unit)
quintet_unit_test(test_admin_memory SOURCES unit/test_admin_memory.c ${admin_fixture}
  LIBS hss_service LABEL unit)
target_link_options(test_admin_memory PRIVATE LINKER:--wrap=malloc LINKER:--wrap=calloc
  LINKER:--wrap=json_loads)
quintet_unit_test(test_admin_key SOURCES unit/test_admin_key.c ${admin_fixture}
  LIBS hss_service LABEL unit)
quintet_unit_test(test_admin_object SOURCES unit/test_admin_object.c ${admin_fixture}
  LIBS hss_service LABEL unit)
quintet_unit_test(test_admin_push SOURCES unit/test_admin_push.c ${admin_fixture}
  LIBS hss_service LABEL unit)
quintet_unit_test(test_profile_doc SOURCES unit/test_profile_doc.c
  LIBS hss_service PkgConfig::LIBXML2 LABEL unit)
if(TARGET hssctl)
  add_test(NAME hssctl
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/integration/hssctl.sh $<TARGET_FILE:hssctl> offline)
  set_tests_properties(hssctl PROPERTIES LABELS integration TIMEOUT 900)
endif()
