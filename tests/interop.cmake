# Other people's implementations against ours: Debian's daemon with our modules, on loopback.
add_test(NAME kamailio_ue_milenage
  COMMAND python3 ${CMAKE_CURRENT_SOURCE_DIR}/interop/kamailio/milenage.py ${CMAKE_CURRENT_SOURCE_DIR}/vectors/milenage.txt)
set_tests_properties(kamailio_ue_milenage PROPERTIES LABELS oracle TIMEOUT 60 PASS_REGULAR_EXPRESSION "^32 sets")

# quintet_interop(NAME SCRIPT): a scenario with somebody else's peer.
function(quintet_interop name script)
  add_test(NAME ${name} COMMAND bash ${CMAKE_CURRENT_SOURCE_DIR}/interop/${script} ${PROJECT_BINARY_DIR})
  set_tests_properties(${name} PROPERTIES
    LABELS interop TIMEOUT 300 PASS_REGULAR_EXPRESSION "DONE: [1-9][0-9]* passed"
    FAIL_REGULAR_EXPRESSION "FAILED:")
endfunction()

if(NOT QUINTET_SANITIZE)
  quintet_interop(kamailio kamailio/kamailio.sh)
  set_tests_properties(kamailio PROPERTIES RUN_SERIAL ON) # its timers are short
  quintet_interop(erlang_peer erlang_peer.sh)
  quintet_interop(interworking interworking.sh)
endif()
