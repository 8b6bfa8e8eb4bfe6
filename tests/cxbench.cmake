# The load generator: its parts, and every check of it against answers that are wrong.
quintet_unit_test(test_cxbench_aka
  SOURCES unit/test_cxbench_aka.c support/milenage_sets.c LIBS cxbench_core LABEL unit)
foreach(part histogram model options slots sqn_set subscribers wire)
  quintet_unit_test(test_cxbench_${part}
    SOURCES unit/test_cxbench_${part}.c LIBS cxbench_core LABEL unit)
endforeach()
foreach(part check load)
  quintet_unit_test(test_cxbench_${part}
    SOURCES unit/test_cxbench_${part}.c support/cxbench_kit.c
    LIBS cxbench_core Threads::Threads LABEL unit)
endforeach()
