#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <libcert/limits.h>
#include <libcert/printable.h>
#include <libcert/tlv.h>

#include "scan.h"

enum { RECORD_ALERT = 21, RECORD_HANDSHAKE = 22, SERVER_HELLO = 2, EXT_SUPPORTED_VERSIONS = 43 };
enum { ALERT_WARNING = 1, ALERT_CLOSE_NOTIFY = 0, RECORD_MAX = 16384 + 2048, SESSION_MAX = 32 };
enum { TLS_1_2 = 0x0303, TLS_1_3 = 0x0304, RANDOM = 32, MESSAGE_HEAD = 4 };

static const struct {
    uint8_t number;
    const char *name;
} alerts[] = {
    {0, "close_notify"},        {10, "unexpected_message"},     {20, "bad_record_mac"},
    {22, "record_overflow"},    {30, "decompression_failure"},  {40, "handshake_failure"},
    {41, "no_certificate"},     {42, "bad_certificate"},        {47, "illegal_parameter"},
    {49, "access_denied"},      {50, "decode_error"},           {51, "decrypt_error"},
    {60, "export_restriction"}, {70, "protocol_version"},       {71, "insufficient_security"},
    {80, "internal_error"},     {86, "inappropriate_fallback"}, {90, "user_canceled"},
    {100, "no_renegotiation"},  {109, "missing_extension"},     {110, "unsupported_extension"},
    {112, "unrecognized_name"}, {116, "certificate_required"},  {120, "no_application_protocol"},
};

const char *scan_alert_text(uint8_t alert)
{
    for (size_t i = 0; i < sizeof alerts / sizeof *alerts; i++) {
        if (alerts[i].number == alert)
            return alerts[i].name;
    }
    return NULL;
}

__attribute__((format(printf, 3, 4))) static void say(struct scan_reply *out, enum scan_reply_kind kind,
                                                      const char *fmt, ...)
{
    va_list ap;

    out->kind = kind;
    va_start(ap, fmt);
    (void)vsnprintf(out->why, sizeof out->why, fmt, ap);
    va_end(ap);
}

/* The first line of what is no TLS, for the sentence. */
static void quote(struct tlv_reader r, struct scan_reply *out)
{
    char line[61], shown[120];
    uint8_t c, first = 0;
    size_t n = 0;

    (void)tlv_peek(&r, &first);
    while (n < sizeof line - 1 && tlv_take_u8(&r, &c) && c != '\r' && c != '\n' && c != '\0')
        line[n++] = (char)c;
    line[n] = '\0';
    printable_escape(shown, sizeof shown, line);
    if (n == 0)
        say(out, SCAN_REPLY_NOT_TLS, "answers something that is no TLS (first byte %02x)", first);
    else
        say(out, SCAN_REPLY_NOT_TLS, "answers something that is no TLS: \"%s\"", shown);
}

/* A message within the records, that may be split. */
struct gathered {
    uint8_t data[LIMIT_SCAN_REPLY];
    size_t len;
};

/* The version that the extension names, as TLS 1.3 has it; 0 when there is none. false: damaged. */
static bool read_extensions(struct tlv_reader *r, int *version)
{
    struct tlv_reader all, value;
    uint16_t len, type, v;

    *version = 0;
    if (tlv_left(r) == 0)
        return true; /* up to 1.2 there may be none */
    if (!tlv_take_u16(r, &len) || !tlv_child(r, len, &all) || tlv_left(r) != 0)
        return false;
    while (tlv_left(&all) > 0) {
        if (!tlv_take_u16(&all, &type) || !tlv_take_u16(&all, &len) || !tlv_child(&all, len, &value))
            return false;
        if (type != EXT_SUPPORTED_VERSIONS)
            continue;
        if (*version != 0 || !tlv_take_u16(&value, &v) || tlv_left(&value) != 0 || v == 0)
            return false;
        *version = v;
    }
    return true;
}

/* A HelloRetryRequest is a ServerHello with a random of its own: the server takes version and suite, and wants another
 * key share. */
static bool read_hello(struct tlv_reader *r, struct scan_reply *out)
{
    struct bytes_view skipped;
    uint8_t session, compression;
    uint16_t version;
    int newer;

    if (!tlv_take_u16(r, &version) || !tlv_take(r, RANDOM, &skipped) || !tlv_take_u8(r, &session) ||
        session > SESSION_MAX || !tlv_take(r, session, &skipped) || !tlv_take_u16(r, &out->suite) ||
        !tlv_take_u8(r, &compression) || !read_extensions(r, &newer))
        return false;
    if (newer != 0 && version != TLS_1_2)
        return false;
    out->version = newer != 0 ? newer : version;
    out->kind = SCAN_REPLY_HELLO;
    return true;
}

/* The first message of the handshake, when it is there. */
static void judge_message(const struct gathered *g, struct scan_reply *out)
{
    struct tlv_reader r = tlv_reader(g->data, g->len), message;
    uint32_t len;
    uint8_t type;

    if (!tlv_take_u8(&r, &type))
        return;
    if (type != SERVER_HELLO) {
        say(out, SCAN_REPLY_NOT_TLS, "answers a ClientHello with handshake message %u, not with a ServerHello", type);
        return;
    }
    if (!tlv_take_u24(&r, &len))
        return;
    if (len > LIMIT_SCAN_HELLO)
        say(out, SCAN_REPLY_NOT_TLS, "announces a ServerHello of %u bytes; none is longer than %d", (unsigned)len,
            LIMIT_SCAN_HELLO);
    else if (tlv_child(&r, len, &message) && !read_hello(&message, out))
        say(out, SCAN_REPLY_NOT_TLS, "answers with a damaged ServerHello");
}

static void judge_alert(struct tlv_reader *r, struct scan_reply *out)
{
    const char *name;
    uint8_t level;

    if (!tlv_take_u8(r, &level) || !tlv_take_u8(r, &out->alert))
        return;
    if (level == ALERT_WARNING && out->alert != ALERT_CLOSE_NOTIFY)
        return; /* "unrecognized_name", for one; the answer is still to come */
    if ((name = scan_alert_text(out->alert)) != NULL)
        say(out, SCAN_REPLY_ALERT, "refuses with the alert %s", name);
    else
        say(out, SCAN_REPLY_ALERT, "refuses with the alert %u", out->alert);
}

/* One record, of which the end may be missing. false: nothing more can be told from what is there. */
static bool take_record(struct tlv_reader *r, struct gathered *g, struct scan_reply *out)
{
    struct tlv_reader body;
    struct bytes_view part;
    uint16_t version, len;
    uint8_t type;
    size_t have;

    if (!tlv_take_u8(r, &type) || !tlv_take_u16(r, &version) || !tlv_take_u16(r, &len))
        return false;
    if (len == 0 || len > RECORD_MAX) {
        say(out, SCAN_REPLY_NOT_TLS, "answers with a TLS record of %u bytes, which cannot be", len);
        return false;
    }
    have = tlv_left(r) < len ? tlv_left(r) : len;
    (void)tlv_child(r, have, &body);
    if (type == RECORD_ALERT) {
        judge_alert(&body, out);
    } else if (have <= sizeof g->data - g->len && tlv_take(&body, have, &part)) {
        memcpy(g->data + g->len, part.data, part.len);
        g->len += part.len;
        judge_message(g, out);
    }
    return out->kind == SCAN_REPLY_MORE && have == len;
}

/* Does it begin as a record of TLS? What begins otherwise is said at once, not after a time-out. */
static bool begins_as_record(struct tlv_reader r)
{
    uint8_t type, major;

    if (!tlv_take_u8(&r, &type))
        return true;
    if (type != RECORD_ALERT && type != RECORD_HANDSHAKE)
        return false;
    return !tlv_take_u8(&r, &major) || major == 3;
}

void scan_reply_read(const uint8_t *data, size_t len, struct scan_reply *out)
{
    struct tlv_reader r = tlv_reader(data, len < LIMIT_SCAN_REPLY ? len : LIMIT_SCAN_REPLY);
    struct gathered g = {.len = 0};

    *out = (struct scan_reply){.kind = SCAN_REPLY_MORE};
    do {
        if (!begins_as_record(r)) {
            quote(r, out);
            return;
        }
    } while (take_record(&r, &g, out));
    if (out->kind == SCAN_REPLY_MORE && len >= LIMIT_SCAN_REPLY)
        say(out, SCAN_REPLY_NOT_TLS, "sends %d bytes and more without a ServerHello", LIMIT_SCAN_REPLY);
}

void scan_reply_end(const uint8_t *data, size_t len, struct scan_reply *out)
{
    scan_reply_read(data, len, out);
    if (out->kind == SCAN_REPLY_MORE && len == 0)
        say(out, SCAN_REPLY_CLOSED, "closes the connection without a word");
    else if (out->kind == SCAN_REPLY_MORE)
        say(out, SCAN_REPLY_CLOSED, "closes the connection in the middle of its answer (after %zu bytes)", len);
}

void scan_reply_late(const uint8_t *data, size_t len, unsigned seconds, struct scan_reply *out)
{
    scan_reply_read(data, len, out);
    if (out->kind == SCAN_REPLY_MORE && len == 0)
        say(out, SCAN_REPLY_SILENT, "takes the connection and says nothing for %u s", seconds);
    else if (out->kind == SCAN_REPLY_MORE)
        say(out, SCAN_REPLY_SLOW, "has not sent a whole answer after %u s (%zu bytes)", seconds, len);
}
