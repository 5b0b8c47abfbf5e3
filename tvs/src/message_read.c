#include <string.h>

#include <libcert/limits.h>
#include <libcert/tlv.h>
#include <tvs/message.h>

#include "elements.h"

#define PAGE "tvs.md "

enum {
    SERIAL_MAX = 65, /* 64 bytes and a sign byte */
    SPARE_TAG = 6,   /* after those of a query; nothing is known of it */
};

const char *tvs_command_name(uint8_t c)
{
    static const char *const names[] = {"NONE", "VERIFY_REQUEST", "VERIFY_RESPONSE", "QUERY_REQUEST", "QUERY_RESPONSE"};

    return c < sizeof names / sizeof *names ? names[c] : "unknown";
}

/* The fixed part of a message, as far as the reader has it. */
static enum vox_err read_header(struct tlv_reader *r, struct tvs_message *out, uint16_t *body, struct vox_error *err)
{
    uint8_t protocol, version, reserved;

    if (!tlv_take_u8(r, &protocol))
        return VOX_E_NOT_FOUND;
    if (protocol != TVS_PROTOCOL)
        return vox_fail(err, VOX_E_INPUT, PAGE "2: PROTOCOL: 0x%02x, not 0x57: this is no TVS message", protocol);
    if (!tlv_take_u8(r, &version))
        return VOX_E_NOT_FOUND;
    if (version != TVS_VERSION)
        return vox_fail(err, VOX_E_INPUT, PAGE "2: VERSION: %u, only 1 is known", version);
    /* The reserved byte of real servers' replies is 0xf7: it means nothing. */
    if (!tlv_take_u8(r, &out->command) || !tlv_take_u8(r, &reserved) || !tlv_take_u32(r, &out->session) ||
        !tlv_take_u16(r, body))
        return VOX_E_NOT_FOUND;
    return VOX_OK;
}

enum vox_err tvs_frame(const uint8_t *data, size_t len, size_t *frame_len, struct vox_error *err)
{
    struct tlv_reader r = tlv_reader(data, len);
    struct tvs_message m;
    uint16_t body;
    enum vox_err code = read_header(&r, &m, &body, err);

    *frame_len = TVS_HEADER_LEN;
    if (code != VOX_OK)
        return code;
    *frame_len = (size_t)TVS_HEADER_LEN + body;
    return len < *frame_len ? VOX_E_NOT_FOUND : VOX_OK;
}

static void note_unknown(struct tvs_message *m, uint8_t tag)
{
    if (m->nunknown < TVS_UNKNOWN_MAX)
        m->unknown[m->nunknown] = tag;
    m->nunknown++;
}

bool tvs_is_name(struct bytes_view v)
{
    const struct tlv t = {.value = v};
    const char *text;
    size_t len;

    if (!tlv_as_text(&t, &text, &len) || strchr(text, '=') == NULL)
        return false;
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            return false;
    }
    return true;
}

/*
 * tvs.md 3.3: only tag 3 has been seen on the wire for certain; issuer and serial number follow under tags that the
 * trace does not show. So what a query holds is taken by content: names are text, the serial number is not.
 */
struct query_parts {
    const char *other[2]; /* names under other tags than 3, in the order of the message */
    struct tlv spare;     /* tag 6, of which nothing is known: taken only for what the others leave open */
};

/* No name and no number: how a peer may say that it has none. */
static bool says_nothing(const struct tlv *t)
{
    return t->value.len == 0 || (t->value.len == 1 && t->value.data[0] == 0 && t->tag <= TVS_EL_ISSUER_NAME);
}

static void set_serial(struct tvs_message *m, struct bytes_view value)
{
    while (value.len > 1 && value.data[0] == 0) { /* the sign byte of a DER INTEGER */
        value.data++;
        value.len--;
    }
    m->serial = value;
}

static enum vox_err take_name(const struct tlv *t, struct tvs_message *m, struct query_parts *q, struct vox_error *err)
{
    const char *text = (const char *)t->value.data;

    if (t->value.len > LIMIT_NAME_TEXT)
        return vox_fail(err, VOX_E_INPUT, PAGE "3.3: tag %u: a name of %zu bytes, at most %d are taken", t->tag,
                        t->value.len, LIMIT_NAME_TEXT);
    if (t->tag == TVS_EL_SUBJECT_NAME)
        m->subject = text;
    else if (q->other[0] == NULL)
        q->other[0] = text;
    else
        q->other[1] = text;
    return VOX_OK;
}

static enum vox_err take_query(const struct tlv *t, struct tvs_message *m, struct query_parts *q, struct vox_error *err)
{
    if (says_nothing(t)) {
        note_unknown(m, t->tag);
        return VOX_OK;
    }
    if (t->tag > TVS_EL_SERIAL_NUMBER) {
        q->spare = *t;
        return VOX_OK;
    }
    if (tvs_is_name(t->value))
        return take_name(t, m, q, err);
    if (t->tag == TVS_EL_SUBJECT_NAME || t->value.len > SERIAL_MAX)
        return vox_fail(err, VOX_E_INPUT,
                        PAGE "3.3: tag %u is neither a name with its NUL nor a serial number (byte %zu)", t->tag,
                        t->offset);
    if (m->serial.data != NULL)
        return vox_fail(err, VOX_E_INPUT, PAGE "3.3: SERIAL_NUMBER: a second one under tag %u (byte %zu)", t->tag,
                        t->offset);
    set_serial(m, t->value);
    return VOX_OK;
}

/* Tag 6, when all others are known. */
static void take_spare(struct tvs_message *m, struct query_parts *q)
{
    const struct bytes_view v = q->spare.value;
    const char *text = (const char *)v.data;
    bool name = tvs_is_name(v);

    if (name && v.len <= LIMIT_NAME_TEXT && q->other[0] == NULL) {
        q->other[0] = text;
    } else if (name && v.len <= LIMIT_NAME_TEXT && q->other[1] == NULL && m->subject == NULL) {
        bool before = text < q->other[0]; /* both lie in the one message */

        q->other[1] = before ? q->other[0] : text;
        q->other[0] = before ? text : q->other[0];
    } else if (!name && v.len <= SERIAL_MAX && m->serial.data == NULL) {
        set_serial(m, v);
    } else {
        note_unknown(m, q->spare.tag);
    }
}

/* All elements are there: which name is which. */
static enum vox_err end_query(struct tvs_message *m, struct query_parts *q, struct vox_error *err)
{
    if (q->spare.value.data != NULL)
        take_spare(m, q);
    if (q->other[1] == NULL) {
        m->issuer = q->other[0];
        return VOX_OK;
    }
    if (m->subject != NULL)
        return vox_fail(err, VOX_E_INPUT, PAGE "3.3: three names");
    m->subject = q->other[0]; /* two names, neither under tag 3: in the order of the trace */
    m->issuer = q->other[1];
    return VOX_OK;
}

static void take_element(const struct tlv *t, struct tvs_message *m)
{
    switch (t->tag) {
    case TVS_EL_DEVICE_NAME: /* one type byte, then the name without a NUL */
        m->device = (const char *)t->value.data + 1;
        m->device_len = t->value.len - 1;
        break;
    case TVS_EL_CERTIFICATE:
        m->certificate = t->value;
        break;
    case TVS_EL_STATUS:
        m->has_status = tlv_as_u8(t, &m->status);
        break;
    case TVS_EL_ROLES:
        m->roles = t->value;
        break;
    case TVS_EL_TTL:
        m->has_ttl = tlv_as_u32(t, &m->ttl);
        break;
    default:
        break;
    }
}

static enum vox_err read_elements(struct tlv_reader *r, struct tvs_message *m, struct vox_error *err)
{
    struct query_parts query = {{NULL, NULL}, {0}};
    bool seen[256] = {false};
    struct tlv t;

    while (tlv_left(r) > 0) {
        if (!tlv_next(r, &t)) {
            char why[128];

            tlv_why_not(r, why, sizeof why);
            return vox_fail(err, VOX_E_INPUT, PAGE "3: %s", why);
        }
        const struct tvs_element_rule *rule = tvs_element_find(t.tag);
        bool in_query = m->command == TVS_QUERY_REQUEST && t.tag >= TVS_EL_SUBJECT_NAME && t.tag <= SPARE_TAG;

        if (!in_query && (rule == NULL || (rule->commands & 1u << m->command) == 0)) {
            note_unknown(m, t.tag);
            continue;
        }
        if (seen[t.tag])
            return vox_fail(err, VOX_E_INPUT, PAGE "3: %s: a second one (byte %zu)",
                            rule != NULL ? rule->name : "tag 6", t.offset);
        seen[t.tag] = true;
        if (in_query) {
            enum vox_err code = take_query(&t, m, &query, err);

            if (code != VOX_OK)
                return code;
            continue;
        }
        if (t.value.len < rule->min_len || t.value.len > rule->max_len)
            return vox_fail(err, VOX_E_INPUT, PAGE "3: %s: length %zu, must be %u to %u (byte %zu)", rule->name,
                            t.value.len, rule->min_len, rule->max_len, t.offset);
        take_element(&t, m);
    }
    return m->command == TVS_QUERY_REQUEST ? end_query(m, &query, err) : VOX_OK;
}

/* What each command cannot do without. */
static enum vox_err check_required(const struct tvs_message *m, struct vox_error *err)
{
    switch (m->command) {
    case TVS_VERIFY_REQUEST:
        if (m->certificate.data == NULL)
            return vox_fail(err, VOX_E_INPUT, PAGE "3.2: CERTIFICATE: missing in a VERIFY_REQUEST");
        return VOX_OK;
    case TVS_QUERY_REQUEST:
        if (m->subject == NULL && m->serial.data == NULL)
            return vox_fail(err, VOX_E_INPUT, PAGE "3.3: neither a subject nor a serial number in a QUERY_REQUEST");
        return VOX_OK;
    default:
        if (!m->has_status)
            return vox_fail(err, VOX_E_INPUT, PAGE "3.4: STATUS: missing in a %s", tvs_command_name(m->command));
        return VOX_OK;
    }
}

enum vox_err tvs_message_read(const uint8_t *data, size_t len, struct tvs_message *out, struct vox_error *err)
{
    struct tlv_reader r = tlv_reader(data, len);
    enum vox_err code;
    uint16_t body = 0;

    memset(out, 0, sizeof *out);
    code = read_header(&r, out, &body, err);
    if (code == VOX_E_NOT_FOUND)
        return vox_fail(err, VOX_E_INPUT, PAGE "2: %zu bytes are no whole header", len);
    if (code != VOX_OK)
        return code;
    if (body != tlv_left(&r))
        return vox_fail(err, VOX_E_INPUT, PAGE "2: LENGTH: says %u, %zu bytes follow", body, tlv_left(&r));
    if (out->command < TVS_VERIFY_REQUEST || out->command > TVS_QUERY_RESPONSE)
        return vox_fail(err, VOX_E_INPUT, PAGE "2: COMMAND: %u is unknown", out->command);
    if ((code = read_elements(&r, out, err)) != VOX_OK)
        return code;
    return check_required(out, err);
}
