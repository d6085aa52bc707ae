# What a package has besides the program, and how CPack makes a Debian package of it: scripts/package.
set(SQUID_MAN_PAGE ${CMAKE_BINARY_DIR}/squid-bpf.8.gz)
add_custom_command(
  OUTPUT ${SQUID_MAN_PAGE}
  COMMAND sh -c "${CMAKE_SOURCE_DIR}/scripts/man-page $<TARGET_FILE:squid-bpf> | gzip -9 -n > ${SQUID_MAN_PAGE}"
  DEPENDS squid-bpf ${CMAKE_SOURCE_DIR}/scripts/man-page
  VERBATIM)
add_custom_target(squid_man_page DEPENDS ${SQUID_MAN_PAGE})

install(TARGETS squid-bpf RUNTIME DESTINATION bin)
install(FILES ${SQUID_MAN_PAGE} DESTINATION share/man/man8)
install(FILES packaging/squid-bpf.service DESTINATION /lib/systemd/system)
install(FILES packaging/squid-bpf.json DESTINATION /etc/squid-bpf)
install(FILES packaging/squid-bpf.bash DESTINATION share/bash-completion/completions RENAME squid-bpf)
install(FILES packaging/squid-bpf.zsh DESTINATION share/zsh/vendor-completions RENAME _squid-bpf)
install(FILES CHANGELOG.md README.md DESTINATION share/doc/squid-bpf)

# One list of what a built squid-bpf needs: the image and the package read it.
execute_process(COMMAND ${CMAKE_SOURCE_DIR}/scripts/packages runtime OUTPUT_VARIABLE SQUID_RUNTIME
                OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
string(REPLACE "\n" ", " SQUID_RUNTIME "${SQUID_RUNTIME}")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME squid-bpf)
set(CPACK_PACKAGE_CONTACT "The squid-bpf developers <squid-bpf@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "CPU, memory, block I/O and network of every container")
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_SET_DESTDIR ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "init-system-helpers, libc6, ${SQUID_RUNTIME}")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
    "A daemon that tells what every container of this host uses, read from the kernel by eBPF and from the cgroup
 files, and ships it to graphite and other sinks.")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${CMAKE_SOURCE_DIR}/packaging/debian/conffiles ${CMAKE_SOURCE_DIR}/packaging/debian/postinst
    ${CMAKE_SOURCE_DIR}/packaging/debian/prerm ${CMAKE_SOURCE_DIR}/packaging/debian/postrm)
include(CPack)
