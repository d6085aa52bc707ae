# squid_bpf_skeleton(NAME FILE): compiles FILE.bpf.c with clang and makes FILE.skel.h with bpftool.
# The target NAME carries the include path of the skeleton; what uses it is built after it.
find_program(CLANG NAMES clang clang-14 clang-16 clang-19 REQUIRED)
find_program(BPFTOOL NAMES bpftool PATHS /usr/sbin /sbin REQUIRED)
execute_process(COMMAND uname -m OUTPUT_VARIABLE SQUID_MACHINE OUTPUT_STRIP_TRAILING_WHITESPACE)
string(REGEX REPLACE "x86_64" "x86" SQUID_BPF_ARCH "${SQUID_MACHINE}")
string(REGEX REPLACE "aarch64" "arm64" SQUID_BPF_ARCH "${SQUID_BPF_ARCH}")

# All generated headers, for tools that read the sources without building them.
add_custom_target(squid_generated)

function(squid_bpf_skeleton name stem)
  set(source ${CMAKE_CURRENT_SOURCE_DIR}/${stem}.bpf.c)
  set(object ${CMAKE_CURRENT_BINARY_DIR}/${stem}.bpf.o)
  set(skeleton ${CMAKE_CURRENT_BINARY_DIR}/${stem}.skel.h)
  add_custom_command(
    OUTPUT ${object}
    COMMAND ${CLANG} -g -O2 -mcpu=v3 -target bpf -D__TARGET_ARCH_${SQUID_BPF_ARCH} -Wall -Wextra -Werror
            -I${CMAKE_CURRENT_SOURCE_DIR} -I/usr/include/${SQUID_MACHINE}-linux-gnu
            -MD -MF ${object}.d -MT ${object} -c ${source} -o ${object}
    DEPENDS ${source}
    DEPFILE ${object}.d
    VERBATIM)
  # Through a temporary file: a failed bpftool must not leave half a header that looks up to date.
  add_custom_command(
    OUTPUT ${skeleton}
    COMMAND sh -c "${BPFTOOL} gen skeleton ${object} name ${stem}_bpf > ${skeleton}.tmp && mv ${skeleton}.tmp ${skeleton}"
    DEPENDS ${object}
    VERBATIM)
  add_custom_target(${name}_generated DEPENDS ${skeleton})
  add_dependencies(squid_generated ${name}_generated)
  add_library(${name} INTERFACE)
  add_dependencies(${name} ${name}_generated)
  # SYSTEM: generated code is not ours to keep free of warnings.
  target_include_directories(${name} SYSTEM INTERFACE ${CMAKE_CURRENT_BINARY_DIR})
  target_include_directories(${name} INTERFACE ${CMAKE_SOURCE_DIR})
endfunction()
