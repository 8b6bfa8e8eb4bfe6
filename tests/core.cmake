# The pure heart: identities, procedures, profile document.
set(fixture support/subscription_fixture.c)
quintet_unit_test(test_access SOURCES unit/test_access.c LIBS hss_core LABEL unit)
target_link_options(test_access PRIVATE LINKER:--wrap=calloc LINKER:--wrap=reallocarray LINKER:--wrap=strdup)
quintet_unit_test(test_arena SOURCES unit/test_arena.c LIBS hss_core LABEL unit)
target_link_options(test_arena PRIVATE LINKER:--wrap=malloc)
quintet_unit_test(test_harden SOURCES unit/test_harden.c LIBS harden OpenSSL::Crypto LABEL unit)
quintet_unit_test(test_log_id SOURCES unit/test_log_id.c LIBS hss_core OpenSSL::Crypto LABEL unit)
quintet_unit_test(test_subscription SOURCES unit/test_subscription.c LIBS hss_core LABEL unit)
quintet_unit_test(test_identity SOURCES unit/test_identity.c LIBS hss_core LABEL unit)
quintet_unit_test(test_wildcard SOURCES unit/test_wildcard.c LIBS hss_core LABEL unit)
quintet_unit_test(test_slf SOURCES unit/test_slf.c LIBS hss_core LABEL unit)
target_link_options(test_slf PRIVATE LINKER:--wrap=malloc LINKER:--wrap=calloc LINKER:--wrap=reallocarray)
quintet_unit_test(test_cx SOURCES unit/test_cx.c ${fixture} LIBS hss_core LABEL unit)
quintet_unit_test(test_push_plan
  SOURCES unit/test_push_plan.c support/short_arena.c ${fixture} LIBS hss_core LABEL unit)
foreach(procedure ppr rtr)
  quintet_unit_test(test_cx_${procedure}
    SOURCES unit/test_cx_${procedure}.c support/short_arena.c ${fixture} LIBS hss_core LABEL unit)
endforeach()
foreach(test push_plan cx_ppr cx_rtr)
  target_link_options(test_${test} PRIVATE
    LINKER:--wrap=arena_alloc LINKER:--wrap=arena_array LINKER:--wrap=arena_text)
endforeach()
foreach(procedure uar lir mar sar sar_restoration)
  quintet_unit_test(test_cx_${procedure}
    SOURCES unit/test_cx_${procedure}.c ${fixture} LIBS hss_core LABEL unit)
endforeach()
foreach(procedure mar sar sar_restoration)
  target_link_options(test_cx_${procedure} PRIVATE LINKER:--wrap=malloc)
endforeach()
# 100,000 walks (10,000 under a sanitizer), of a seed that it prints; QUINTET_SEED and QUINTET_WALKS in the environment repeat them.
quintet_unit_test(test_sqn_walks
  SOURCES unit/test_sqn_walks.c support/usim.c ${fixture} LIBS hss_core LABEL unit)
if(QUINTET_SANITIZE)
  set_tests_properties(test_sqn_walks PROPERTIES ENVIRONMENT QUINTET_WALKS=10000)
endif()
quintet_unit_test(test_user_data
  SOURCES unit/test_user_data.c ${fixture} LIBS hss_core PkgConfig::LIBXML2 LABEL unit)
