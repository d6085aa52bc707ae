function(squid_flags target)
  target_compile_options(${target} PRIVATE
    # Designated initialisers may leave fields at their defaults: that is what they are for.
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Wold-style-cast
    -Woverloaded-virtual -Wno-missing-field-initializers -Werror)
  if(SQUID_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=address,undefined -fno-sanitize-recover=all
                                             -fno-omit-frame-pointer)
    target_link_options(${target} PRIVATE -fsanitize=address,undefined)
  else()
    target_compile_options(${target} PRIVATE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection)
  endif()
  if(SQUID_FUZZ)
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
  target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/userspace ${CMAKE_SOURCE_DIR})
endfunction()

# squid_folder(NAME [USES libraries...]): one target of all sources in this folder.
# OBJECT libraries, because the linker drops a self-registering file out of a STATIC one. Their objects reach an
# executable through squid_executable(), which is given the whole list; USES only carries include paths and foreign
# libraries, and states who may know whom.
function(squid_folder name)
  cmake_parse_arguments(arg "" "" "USES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  if(NOT sources)
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE ${arg_USES})
    return()
  endif()
  add_library(${name} OBJECT ${sources})
  squid_flags(${name})
  target_link_libraries(${name} PUBLIC ${arg_USES})
endfunction()

function(squid_executable name)
  squid_flags(${name})
  target_link_libraries(${name} PRIVATE ${ARGN})
  target_link_options(${name} PRIVATE -pie -Wl,-z,relro,-z,now,-z,noexecstack)
endfunction()
