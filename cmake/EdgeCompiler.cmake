# Compiler settings that hold for every target of ours.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(EDGE_CCACHE ccache)
if(EDGE_CCACHE)
  # The sloppiness is what ccache asks for with precompiled headers; the rest lets build folders and
  # checkouts share what was compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
    CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${EDGE_CCACHE})
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>
    "$<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>")
endif()

# A terminal's memory is for the most part the pages of its program: edged is 6.4 MB stripped, and was
# 9.1 MB with -O3. It waits for disk and runtime, not for its own code.
string(REPLACE "-O3" "-Os" CMAKE_CXX_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")

# One code model for libraries and programs, so that all can use the one precompiled header.
add_compile_options(-fPIC)

# Unused code of static libraries goes at link time (the agent's budget is 15 MB on disk).
add_compile_options(-ffunction-sections -fdata-sections)
add_link_options(-Wl,--gc-sections -Wl,--as-needed)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_options(-fstack-protector-strong)
  add_compile_definitions(_FORTIFY_SOURCE=2)
  add_link_options(-Wl,-z,relro -Wl,-z,now)
endif()

if(EDGE_SANITIZE STREQUAL "address")
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
  option(EDGE_FUZZ "Tell libFuzzer which branches an input took" OFF)
  if(EDGE_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
  endif()
elseif(EDGE_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
elseif(EDGE_SANITIZE)
  message(FATAL_ERROR "EDGE_SANITIZE=${EDGE_SANITIZE}: write address or thread")
endif()

# Warnings are errors in our own code; generated code (proto/) does not get them.
add_library(edge_warnings INTERFACE)
target_compile_options(edge_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wold-style-cast
  -Wcast-qual -Wimplicit-fallthrough -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Clang has that among its own, but sees it in a main file only, and not where it compiles several
  # sources together.
  target_compile_options(edge_warnings INTERFACE -Wunused-const-variable=1)
  # GCC 12 sees overflows and uninitialised reads in inlined std::string and std::variant code
  # that are not there (GCC bugs 105329, 105562, 105593).
  target_compile_options(edge_warnings INTERFACE -Wno-restrict -Wno-maybe-uninitialized
    -Wno-stringop-overflow -Wno-array-bounds)
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(edge_warnings INTERFACE -Wthread-safety)
endif()
