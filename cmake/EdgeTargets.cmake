option(EDGE_PCH "Precompile the standard library's and nlohmann/json's headers (2 s a source file)" ON)

# Two precompiled headers: the product's, made with edge_common, and the tests', made with
# edge_test_support. The JSON library alone is 2 s of every source file. Off for clang-tidy, which
# reads compile_commands.json with another compiler.
function(edge_make_pch target)
  if(EDGE_PCH)
    target_precompile_headers(${target} PRIVATE "${CMAKE_SOURCE_DIR}/common/json.h" <chrono>
      <functional> <map> <memory> <optional> <string> <string_view> <utility> <variant> <vector>
      ${ARGN})
  endif()
endfunction()

function(edge_use_pch target maker)
  if(NOT EDGE_PCH)
    return()
  endif()
  target_precompile_headers(${target} REUSE_FROM ${maker})
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "EXECUTABLE" AND CMAKE_POSITION_INDEPENDENT_CODE)
    # GCC refuses a precompiled header made with -fPIC in a file compiled with -fPIE.
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${target} PRIVATE -fPIC)
  endif()
endfunction()

# edge_library(kube SOURCES a.cpp b.cpp DEPS edge_common [PRIVATE_DEPS PkgConfig::SQLITE])
# makes the static library edge_kube. Headers are included from the top: "kube/quantity.h".
function(edge_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  add_library(edge_${name} STATIC ${ARG_SOURCES})
  target_include_directories(edge_${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(edge_${name} PUBLIC ${ARG_DEPS} PRIVATE ${ARG_PRIVATE_DEPS} edge_warnings)
  if(name STREQUAL "common")
    edge_make_pch(edge_common)
  else()
    edge_use_pch(edge_${name} edge_common)
  endif()
endfunction()

# edge_program(edged SOURCES main.cpp DEPS edge_agent) makes the executable edged in <build>/bin.
function(edge_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} edge_warnings)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
  edge_use_pch(${name} edge_common)
endfunction()

# edge_test(kube_unit LABELS unit SOURCES quantity_test.cpp DEPS edge_kube) makes the executable
# test_kube_unit, of which each Catch2 TEST_CASE is a ctest named by its sentence.
# Those whose label says unit, contract or model also belong to the target sanitized_tests, unless it
# says not-sanitized too (one label, as contract-not-sanitized: Catch's module takes no list of them).
# TIMEOUT is per test case, in seconds (default 60), and three times that with sanitizers. SERIAL
# keeps the cases from running beside others (they own a port, a cgroup or the machine's load).
# OPTIMIZED compiles its sources as the product's, for those that spend longer running than
# compiling.
function(edge_test name)
  cmake_parse_arguments(ARG "SERIAL;OPTIMIZED" "TIMEOUT;LABELS" "SOURCES;DEPS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 60)
  endif()
  if(EDGE_SANITIZE)
    math(EXPR ARG_TIMEOUT "3 * ${ARG_TIMEOUT}")
  endif()
  add_executable(test_${name} ${ARG_SOURCES})
  target_link_libraries(test_${name} PRIVATE edge_test_support ${ARG_DEPS} edge_warnings)
  target_include_directories(test_${name} PRIVATE ${CMAKE_SOURCE_DIR})
  set_target_properties(test_${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  if(ARG_OPTIMIZED)
    edge_use_pch(test_${name} edge_common)
  else()
    target_link_libraries(test_${name} PRIVATE edge_test_flags)
    edge_use_pch(test_${name} edge_test_support)
  endif()
  set(properties LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT}
    ENVIRONMENT "EDGE_SOURCE_DIR=${CMAKE_SOURCE_DIR}")
  if(ARG_SERIAL)
    list(APPEND properties RUN_SERIAL TRUE)
  endif()
  if(ARG_LABELS MATCHES "unit|contract|model" AND NOT ARG_LABELS MATCHES "not-sanitized")
    add_dependencies(sanitized_tests test_${name})
  endif()
  catch_discover_tests(test_${name} PROPERTIES ${properties})
endfunction()
