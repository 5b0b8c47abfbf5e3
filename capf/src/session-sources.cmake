target_sources(capf PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/session.c
  ${CMAKE_CURRENT_LIST_DIR}/session_reply.c
  ${CMAKE_CURRENT_LIST_DIR}/session_words.c
)
