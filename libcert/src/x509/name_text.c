#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include <libcert/name.h>
#include <libcert/printable.h>

#include "x509/name_value.h"
#include "x509/name_walk.h"

/* A growing text. failed sticks. */
struct text {
    char *data;
    size_t len, cap;
    bool failed;
};

static void put(struct text *t, const void *data, size_t len)
{
    if (t->failed)
        return;
    if (t->cap - t->len <= len) {
        size_t cap = 2 * t->cap + len + 64;
        char *grown = realloc(t->data, cap);

        if (grown == NULL) {
            t->failed = true;
            return;
        }
        t->data = grown;
        t->cap = cap;
    }
    memcpy(t->data + t->len, data, len);
    t->len += len;
    t->data[t->len] = '\0';
}

static void put_hex(struct text *t, uint8_t byte)
{
    char digits[3];

    hex_encode(&byte, 1, digits);
    put(t, digits, 2);
}

/* RFC 4514 2.4: what must have a backslash before it where it stands. */
static bool needs_escape(struct bytes_view v, size_t i)
{
    uint8_t b = v.data[i];

    if (b == ' ')
        return i == 0 || i + 1 == v.len;
    if (b == '#')
        return i == 0;
    return b != '\0' && strchr("\"+,;<>\\", b) != NULL;
}

static void put_value(struct text *t, const struct cert_der_item *value, enum name_style style)
{
    unsigned char *owned;
    struct bytes_view v;

    if (!name_value_utf8(value, &v, &owned)) { /* no text: RFC 4514 2.4, '#' and its encoding */
        put(t, "#", 1);
        for (size_t i = 0; i < value->whole.len; i++)
            put_hex(t, value->whole.data[i]);
        return;
    }
    for (size_t i = 0, took; i < v.len; i += took) {
        char piece[PRINTABLE_PIECE_MAX];

        took = printable_piece((const char *)v.data + i, v.len - i, piece);
        if (memcmp(piece, v.data + i, took) != 0 || piece[took] != '\0') { /* what a terminal would obey */
            put(t, "\\", 1);
            put_hex(t, v.data[i]);
            continue;
        }
        if (style == NAME_RFC4514 && needs_escape(v, i))
            put(t, "\\", 1);
        put(t, piece, took);
    }
    OPENSSL_free(owned);
}

static void put_attribute(struct text *t, const struct name_attribute *a, enum name_style style, char separator)
{
    char type[128];

    if (t->len > 0)
        put(t, &separator, 1);
    name_type_text(a->oid, type, sizeof type);
    put(t, type, strlen(type));
    put(t, "=", 1);
    put_value(t, &a->value, style);
}

static void put_encoded_order(struct text *t, struct bytes_view der)
{
    struct name_walk w;
    struct name_attribute a;

    (void)name_walk_start(&w, der); /* the caller has walked it */
    while (name_walk_next(&w, &a))
        put_attribute(t, &a, NAME_RFC4514, a.joined ? '+' : ',');
}

static void put_vendor_order(struct text *t, struct bytes_view der)
{
    struct name_walk w;
    struct name_attribute a;

    for (int rank = NAME_RANK_CN; rank <= NAME_RANK_OTHER; rank++) {
        (void)name_walk_start(&w, der); /* the caller has walked it */
        while (name_walk_next(&w, &a))
            if ((int)name_rank(a.oid) == rank)
                put_attribute(t, &a, NAME_VENDOR, ';');
    }
}

enum vox_err name_text(struct bytes_view der, enum name_style style, char **out, struct vox_error *err)
{
    struct text t = {NULL, 0, 0, false};

    *out = NULL;
    if (!name_well_formed(der))
        return vox_fail(err, VOX_E_INPUT, "no X.509 name (RFC 5280 4.1.2.4)");
    put(&t, "", 0); /* the name without attributes is an empty text */
    if (style == NAME_VENDOR)
        put_vendor_order(&t, der);
    else
        put_encoded_order(&t, der);
    if (t.failed) {
        free(t.data);
        return vox_fail(err, VOX_E_MEMORY, "out of memory");
    }
    *out = t.data;
    return VOX_OK;
}

enum vox_err name_common_name(struct bytes_view der, char **out, struct vox_error *err)
{
    struct text t = {NULL, 0, 0, false};
    struct name_walk w;
    struct name_attribute a;

    *out = NULL;
    if (!name_well_formed(der))
        return vox_fail(err, VOX_E_INPUT, "no X.509 name (RFC 5280 4.1.2.4)");
    put(&t, "", 0);
    (void)name_walk_start(&w, der); /* walked just now */
    while (name_walk_next(&w, &a)) {
        if (name_rank(a.oid) == NAME_RANK_CN && !t.failed) {
            t.len = 0;
            t.data[0] = '\0';
            put_value(&t, &a.value, NAME_VENDOR);
        }
    }
    if (t.failed) {
        free(t.data);
        return vox_fail(err, VOX_E_MEMORY, "out of memory");
    }
    *out = t.data;
    return VOX_OK;
}
