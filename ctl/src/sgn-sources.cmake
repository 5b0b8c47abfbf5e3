target_sources(ctl PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/encsgn_cipher.c
  ${CMAKE_CURRENT_LIST_DIR}/encsgn_decrypt.c
  ${CMAKE_CURRENT_LIST_DIR}/encsgn_stub.c
  ${CMAKE_CURRENT_LIST_DIR}/encsgn_write.c
  ${CMAKE_CURRENT_LIST_DIR}/encsgn_xml.c
  ${CMAKE_CURRENT_LIST_DIR}/sgn_read.c
  ${CMAKE_CURRENT_LIST_DIR}/sgn_resign.c
  ${CMAKE_CURRENT_LIST_DIR}/sgn_verify.c
  ${CMAKE_CURRENT_LIST_DIR}/sgn_write.c
)
