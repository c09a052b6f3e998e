# switchyard_add_plugin(name SOURCES files... [LINK libraries...] [OUTPUT_DIRECTORY folder] [NO_INSTALL])
#
# A provider plug-in: the shared object <name>.so, built so that the gateway takes it. It exports the one symbol
# `switchyard_plugin` and carries its own C++ library, so neither side sees the other's. By default it lies in the folder
# plugins/ of the build tree and is installed to lib/switchyard/plugins.
#
# SWITCHYARD_SANITIZE (empty, address or thread) tells that the whole build is sanitized, by -fsanitize=... among its
# compile and link options. A sanitizer's runtime must be the process's only one, so such a plug-in links its libraries as
# shared objects and leaves symbols open; only a gateway and a checker built with a sanitizer accept it.

function(switchyard_add_plugin name)
  cmake_parse_arguments(P "NO_INSTALL" "OUTPUT_DIRECTORY" "SOURCES;LINK" ${ARGN})
  if(NOT P_SOURCES)
    message(FATAL_ERROR "switchyard_add_plugin(${name}): SOURCES is missing")
  endif()
  if(NOT P_OUTPUT_DIRECTORY)
    set(P_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/plugins")
  endif()
  add_library(${name} MODULE ${P_SOURCES})
  target_link_libraries(${name} PRIVATE Switchyard::Sdk ${P_LINK})
  set_target_properties(${name} PROPERTIES PREFIX "" OUTPUT_NAME ${name} SUFFIX ".so" POSITION_INDEPENDENT_CODE ON
    LIBRARY_OUTPUT_DIRECTORY "${P_OUTPUT_DIRECTORY}" LINK_DEPENDS "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/plugin.map"
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  target_compile_features(${name} PRIVATE c_std_11 cxx_std_17)
  # A unique symbol, which any inline variable would be, keeps the object mapped after dlclose.
  target_compile_options(${name} PRIVATE -ffunction-sections -fdata-sections
    $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique>)
  target_link_options(${name} PRIVATE "-Wl,--version-script,${CMAKE_CURRENT_FUNCTION_LIST_DIR}/plugin.map" -Wl,--gc-sections -Wl,--build-id
    -Wl,-z,noexecstack -Wl,-z,relro -Wl,-z,now)
  if(NOT SWITCHYARD_SANITIZE)
    target_link_options(${name} PRIVATE -Wl,-z,defs -static-libgcc $<$<LINK_LANGUAGE:CXX>:-static-libstdc++>)
  endif()
  if(NOT P_NO_INSTALL)
    install(TARGETS ${name} LIBRARY DESTINATION lib/switchyard/plugins COMPONENT plugins)
  endif()
endfunction()
