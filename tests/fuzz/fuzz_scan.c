/*
 * Replies to a ClientHello. What is told of the first bytes of a reply holds for all of it; once the limit is reached
 * there is a verdict; whatever is no ServerHello has a sentence without control characters.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <libcert/limits.h>

#include "tls/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(bool good)
{
    if (!good)
        abort();
}

static void check_sentence(const struct scan_reply *r)
{
    if (r->kind == SCAN_REPLY_MORE || r->kind == SCAN_REPLY_HELLO)
        return;
    check(r->why[0] != '\0');
    for (const char *p = r->why; *p != '\0'; p++)
        check((unsigned char)*p >= 0x20 && *p != 0x7f);
}

/* Whatever is shown is whole certificates; and it comes to an end. */
static void check_shown(const uint8_t *data, size_t len)
{
    struct tlsscan_chain chain = {NULL, 0};

    if (!scan_shown_read(data, len, &chain))
        check(chain.n == 0 && len < LIMIT_SCAN_SHOWN);
    for (size_t i = 0; i < chain.n; i++)
        check(cert_der(chain.certs[i]).len > 0);
    scan_chain_clear(&chain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct scan_reply part, whole;

    scan_reply_read(data, len, &whole);
    check_sentence(&whole);
    check(whole.kind != SCAN_REPLY_MORE || len < LIMIT_SCAN_REPLY);
    scan_reply_read(data, len / 2, &part);
    if (part.kind == SCAN_REPLY_HELLO)
        check(whole.kind == SCAN_REPLY_HELLO && whole.suite == part.suite && whole.version == part.version);
    else if (part.kind != SCAN_REPLY_MORE)
        check(whole.kind == part.kind);
    check_shown(data, len);
    scan_reply_end(data, len, &whole);
    check(whole.kind != SCAN_REPLY_MORE);
    check_sentence(&whole);
    scan_reply_late(data, len, 5, &whole);
    check(whole.kind != SCAN_REPLY_MORE);
    check_sentence(&whole);
    return 0;
}
