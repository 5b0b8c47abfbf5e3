#include <string.h>

#include <argp.h>
#include <openssl/crypto.h>

#include <cli/input.h>
#include <libcert/bytes.h>

void cli_fingerprint_parse(const char *arg, const struct argp_state *state, struct cli_fingerprint *out)
{
    struct bytes bytes;
    struct vox_error err;

    if (hex_decode(arg, &bytes, &err) != VOX_OK)
        argp_error(state, "--fingerprint: %s", err.text);
    if (bytes.len != CERT_SHA256_LEN)
        argp_error(state, "--fingerprint: SHA-256 has 64 hex digits, these are %zu%s", 2 * bytes.len,
                   bytes.len == 20 ? " (SHA-1 can be forged)" : "");
    memcpy(out->sha256, bytes.data, sizeof out->sha256);
    bytes_free(&bytes);
    out->given = true;
}

enum vox_err cli_fingerprint_match(const struct cli_fingerprint *f, const char *who, const struct cert *c,
                                   struct vox_error *err)
{
    uint8_t shown[CERT_SHA256_LEN];
    char hex[CERT_FINGERPRINT_MAX];

    cert_sha256(c, shown);
    if (!f->given || CRYPTO_memcmp(shown, f->sha256, sizeof shown) == 0)
        return VOX_OK;
    hex_encode(shown, sizeof shown, hex);
    return vox_fail(err, VOX_E_NO,
                    "%s shows another certificate than the one you named: its SHA-256 is %s. Nothing was taken", who,
                    hex);
}
