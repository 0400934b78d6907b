# edge_grpc: gRPC's client side (no TLS: it speaks over unix sockets) and protobuf's small runtime.
# edge_protobuf_lite: the latter alone.
#
# Linked statically, so that --gc-sections throws away what we don't call: a bare client is 6.7 MB
# of PSS instead of 9.2. Sanitizer builds take the shared libraries, which suppressions can name;
# so does a machine without the archives.
if(EDGE_SANITIZE)
  set(EDGE_STATIC_GRPC_DEFAULT OFF)
else()
  set(EDGE_STATIC_GRPC_DEFAULT ON)
endif()
option(EDGE_STATIC_GRPC "Link gRPC, abseil and protobuf statically" ${EDGE_STATIC_GRPC_DEFAULT})

find_package(ZLIB REQUIRED)

# Sets `out` to the archives of the named libraries, or to NOTFOUND if one is missing.
function(edge_find_archives out)
  set(found)
  foreach(library ${ARGN})
    find_library(EDGE_ARCHIVE_${library} lib${library}.a)
    mark_as_advanced(EDGE_ARCHIVE_${library})
    if(NOT EDGE_ARCHIVE_${library})
      message(STATUS "No lib${library}.a: gRPC is linked dynamically")
      set(${out} NOTFOUND PARENT_SCOPE)
      return()
    endif()
    list(APPEND found ${EDGE_ARCHIVE_${library}})
  endforeach()
  set(${out} ${found} PARENT_SCOPE)
endfunction()

set(archives NOTFOUND)
if(EDGE_STATIC_GRPC)
  set(abseil ${GRPC_STATIC_LIBRARIES})
  list(FILTER abseil INCLUDE REGEX "^absl_")
  list(REMOVE_DUPLICATES abseil)
  edge_find_archives(archives grpc++_unsecure grpc_unsecure gpr address_sorting upb cares
    ${abseil} protobuf-lite)
endif()

add_library(edge_protobuf_lite INTERFACE)
add_library(edge_grpc INTERFACE)
if(archives)
  target_link_libraries(edge_protobuf_lite INTERFACE ${EDGE_ARCHIVE_protobuf-lite}
    Threads::Threads)
  list(REMOVE_ITEM archives ${EDGE_ARCHIVE_protobuf-lite})
  list(JOIN archives "," group)
  target_link_libraries(edge_grpc INTERFACE "$<LINK_GROUP:RESCAN,${group}>" edge_protobuf_lite
    ZLIB::ZLIB)
else()
  target_link_libraries(edge_protobuf_lite INTERFACE protobuf::libprotobuf-lite)
  target_link_libraries(edge_grpc INTERFACE PkgConfig::GRPC edge_protobuf_lite)
endif()
