target_sources(libcert PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/agent.c
  ${CMAKE_CURRENT_LIST_DIR}/bridge.c
  ${CMAKE_CURRENT_LIST_DIR}/child.c
  ${CMAKE_CURRENT_LIST_DIR}/explain.c
  ${CMAKE_CURRENT_LIST_DIR}/module.c
  ${CMAKE_CURRENT_LIST_DIR}/module_objects.c
  ${CMAKE_CURRENT_LIST_DIR}/module_sign.c
  ${CMAKE_CURRENT_LIST_DIR}/objects.c
  ${CMAKE_CURRENT_LIST_DIR}/open.c
  ${CMAKE_CURRENT_LIST_DIR}/pin_file.c
  ${CMAKE_CURRENT_LIST_DIR}/tokens.c
  ${CMAKE_CURRENT_LIST_DIR}/uri.c
)
target_link_libraries(libcert PRIVATE PkgConfig::P11KIT)
