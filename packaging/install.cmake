# Install rules by FHS. Configured for the prefix /usr, configuration goes to /etc and state to /var/lib; for any other
# prefix both stay below it, so that a user can install without being root, and `cmake --install --prefix` keeps its word.
include(GNUInstallDirs)
if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
  set(configuration_folder "/etc")
  set(state_folder "/var")
else()
  set(configuration_folder "etc")
  set(state_folder "var")
endif()
set(documents_folder "${CMAKE_INSTALL_DATADIR}/doc/switchyard")

install(TARGETS switchyard RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT server)
if(TARGET switchyard-plugin-check)
  install(TARGETS switchyard-plugin-check RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT sdk)
endif()
# One file per plug-in, whatever targets made them. The folder is the one that the binary searches first.
install(DIRECTORY "${PROJECT_BINARY_DIR}/plugins/" DESTINATION lib/switchyard/plugins COMPONENT server
  FILES_MATCHING PATTERN "*.so" PATTERN CMakeFiles EXCLUDE
  PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)

# For plug-in authors: switchyard-plugin-check MINE.so --vectors PREFIX/share/switchyard/exchanges
install(DIRECTORY tests/exchanges/ DESTINATION "${CMAKE_INSTALL_DATADIR}/switchyard/exchanges" COMPONENT sdk
  FILES_MATCHING PATTERN "*.json" PATTERN "README.md")
install(FILES README.md CHANGELOG.md LICENSE THIRD_PARTY.md DESTINATION "${documents_folder}" COMPONENT server)

install(FILES config/switchyard.properties DESTINATION "${configuration_folder}/switchyard" COMPONENT server
  PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ)
install(DIRECTORY DESTINATION "${state_folder}/lib/switchyard" COMPONENT server
  DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE)

configure_file(packaging/systemd/switchyard.service.in "${PROJECT_BINARY_DIR}/packaging/switchyard.service" @ONLY)
configure_file(packaging/systemd/switchyard.sysusers.in "${PROJECT_BINARY_DIR}/packaging/switchyard.sysusers" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/packaging/switchyard.service" DESTINATION lib/systemd/system COMPONENT server)
install(FILES "${PROJECT_BINARY_DIR}/packaging/switchyard.sysusers" DESTINATION lib/sysusers.d RENAME switchyard.conf
  COMPONENT server)
