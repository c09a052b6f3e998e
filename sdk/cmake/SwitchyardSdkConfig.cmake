# find_package(SwitchyardSdk): the target Switchyard::Sdk (headers alone), the function switchyard_add_plugin and, in
# SWITCHYARD_PLUGIN_CHECK, the checker. Finds its files relative to itself: the prefix may be moved.
get_filename_component(SWITCHYARD_SDK_PREFIX "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
if(NOT TARGET Switchyard::Sdk)
  add_library(Switchyard::Sdk INTERFACE IMPORTED)
  set_target_properties(Switchyard::Sdk PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${SWITCHYARD_SDK_PREFIX}/include")
endif()
set(SWITCHYARD_PLUGIN_CHECK "${SWITCHYARD_SDK_PREFIX}/bin/switchyard-plugin-check")
include("${CMAKE_CURRENT_LIST_DIR}/SwitchyardPlugin.cmake")
