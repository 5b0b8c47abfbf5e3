/* What a minimum of TLS 1.2 breaks on legacy phones. Source: docs/formats/tls-policy.md 6. */
#ifndef VOXTLS_LEGACY_H
#define VOXTLS_LEGACY_H

#include <stddef.h>

/* Whom a row concerns. */
enum legacy_scope {
    LEGACY_ENCRYPTED,     /* each legacy phone in encrypted mode */
    LEGACY_AUTHENTICATED, /* each in authenticated mode */
    LEGACY_USED,          /* each that uses the feature */
    LEGACY_CLUSTER,       /* no phone: something else of the deployment */
};

struct legacy_row {
    enum legacy_scope scope;
    const char *feature, *what;
    const char *workaround; /* NULL: none */
};

/* The models that the table is about, for a sentence. */
#define LEGACY_MODELS "79xx, 69xx, 89xx, 99xx, 39xx, IP Communicator"

/* legacy_rows(n): the table; *n rows. */
const struct legacy_row *legacy_rows(size_t *n);

#endif
