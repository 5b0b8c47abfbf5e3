/*
 * The vendor's port tables: which TLS versions each port of a call manager and of its presence servers takes under a
 * policy. Pure data. Source: docs/formats/tls-policy.md 5.
 */
#ifndef LIBCERT_TLSPORTS_H
#define LIBCERT_TLSPORTS_H

#include <stddef.h>
#include <stdint.h>

#include <libcert/tlspolicy.h>

/* Versions, one bit each. */
enum { TLSPORTS_1_0 = 1, TLSPORTS_1_1 = 2, TLSPORTS_1_2 = 4, TLSPORTS_1_3 = 8 };

/* Columns of the tables: mode and configured minimum. */
enum tlsports_column {
    TLSPORTS_NORMAL_1_0,
    TLSPORTS_NORMAL_1_1,
    TLSPORTS_NORMAL_1_2,
    TLSPORTS_CC_1_0,
    TLSPORTS_CC_1_1,
    TLSPORTS_CC_1_2,
    TLSPORTS_COLUMNS,
    TLSPORTS_NO_COLUMN = -1, /* a minimum of 1.3, which the vendor's tables do not know */
};

enum { TLSPORTS_ROW_MAX = 2, TLSPORTS_TEXT_MAX = 20 };

struct tlsports_row {
    const char *application;              /* "Tomcat"; "" in the presence table, which names ports only */
    const char *protocol;                 /* "HTTPS", "-" for none */
    const char *port;                     /* as the table says it: "5061 (configurable)", "6971, 6972" */
    uint16_t speak_tls[TLSPORTS_ROW_MAX]; /* the ports in it that speak TLS; 0 for none */
    const uint8_t *versions;              /* TLSPORTS_COLUMNS sets of versions */
    bool https;                           /* Tomcat's: ciphers for HTTPS go with it (tls-policy.md 2) */
};

/* tlsports_call_manager(n), tlsports_presence(n): the rows, in the tables' order; *n how many. */
const struct tlsports_row *tlsports_call_manager(size_t *n);
const struct tlsports_row *tlsports_presence(size_t *n);

/* tlsports_column_of(s): where these settings stand. tlsports_column_title(c): "normal 1.2", "CC 1.1"; "normal 1.3" for
 * TLSPORTS_NO_COLUMN. */
enum tlsports_column tlsports_column_of(const struct tls_settings *s);
const char *tlsports_column_title(enum tlsports_column c);

/* tlsports_versions(row, c): what the row's ports take; TLS 1.3 alone for TLSPORTS_NO_COLUMN. tlsports_text(versions,
 * out): as the tables write it: "1.0+" for 1.0 to 1.2, "1.1+" for 1.1 and 1.2, else what there is: "1.2". */
uint8_t tlsports_versions(const struct tlsports_row *row, enum tlsports_column c);
void tlsports_text(uint8_t versions, char out[static TLSPORTS_TEXT_MAX]);

#endif
