/*
 * What an attribute of a Name is called and what its value says, as UTF-8. Private to the x509 room.
 */
#ifndef X509_NAME_VALUE_H
#define X509_NAME_VALUE_H

#include <stdbool.h>

#include <libcert/bytes.h>

#include "x509/name_walk.h"

/* The attributes that the vendor's lists write, in their order; NAME_RANK_OTHER for the rest. */
enum name_rank {
    NAME_RANK_CN,
    NAME_RANK_OU,
    NAME_RANK_O,
    NAME_RANK_L,
    NAME_RANK_ST,
    NAME_RANK_C,
    NAME_RANK_OTHER,
};

enum name_rank name_rank(struct bytes_view oid);

/* name_rank_of_word(word, len): the same for a type as people write it ("cn", "ST", "S", "2.5.4.3"). */
enum name_rank name_rank_of_word(const char *word, size_t len);

/* name_type_text(oid, out, outlen): "CN", the library's short name, or the dotted number. */
void name_type_text(struct bytes_view oid, char *out, size_t outlen);

/*
 * name_value_utf8(value, out): the text of a string type as UTF-8, which may hold control bytes and NULs. false when
 * it is no string, its bytes are not of its type, or memory is out. *owned must be given to OPENSSL_free() (may be
 * NULL).
 */
bool name_value_utf8(const struct cert_der_item *value, struct bytes_view *out, unsigned char **owned);

#endif
