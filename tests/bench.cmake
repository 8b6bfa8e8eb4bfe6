# For tools/bench: the handler that does nothing, and what a vector and a sync cost. Never installed.
add_library(null MODULE bench/null.c ${PROJECT_SOURCE_DIR}/hss/sockets.c)
set_target_properties(null PROPERTIES PREFIX "" SUFFIX ".fdx" EXPORT_COMPILE_COMMANDS OFF)
target_link_libraries(null PRIVATE build_flags cx_codec fdcore)

add_executable(cost bench/cost.c)
target_link_libraries(cost PRIVATE build_flags auc)

# For tools/bench-ct.
add_executable(bench_ct bench/ct.c)
target_link_libraries(bench_ct PRIVATE build_flags hss_core m)
