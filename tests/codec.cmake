# The codec: unit tests, and Wireshark's opinion. The log.
add_library(codec_kit STATIC support/codec_kit.c)
target_include_directories(codec_kit PUBLIC ${PROJECT_SOURCE_DIR} support)
target_link_libraries(codec_kit PRIVATE build_flags PUBLIC cx_codec dict_cx_rows)

foreach(test IN ITEMS test_cx_codec test_cx_codec_request test_cx_codec_answer)
  quintet_unit_test(${test} SOURCES unit/${test}.c support/codec_check.c LIBS codec_kit LABEL unit)
endforeach()
target_link_options(test_cx_codec PRIVATE
  LINKER:--wrap=malloc
  LINKER:--wrap=fd_msg_avp_new
  LINKER:--wrap=fd_msg_avp_setvalue
  LINKER:--wrap=fd_msg_new
  LINKER:--wrap=fd_msg_new_answer_from_req)

add_executable(codec_golden support/codec_golden.c)
target_link_libraries(codec_golden PRIVATE build_flags codec_kit)
add_test(NAME codec_tshark
  COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/integration/codec_tshark.sh $<TARGET_FILE:codec_golden>)
set_tests_properties(codec_tshark PROPERTIES LABELS oracle TIMEOUT 300)

quintet_unit_test(test_log
  SOURCES unit/test_log.c ${PROJECT_SOURCE_DIR}/hss/log.c LIBS hss_core fdproto LABEL unit)
target_link_options(test_log PRIVATE LINKER:--wrap=time)
