# Other people's implementations against ours: Debian's daemon with our modules, on loopback.
add_test(NAME kamailio_ue_milenage
  COMMAND python3 ${CMAKE_CURRENT_SOURCE_DIR}/interop/kamailio/milenage.py ${CMAKE_CURRENT_SOURCE_DIR}/vectors/milenage.txt)
set_tests_properties(kamailio_ue_milenage PROPERTIES LABELS oracle TIMEOUT 60 PASS_REGULAR_EXPRESSION "^32 sets")

if(NOT QUINTET_SANITIZE)
  add_test(NAME kamailio
    COMMAND bash ${CMAKE_CURRENT_SOURCE_DIR}/interop/kamailio/kamailio.sh ${PROJECT_BINARY_DIR})
  set_tests_properties(kamailio PROPERTIES
    LABELS interop TIMEOUT 300 PASS_REGULAR_EXPRESSION "DONE: [1-9][0-9]* passed"
    FAIL_REGULAR_EXPRESSION "FAILED:")
endif()
