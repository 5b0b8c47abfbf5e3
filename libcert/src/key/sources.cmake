target_sources(libcert PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/key_file.c
  ${CMAKE_CURRENT_LIST_DIR}/key_generate.c
  ${CMAKE_CURRENT_LIST_DIR}/key_kdf.c
  ${CMAKE_CURRENT_LIST_DIR}/key_pem.c
  ${CMAKE_CURRENT_LIST_DIR}/key_pkcs12.c
  ${CMAKE_CURRENT_LIST_DIR}/key_read.c
  ${CMAKE_CURRENT_LIST_DIR}/key_sign.c
  ${CMAKE_CURRENT_LIST_DIR}/key_spec.c
  ${CMAKE_CURRENT_LIST_DIR}/password.c
)
