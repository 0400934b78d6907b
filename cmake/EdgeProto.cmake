# edge_proto_library(edge_proto SOURCES proto/edge/v1/link.proto [GRPC] [FULL])
# generates C++ from interface files at build time and makes the static library of that name.
#
# SOURCES are paths from the top of the tree, and so are `import` lines and includes:
# #include "proto/edge/v1/link.pb.h". GRPC adds the service stubs (link.grpc.pb.h) and links gRPC.
# Files say `option optimize_for = LITE_RUNTIME;` and link the small runtime; FULL is for those
# that need descriptors or Google's own messages (Any, Timestamp). Generated code is compiled
# without our warnings, and its headers are system headers to those who include them.
include(EdgeGrpc)

set(EDGE_PROTO_OUT ${CMAKE_BINARY_DIR}/generated)

function(edge_proto_library name)
  cmake_parse_arguments(ARG "GRPC;FULL" "" "SOURCES" ${ARGN})
  set(generated)
  foreach(source ${ARG_SOURCES})
    string(REGEX REPLACE "\\.proto$" "" stem ${source})
    set(outputs ${EDGE_PROTO_OUT}/${stem}.pb.cc ${EDGE_PROTO_OUT}/${stem}.pb.h)
    set(flags --cpp_out=${EDGE_PROTO_OUT})
    if(ARG_GRPC)
      list(APPEND outputs ${EDGE_PROTO_OUT}/${stem}.grpc.pb.cc ${EDGE_PROTO_OUT}/${stem}.grpc.pb.h)
      list(APPEND flags --grpc_out=${EDGE_PROTO_OUT}
        --plugin=protoc-gen-grpc=${EDGE_GRPC_CPP_PLUGIN})
    endif()
    set(others ${ARG_SOURCES})
    list(TRANSFORM others PREPEND ${CMAKE_SOURCE_DIR}/)
    add_custom_command(OUTPUT ${outputs}
      COMMAND ${CMAKE_COMMAND} -E make_directory ${EDGE_PROTO_OUT}
      COMMAND ${EDGE_PROTOC} --proto_path=${CMAKE_SOURCE_DIR} ${flags}
              ${CMAKE_SOURCE_DIR}/${source}
      DEPENDS ${others}
      COMMENT "Generating C++ from ${source}" VERBATIM)
    list(APPEND generated ${outputs})
  endforeach()
  add_library(${name} STATIC ${generated})
  target_include_directories(${name} SYSTEM PUBLIC ${EDGE_PROTO_OUT})
  if(ARG_GRPC)
    target_link_libraries(${name} PUBLIC edge_grpc)
  endif()
  if(ARG_FULL)
    target_link_libraries(${name} PUBLIC protobuf::libprotobuf)
  elseif(NOT ARG_GRPC)
    target_link_libraries(${name} PUBLIC edge_protobuf_lite)
  endif()
endfunction()
