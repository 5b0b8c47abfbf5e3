#include <openssl/asn1.h>
#include <openssl/err.h>

#include "x509/cert_der.h"

/*
 * X.690 10.2: strings are never constructed. Of the universal types SEQUENCE and SET are, the rest of those that could
 * be (EXTERNAL and its like) has no business in a certificate. Tag 0 is the end mark of BER.
 */
static bool is_der_identifier(uint8_t id)
{
    if ((id & 0xc0) != 0)
        return true;
    return (id & 0x20) != 0 ? id == DER_SEQUENCE || id == DER_SET
                            : id != 0 && (id | 0x20) != DER_SEQUENCE && (id | 0x20) != DER_SET;
}

bool cert_der_next(struct bytes_view *in, struct cert_der_item *out)
{
    const unsigned char *p = in->data;
    long len = 0;
    int tag = 0, xclass = 0, flags;
    size_t head, size;

    if (in->len == 0 || !is_der_identifier(in->data[0]))
        return false;
    flags = ASN1_get_object(&p, &len, &tag, &xclass, (long)in->len);
    if ((flags & 0x80) != 0) { /* no header, or its length runs past the window */
        ERR_clear_error();
        return false;
    }
    head = (size_t)(p - in->data);
    size = head + (size_t)len;
    /* Bit 0: indefinite length. The reader takes long forms of short numbers: those are BER, not DER. */
    if ((flags & 1) != 0 || ASN1_object_size(0, (int)len, tag) != (int)size)
        return false;
    out->id = in->data[0];
    out->whole = (struct bytes_view){in->data, size};
    out->content = (struct bytes_view){p, (size_t)len};
    in->data += size;
    in->len -= size;
    return true;
}

bool cert_der_is_next(struct bytes_view in, uint8_t id)
{
    return in.len > 0 && in.data[0] == id;
}

bool cert_der_take(struct bytes_view *in, uint8_t id, struct cert_der_item *out)
{
    return cert_der_is_next(*in, id) && cert_der_next(in, out);
}

bool cert_der_take_bits(struct bytes_view *in, struct bytes_view *out)
{
    struct bytes_view rest = *in;
    struct cert_der_item item;

    if (!cert_der_take(&rest, DER_BIT_STRING, &item) || item.content.len == 0 || item.content.data[0] != 0)
        return false;
    *out = (struct bytes_view){item.content.data + 1, item.content.len - 1};
    *in = rest;
    return true;
}

bool cert_der_take_unsigned(struct bytes_view *in, struct bytes_view *out)
{
    struct bytes_view rest = *in;
    struct cert_der_item item;
    struct bytes_view n;

    if (!cert_der_take(&rest, DER_INTEGER, &item))
        return false;
    n = item.content;
    if (n.len == 0 || (n.data[0] & 0x80) != 0)
        return false;
    if (n.data[0] == 0 && n.len > 1) {
        if ((n.data[1] & 0x80) == 0)
            return false;
        n.data++;
        n.len--;
    }
    *out = n;
    *in = rest;
    return true;
}
