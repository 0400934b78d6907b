# edge_kubernetes_test(NAME [CLUSTER] TIMEOUT SECONDS COMMAND ...): a test that needs a real
# Kubernetes, built before it; skipped where there is none. With CLUSTER the command runs beside a
# cluster of its own (tests/kubernetes/with_cluster). One at a time, for a cluster is a load.
function(edge_kubernetes_test name)
  cmake_parse_arguments(ARG "CLUSTER" "TIMEOUT" "COMMAND" ${ARGN})
  if(ARG_CLUSTER)
    list(PREPEND ARG_COMMAND ${CMAKE_SOURCE_DIR}/tests/kubernetes/with_cluster)
  endif()
  add_test(NAME "${name}" COMMAND ${ARG_COMMAND} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties("${name}" PROPERTIES LABELS kubernetes TIMEOUT ${ARG_TIMEOUT}
    SKIP_RETURN_CODE 77 RESOURCE_LOCK kubernetes FIXTURES_REQUIRED kubernetes)
endfunction()
