target_sources(libcert PRIVATE
  ${CMAKE_CURRENT_LIST_DIR}/audit_chain.c
  ${CMAKE_CURRENT_LIST_DIR}/audit_mark.c
  ${CMAKE_CURRENT_LIST_DIR}/audit_who.c
  ${CMAKE_CURRENT_LIST_DIR}/backup.c
  ${CMAKE_CURRENT_LIST_DIR}/bindings.c
  ${CMAKE_CURRENT_LIST_DIR}/bindings_read.c
  ${CMAKE_CURRENT_LIST_DIR}/bindings_roles.c
  ${CMAKE_CURRENT_LIST_DIR}/ca_requests.c
  ${CMAKE_CURRENT_LIST_DIR}/canaries.c
  ${CMAKE_CURRENT_LIST_DIR}/certs.c
  ${CMAKE_CURRENT_LIST_DIR}/check.c
  ${CMAKE_CURRENT_LIST_DIR}/followed.c
  ${CMAKE_CURRENT_LIST_DIR}/identity.c
  ${CMAKE_CURRENT_LIST_DIR}/inventory.c
  ${CMAKE_CURRENT_LIST_DIR}/inventory_lists.c
  ${CMAKE_CURRENT_LIST_DIR}/inventory_survey.c
  ${CMAKE_CURRENT_LIST_DIR}/ledger.c
  ${CMAKE_CURRENT_LIST_DIR}/lists.c
  ${CMAKE_CURRENT_LIST_DIR}/nodes.c
  ${CMAKE_CURRENT_LIST_DIR}/notices.c
  ${CMAKE_CURRENT_LIST_DIR}/phoneprofiles.c
  ${CMAKE_CURRENT_LIST_DIR}/phoneprofiles_book.c
  ${CMAKE_CURRENT_LIST_DIR}/phoneprofiles_rules.c
  ${CMAKE_CURRENT_LIST_DIR}/phones.c
  ${CMAKE_CURRENT_LIST_DIR}/phones_source.c
  ${CMAKE_CURRENT_LIST_DIR}/phones_string.c
  ${CMAKE_CURRENT_LIST_DIR}/place.c
  ${CMAKE_CURRENT_LIST_DIR}/query.c
  ${CMAKE_CURRENT_LIST_DIR}/rotations.c
  ${CMAKE_CURRENT_LIST_DIR}/schema.c
  ${CMAKE_CURRENT_LIST_DIR}/settings.c
  ${CMAKE_CURRENT_LIST_DIR}/sqlite.c
  ${CMAKE_CURRENT_LIST_DIR}/store.c
  ${CMAKE_CURRENT_LIST_DIR}/text.c
  ${CMAKE_CURRENT_LIST_DIR}/tls_settings.c
  ${CMAKE_CURRENT_LIST_DIR}/transaction.c
  ${CMAKE_CURRENT_LIST_DIR}/trunks.c
  ${CMAKE_CURRENT_LIST_DIR}/trunks_certs.c
  ${CMAKE_CURRENT_LIST_DIR}/trunks_profiles.c
  ${CMAKE_CURRENT_LIST_DIR}/trunks_words.c
  ${CMAKE_CURRENT_LIST_DIR}/watch.c
)

# schema/NNN-*.sql is compiled in: the text as bytes with a NUL, in a header store_schema_NNN.h that schema.c includes.
foreach(step 001-init 002-capf 003-inventory 004-rotations 005-trunks 006-phoneprofiles 007-followed 008-notices 009-canaries 010-ca-requests)
  set(schema_file ${CMAKE_CURRENT_LIST_DIR}/schema/${step}.sql)
  string(SUBSTRING ${step} 0 3 schema_number)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${schema_file})
  file(READ ${schema_file} schema_hex HEX)
  string(REGEX REPLACE "(..)" "0x\\1," schema_bytes "${schema_hex}")
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/generated/store_schema_${schema_number}.h
    CONTENT "/* made from schema/@step@.sql */\nstatic const unsigned char store_schema_@schema_number@[] = {@schema_bytes@ 0};\n")
endforeach()
target_include_directories(libcert PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/generated)
