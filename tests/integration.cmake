# Scenarios with Debian's freeDiameterd, our modules, hssctl and scscf on loopback. Each has a node of its own.
function(quintet_scenario name)
  add_test(NAME ${name} COMMAND bash ${CMAKE_CURRENT_SOURCE_DIR}/integration/${name}.sh ${PROJECT_BINARY_DIR})
  set_tests_properties(${name} PROPERTIES
    LABELS integration TIMEOUT 600 PASS_REGULAR_EXPRESSION "DONE: [1-9][0-9]* passed"
    FAIL_REGULAR_EXPRESSION "FAILED:")
endfunction()

quintet_scenario(scscf_run_all)
quintet_scenario(storm)
quintet_scenario(cpu)
quintet_scenario(cxbench)
quintet_scenario(kill9)
quintet_scenario(slf)
quintet_scenario(transport_key)
quintet_scenario(sqn_profile)
quintet_scenario(malformed)
quintet_scenario(file_modes)
quintet_scenario(service)
quintet_scenario(tls)
quintet_scenario(access)
quintet_scenario(fairness)
quintet_scenario(abuse)
quintet_scenario(hostile)
quintet_scenario(push)
quintet_scenario(digest)
quintet_scenario(sigterm)
quintet_scenario(secret_hunt)
quintet_scenario(log_identities)
quintet_scenario(provisioning_online)
quintet_scenario(provisioning_documents)
quintet_scenario(backup)
quintet_scenario(key_rotation)

# These look at what one peer takes from another: nothing else may run beside them.
set_tests_properties(fairness PROPERTIES RUN_SERIAL ON)
# The long ones begin first, so that nothing waits for them at the end.
set_tests_properties(kill9 sigterm provisioning_online PROPERTIES COST 100)
