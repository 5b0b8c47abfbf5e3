target_sources(capf PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/message_read.c
  ${CMAKE_CURRENT_LIST_DIR}/message_table.c
  ${CMAKE_CURRENT_LIST_DIR}/message_write.c
)
