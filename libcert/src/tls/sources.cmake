target_sources(libcert PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/conn.c
  ${CMAKE_CURRENT_LIST_DIR}/ctx_client.c
  ${CMAKE_CURRENT_LIST_DIR}/ctx_identity.c
  ${CMAKE_CURRENT_LIST_DIR}/ctx_policy.c
  ${CMAKE_CURRENT_LIST_DIR}/ctx_server.c
  ${CMAKE_CURRENT_LIST_DIR}/policy.c
  ${CMAKE_CURRENT_LIST_DIR}/ports.c
  ${CMAKE_CURRENT_LIST_DIR}/settings.c
  ${CMAKE_CURRENT_LIST_DIR}/ticket.c
)
