target_sources(capf PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/proof.c
  ${CMAKE_CURRENT_LIST_DIR}/proof_bare.c
  ${CMAKE_CURRENT_LIST_DIR}/proof_chain.c
)
