# The store: one contract suite for every backend, and what is particular to SQLite.
quintet_unit_test(test_store
  SOURCES unit/test_store.c support/sample_sub.c support/temp_dir.c
  LIBS hss_store_sqlite LABEL store)

quintet_unit_test(test_store_sqlite
  SOURCES unit/test_store_sqlite.c support/fault_vfs.c support/vfs_shim.c support/sample_sub.c support/temp_dir.c
  LIBS hss_store_sqlite PkgConfig::SQLITE3 LABEL store)

quintet_unit_test(test_store_sweep
  SOURCES unit/test_store_sweep.c support/fault_vfs.c support/vfs_shim.c support/sample_sub.c support/temp_dir.c
  LIBS hss_store_sqlite PkgConfig::SQLITE3 LABEL store)

quintet_unit_test(test_store_copy
  SOURCES unit/test_store_copy.c support/fault_vfs.c support/vfs_shim.c support/sample_sub.c support/temp_dir.c
  LIBS hss_store_sqlite PkgConfig::SQLITE3 LABEL store)
target_link_options(test_store_copy PRIVATE
  LINKER:--wrap=fsync
  LINKER:--wrap=link
  LINKER:--wrap=rename
  LINKER:--wrap=renameat2
  LINKER:--wrap=write)

quintet_unit_test(test_keys SOURCES unit/test_keys.c support/sample_sub.c support/temp_dir.c
  LIBS hss_service LABEL store)
