target_sources(capf PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/issue.c
  ${CMAKE_CURRENT_LIST_DIR}/issue_extensions.c
  ${CMAKE_CURRENT_LIST_DIR}/issue_key.c
  ${CMAKE_CURRENT_LIST_DIR}/issue_lint.c
  ${CMAKE_CURRENT_LIST_DIR}/issue_profile.c
  ${CMAKE_CURRENT_LIST_DIR}/journal.c
)
