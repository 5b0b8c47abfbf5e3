#include "ipc.h"

#include <string.h>

#include <libcert/serve.h>
#include <libcert/tlv.h>

/* The fields in the order in which they stand in a message. */
enum field {
    F_CONNECTION = 1 << 0,
    F_TEXT = 1 << 1,
    F_LEGACY = 1 << 2,
    F_WAIT = 1 << 3,
    F_END = 1 << 4,
    F_ID = 1 << 5,
    F_DEVICE = 1 << 6,
    F_ORDER = 1 << 7, /* key type and size, public key, evidence */
    F_BYTES = 1 << 8,
    F_ALL = 1 << 9,
    F_RECORDED = 1 << 10,
};

/* The table of messages: what each type carries. */
static const struct {
    uint8_t type;
    unsigned fields;
    const char *name;
} messages[] = {
    {IPC_OPENED, F_CONNECTION | F_TEXT | F_LEGACY, "OPENED"},
    {IPC_FRAME, F_CONNECTION | F_BYTES, "FRAME"},
    {IPC_CLOSED, F_CONNECTION | F_TEXT, "CLOSED"},
    {IPC_REPLY, F_CONNECTION | F_WAIT | F_END | F_BYTES, "REPLY"},
    {IPC_ISSUE, F_ID | F_DEVICE | F_ORDER, "ISSUE"},
    {IPC_RECONCILE, F_ALL, "RECONCILE"},
    {IPC_RECORDED, F_ID, "RECORDED"},
    {IPC_ISSUED, F_ID | F_DEVICE | F_RECORDED | F_BYTES, "ISSUED"},
    {IPC_REFUSED, F_ID | F_DEVICE | F_TEXT, "REFUSED"},
    {IPC_LATER, F_ID | F_DEVICE | F_TEXT, "LATER"},
    {IPC_RECONCILED, F_END, "RECONCILED"},
};

static const char *const curves[] = {"P-256", "P-384", "P-521"};

enum { NMESSAGES = sizeof messages / sizeof *messages, NCURVES = sizeof curves / sizeof *curves };

static size_t message_find(uint8_t type)
{
    size_t i = 0;

    while (i < NMESSAGES && messages[i].type != type)
        i++;
    return i;
}

static void put_text(struct tlv_writer *w, const char *text)
{
    size_t len = strlen(text);

    tlv_put_u8(w, (uint8_t)len);
    tlv_put(w, text, len);
}

static enum vox_err put_order(struct tlv_writer *w, const struct capf_request *r, struct vox_error *err)
{
    uint8_t curve = 0;

    if (r->public_key.len == 0 || r->public_key.len > CAPF_SPKI_MAX)
        return vox_fail(err, VOX_E_INPUT, "the public key has %zu bytes; 1 to %d are taken", r->public_key.len,
                        CAPF_SPKI_MAX);
    if (r->ordered.type == KEY_EC) {
        while (curve < NCURVES && (r->ordered.curve == NULL || strcmp(curves[curve], r->ordered.curve) != 0))
            curve++;
        if (curve == NCURVES)
            return vox_fail(err, VOX_E_INPUT, "an EC key was ordered without one of the curves P-256, P-384, P-521");
    }
    tlv_put_u8(w, r->ordered.type == KEY_EC);
    if (r->ordered.type == KEY_EC)
        tlv_put_u16(w, curve);
    else
        tlv_put_u16(w, (uint16_t)(r->ordered.rsa_bits <= UINT16_MAX ? r->ordered.rsa_bits : 0));
    tlv_put_u16(w, (uint16_t)r->public_key.len);
    tlv_put(w, r->public_key.data, r->public_key.len);
    tlv_put(w, r->evidence, sizeof r->evidence);
    return VOX_OK;
}

enum vox_err ipc_write(const struct ipc_message *m, struct bytes *out, struct vox_error *err)
{
    struct tlv_writer w = tlv_writer(SERVE_LINK_MAX);
    size_t i = message_find(m->type);
    unsigned fields;
    enum vox_err code;

    *out = (struct bytes){0};
    if (i == NMESSAGES)
        return vox_fail(err, VOX_E_INPUT, "there is no message of type %u between processes", m->type);
    fields = messages[i].fields;
    tlv_put_u8(&w, m->type);
    if (fields & F_CONNECTION) {
        tlv_put_u32(&w, (uint32_t)(m->connection >> 32));
        tlv_put_u32(&w, (uint32_t)m->connection);
    }
    if (fields & F_TEXT)
        put_text(&w, m->text);
    if (fields & F_LEGACY)
        tlv_put_u8(&w, m->legacy);
    if (fields & F_WAIT)
        tlv_put_u32(&w, m->wait_s);
    if (fields & F_END)
        tlv_put_u8(&w, m->end);
    if (fields & F_ID)
        tlv_put(&w, m->request.id, sizeof m->request.id);
    if (fields & F_DEVICE) {
        if ((code = phone_name_check(m->request.device, err)) != VOX_OK)
            goto out;
        put_text(&w, m->request.device);
    }
    if ((fields & F_ORDER) && (code = put_order(&w, &m->request, err)) != VOX_OK)
        goto out;
    if (fields & F_ALL)
        tlv_put_u8(&w, m->all);
    if (fields & F_RECORDED)
        tlv_put_u8(&w, m->recorded);
    if (fields & F_BYTES) {
        tlv_put_u32(&w, (uint32_t)(m->bytes.len <= SERVE_LINK_MAX ? m->bytes.len : UINT32_MAX));
        tlv_put(&w, m->bytes.data, m->bytes.len);
    }
    return tlv_finish(&w, out, err);
out:
    tlv_writer_free(&w);
    return code;
}

/* A text of one length byte; room holds its NUL too. */
static bool take_text(struct tlv_reader *r, char *out, size_t room)
{
    struct bytes_view v;
    uint8_t len;

    if (!tlv_take_u8(r, &len) || len >= room || !tlv_take(r, len, &v) || memchr(v.data, '\0', v.len) != NULL)
        return false;
    memcpy(out, v.data, v.len);
    out[v.len] = '\0';
    return true;
}

static bool take_bool(struct tlv_reader *r, bool *out)
{
    uint8_t b;

    if (!tlv_take_u8(r, &b) || b > 1)
        return false;
    *out = b == 1;
    return true;
}

static bool take_order(struct tlv_reader *r, struct capf_request *out)
{
    struct bytes_view evidence;
    uint16_t number, len;
    bool ec;

    if (!take_bool(r, &ec) || !tlv_take_u16(r, &number) || (ec && number >= NCURVES))
        return false;
    if (ec)
        out->ordered = (struct key_spec){.type = KEY_EC, .curve = curves[number]};
    else
        out->ordered = (struct key_spec){.type = KEY_RSA, .rsa_bits = number};
    if (!tlv_take_u16(r, &len) || len == 0 || len > CAPF_SPKI_MAX || !tlv_take(r, len, &out->public_key) ||
        !tlv_take(r, sizeof out->evidence, &evidence))
        return false;
    memcpy(out->evidence, evidence.data, evidence.len);
    return true;
}

static bool take_id(struct tlv_reader *r, uint8_t *out)
{
    struct bytes_view v;

    if (!tlv_take(r, CAPF_REQUEST_ID_LEN, &v))
        return false;
    memcpy(out, v.data, v.len);
    return true;
}

/* The fields of one message; false at the first that does not fit. */
static bool take_fields(struct tlv_reader *r, unsigned fields, struct ipc_message *out)
{
    uint32_t high, low, len;

    if (fields & F_CONNECTION) {
        if (!tlv_take_u32(r, &high) || !tlv_take_u32(r, &low))
            return false;
        out->connection = (uint64_t)high << 32 | low;
    }
    if ((fields & F_TEXT) && !take_text(r, out->text, sizeof out->text))
        return false;
    if ((fields & F_LEGACY) && !take_bool(r, &out->legacy))
        return false;
    if ((fields & F_WAIT) && !tlv_take_u32(r, &out->wait_s))
        return false;
    if ((fields & F_END) && !take_bool(r, &out->end))
        return false;
    if ((fields & F_ID) && !take_id(r, out->request.id))
        return false;
    if ((fields & F_DEVICE) && (!take_text(r, out->request.device, sizeof out->request.device) ||
                                phone_name_check(out->request.device, NULL) != VOX_OK))
        return false;
    if ((fields & F_ORDER) && !take_order(r, &out->request))
        return false;
    if ((fields & F_ALL) && !take_bool(r, &out->all))
        return false;
    if ((fields & F_RECORDED) && !take_bool(r, &out->recorded))
        return false;
    if ((fields & F_BYTES) && (!tlv_take_u32(r, &len) || !tlv_take(r, len, &out->bytes)))
        return false;
    return true;
}

enum vox_err ipc_read(struct bytes_view data, struct ipc_message *out, struct vox_error *err)
{
    struct tlv_reader r = tlv_reader(data.data, data.len);
    size_t i;

    *out = (struct ipc_message){0};
    if (data.len > SERVE_LINK_MAX)
        return vox_fail(err, VOX_E_INPUT, "a message between processes of %zu bytes; %d at most", data.len,
                        SERVE_LINK_MAX);
    if (!tlv_take_u8(&r, &out->type))
        return vox_fail(err, VOX_E_INPUT, "an empty message between processes");
    if ((i = message_find(out->type)) == NMESSAGES)
        return vox_fail(err, VOX_E_INPUT, "a message of unknown type %u between processes", out->type);
    if (!take_fields(&r, messages[i].fields, out))
        return vox_fail(err, VOX_E_INPUT, "a message %s between processes that is broken at byte %zu", messages[i].name,
                        tlv_offset(&r));
    if (tlv_left(&r) > 0)
        return vox_fail(err, VOX_E_INPUT, "a message %s between processes with %zu bytes left over", messages[i].name,
                        tlv_left(&r));
    return VOX_OK;
}
