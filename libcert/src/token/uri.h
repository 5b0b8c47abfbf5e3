/* What the parts of the token room share of a URI. */
#ifndef TOKEN_URI_H
#define TOKEN_URI_H

#include <p11-kit/pkcs11.h>
#include <p11-kit/uri.h>

#include <libcert/token.h>

struct token_uri {
    P11KitUri *p11;
    char *module, *pin_source;
    uint8_t id[TOKEN_ID_MAX];
    size_t idlen;
    char object[TOKEN_OBJECT_MAX]; /* "" for none */
};

/* token_uri_names_token(u): does it say which token? token_uri_matches(u, info): is it this one? */
bool token_uri_names_token(const struct token_uri *u);
bool token_uri_matches(const struct token_uri *u, const CK_TOKEN_INFO *info);

#endif
