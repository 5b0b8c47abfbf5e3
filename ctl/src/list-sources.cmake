target_sources(ctl PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/tags.c
  ${CMAKE_CURRENT_LIST_DIR}/header_read.c
  ${CMAKE_CURRENT_LIST_DIR}/header_write.c
  ${CMAKE_CURRENT_LIST_DIR}/signed_build.c
  ${CMAKE_CURRENT_LIST_DIR}/record_read.c
  ${CMAKE_CURRENT_LIST_DIR}/record_write.c
  ${CMAKE_CURRENT_LIST_DIR}/list_read.c
  ${CMAKE_CURRENT_LIST_DIR}/list_encode.c
  ${CMAKE_CURRENT_LIST_DIR}/list_build.c
  ${CMAKE_CURRENT_LIST_DIR}/list_attach.c
  ${CMAKE_CURRENT_LIST_DIR}/list_verify.c
)
