target_sources(ctl PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/accept.c
  ${CMAKE_CURRENT_LIST_DIR}/accept_certificate.c
  ${CMAKE_CURRENT_LIST_DIR}/accept_find.c
  ${CMAKE_CURRENT_LIST_DIR}/diff.c
  ${CMAKE_CURRENT_LIST_DIR}/diff_match.c
  ${CMAKE_CURRENT_LIST_DIR}/lint.c
  ${CMAKE_CURRENT_LIST_DIR}/lint_record.c
  ${CMAKE_CURRENT_LIST_DIR}/show_cucm.c
  ${CMAKE_CURRENT_LIST_DIR}/show_json.c
  ${CMAKE_CURRENT_LIST_DIR}/show_text.c
  ${CMAKE_CURRENT_LIST_DIR}/show_words.c
)
