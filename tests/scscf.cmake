# The companion S-CSCF: its parts, and every flow against a model of an HSS.
quintet_unit_test(test_isim
  SOURCES unit/test_isim.c support/milenage_sets.c LIBS scscf_core LABEL unit)
quintet_unit_test(test_digest SOURCES unit/test_digest.c LIBS scscf_core LABEL unit)
quintet_unit_test(test_trace SOURCES unit/test_trace.c LIBS scscf_core LABEL unit)
quintet_unit_test(test_redirect SOURCES unit/test_redirect.c LIBS scscf_core LABEL unit)
quintet_unit_test(test_scscf
  SOURCES unit/test_scscf.c support/fake_hss.c LIBS scscf_core LABEL unit)
quintet_unit_test(test_flows
  SOURCES unit/test_flows.c support/fake_hss.c LIBS scscf_core LABEL unit)
