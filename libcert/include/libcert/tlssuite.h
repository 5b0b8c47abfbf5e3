/*
 * Cipher suites of TLS by number: names, and how good they are. Pure data. Source: the IANA registry of TLS cipher
 * suites; docs/formats/tls-policy.md 8.
 *
 * Suites that need a secret shared beforehand (PSK, SRP, Kerberos) are not in it: a server takes none of those without.
 */
#ifndef LIBCERT_TLSSUITE_H
#define LIBCERT_TLSSUITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libcert/tlspolicy.h>

struct tlssuite {
    uint16_t id;
    const char *iana;
    const char *openssl; /* NULL: it has none */
};

/* tlssuite_all(n): the table, by number. tlssuite_find(id): its row, NULL if unknown. */
const struct tlssuite *tlssuite_all(size_t *n);
const struct tlssuite *tlssuite_find(uint16_t id);

/* tlssuite_offered(s, version): may a ClientHello of that version (0x0300 for SSL 3.0 to 0x0304) offer it? */
bool tlssuite_offered(const struct tlssuite *s, int version);

enum tlssuite_grade {
    TLSSUITE_BROKEN, /* no encryption, no authentication, or to be read by whoever tries: NULL, anon, export, RC4, DES
                      */
    TLSSUITE_WEAK,   /* 3DES and others with blocks of 64 bits, SEED, DSA */
    TLSSUITE_DATED,  /* CBC, or a key exchange without forward secrecy */
    TLSSUITE_GOOD,
};

/* tlssuite_grade(s); tlssuite_grade_text(g): "broken", "weak", "dated", "good". */
enum tlssuite_grade tlssuite_grade(const struct tlssuite *s);
const char *tlssuite_grade_text(enum tlssuite_grade g);

/* What key the server's certificate has when it takes the suite. */
enum tlssuite_key { TLSSUITE_KEY_NONE, TLSSUITE_KEY_RSA, TLSSUITE_KEY_EC, TLSSUITE_KEY_DSA, TLSSUITE_KEY_ANY };
enum tlssuite_key tlssuite_key(const struct tlssuite *s); /* tlssuite_key(s) */

/* tlssuite_in_policy(s, p): is it among those that a listener with that policy takes (tls-policy.md 2)? */
bool tlssuite_in_policy(const struct tlssuite *s, const struct tls_policy *p);

#endif
