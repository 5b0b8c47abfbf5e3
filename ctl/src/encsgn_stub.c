#include <string.h>

#include <openssl/evp.h>

#include <ctl/encsgn.h>
#include <libcert/limits.h>
#include <libcert/tlv.h>

#include "encsgn_xml.h"

enum { MD5_LEN = 16 };

static void put_text(struct tlv_writer *w, const char *s)
{
    tlv_put(w, s, strlen(s));
}

enum vox_err encsgn_stub(const uint8_t *config, size_t len, const struct cert *phone, struct bytes *out,
                         struct vox_error *err)
{
    const struct bytes_view der = cert_der(phone);
    struct tlv_writer w = tlv_writer(LIMIT_SIGNED_FILE);
    struct bytes kept[XML_KEPT];
    uint8_t md5[MD5_LEN];
    char hash[2 * MD5_LEN + 1];
    enum vox_err code;

    *out = (struct bytes){NULL, 0};
    if ((code = xml_take(config, len, kept, err)) != VOX_OK)
        return code;
    /* A name, not a protection: the phone compares it with its own certificate's to see whether it can decrypt. */
    if (EVP_Digest(der.data, der.len, md5, NULL, EVP_md5(), NULL) <= 0) {
        code = vox_fail_openssl(err, VOX_E_CRYPTO, "MD5 of the phone's certificate failed");
        goto out;
    }
    hex_encode(md5, sizeof md5, hash);
    put_text(&w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<device>\n  <fullConfig>false</fullConfig>\n");
    for (int i = 0; i < XML_KEPT; i++)
        tlv_put(&w, kept[i].data, kept[i].len);
    put_text(&w, "  <certHash>");
    put_text(&w, hash);
    put_text(&w, "</certHash>\n  <encrConfig>true</encrConfig>\n</device>\n");
    code = tlv_finish(&w, out, err);
out:
    for (int i = 0; i < XML_KEPT; i++)
        bytes_free(&kept[i]);
    return code;
}
