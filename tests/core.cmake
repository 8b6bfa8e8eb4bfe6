# The pure heart: identities, procedures, profile document.
set(fixture support/subscription_fixture.c)
quintet_unit_test(test_arena SOURCES unit/test_arena.c LIBS hss_core LABEL unit)
target_link_options(test_arena PRIVATE LINKER:--wrap=malloc)
quintet_unit_test(test_subscription SOURCES unit/test_subscription.c LIBS hss_core LABEL unit)
quintet_unit_test(test_identity SOURCES unit/test_identity.c LIBS hss_core LABEL unit)
quintet_unit_test(test_wildcard SOURCES unit/test_wildcard.c LIBS hss_core LABEL unit)
quintet_unit_test(test_slf SOURCES unit/test_slf.c LIBS hss_core LABEL unit)
target_link_options(test_slf PRIVATE LINKER:--wrap=malloc LINKER:--wrap=calloc LINKER:--wrap=reallocarray)
quintet_unit_test(test_cx SOURCES unit/test_cx.c ${fixture} LIBS hss_core LABEL unit)
quintet_unit_test(test_push_plan SOURCES unit/test_push_plan.c ${fixture} LIBS hss_core LABEL unit)
foreach(procedure uar lir mar ppr rtr sar sar_restoration)
  quintet_unit_test(test_cx_${procedure}
    SOURCES unit/test_cx_${procedure}.c ${fixture} LIBS hss_core LABEL unit)
endforeach()
foreach(procedure mar sar sar_restoration)
  target_link_options(test_cx_${procedure} PRIVATE LINKER:--wrap=malloc)
endforeach()
# 100,000 walks, of a seed that it prints; QUINTET_SEED and QUINTET_WALKS in the environment repeat them.
quintet_unit_test(test_sqn_walks
  SOURCES unit/test_sqn_walks.c support/usim.c ${fixture} LIBS hss_core LABEL unit)
quintet_unit_test(test_user_data
  SOURCES unit/test_user_data.c ${fixture} LIBS hss_core PkgConfig::LIBXML2 LABEL unit)
