target_sources(libcert PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/conn.c
  ${CMAKE_CURRENT_LIST_DIR}/ctx_client.c
  ${CMAKE_CURRENT_LIST_DIR}/ctx_policy.c
  ${CMAKE_CURRENT_LIST_DIR}/ctx_server.c
  ${CMAKE_CURRENT_LIST_DIR}/policy.c
  ${CMAKE_CURRENT_LIST_DIR}/ports.c
  ${CMAKE_CURRENT_LIST_DIR}/scan_cert.c
  ${CMAKE_CURRENT_LIST_DIR}/scan_hello.c
  ${CMAKE_CURRENT_LIST_DIR}/scan_loop.c
  ${CMAKE_CURRENT_LIST_DIR}/scan_plan.c
  ${CMAKE_CURRENT_LIST_DIR}/scan_port.c
  ${CMAKE_CURRENT_LIST_DIR}/scan_reply.c
  ${CMAKE_CURRENT_LIST_DIR}/scan_shown.c
  ${CMAKE_CURRENT_LIST_DIR}/settings.c
  ${CMAKE_CURRENT_LIST_DIR}/suite.c
  ${CMAKE_CURRENT_LIST_DIR}/ticket.c
)
