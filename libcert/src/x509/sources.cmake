target_sources(libcert PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/cert_der.c
  ${CMAKE_CURRENT_LIST_DIR}/cert_key_text.c
  ${CMAKE_CURRENT_LIST_DIR}/cert_load.c
  ${CMAKE_CURRENT_LIST_DIR}/cert_match.c
  ${CMAKE_CURRENT_LIST_DIR}/name_walk.c
  ${CMAKE_CURRENT_LIST_DIR}/peercheck.c
  ${CMAKE_CURRENT_LIST_DIR}/peercheck_names.c
  ${CMAKE_CURRENT_LIST_DIR}/role.c
)
target_sources(libcert PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/certbuild.c
  ${CMAKE_CURRENT_LIST_DIR}/certbuild_answer.c
  ${CMAKE_CURRENT_LIST_DIR}/certcheck.c
  ${CMAKE_CURRENT_LIST_DIR}/extensions.c
  ${CMAKE_CURRENT_LIST_DIR}/extensions_san.c
  ${CMAKE_CURRENT_LIST_DIR}/serial.c
  ${CMAKE_CURRENT_LIST_DIR}/weakkey.c
  ${CMAKE_CURRENT_LIST_DIR}/weakkey_lanes.c
  ${CMAKE_CURRENT_LIST_DIR}/weakkey_prime.c
  ${CMAKE_CURRENT_LIST_DIR}/weakkey_rsa.c
)
target_sources(libcert PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/name_agrees.c
  ${CMAKE_CURRENT_LIST_DIR}/name_parse.c
  ${CMAKE_CURRENT_LIST_DIR}/name_text.c
  ${CMAKE_CURRENT_LIST_DIR}/name_value.c
)
target_sources(libcert PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/bundle_pem.c
  ${CMAKE_CURRENT_LIST_DIR}/bundle_pkcs12.c
  ${CMAKE_CURRENT_LIST_DIR}/bundle_pkcs7.c
  ${CMAKE_CURRENT_LIST_DIR}/bundle_read.c
  ${CMAKE_CURRENT_LIST_DIR}/bundle_sort.c
  ${CMAKE_CURRENT_LIST_DIR}/bundle_what.c
  ${CMAKE_CURRENT_LIST_DIR}/password_cost.c
)
