/* CAPF: the reader refuses or understands; what it understands is written and read the same; nobody proves anything to
 * those who believe nobody. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <capf/proof.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool true_always)
{
    if (!true_always)
        abort();
}

static bool same(const struct capf_message *a, const struct capf_message *b)
{
    return a->command == b->command && a->session == b->session && a->present == b->present && a->reason == b->reason &&
           a->version == b->version && a->key_size == b->key_size && a->retry_delay == b->retry_delay &&
           a->certificate_kind == b->certificate_kind && a->sha2_digest == b->sha2_digest &&
           bytes_equal(a->certificate, b->certificate) && bytes_equal(a->public_key, b->public_key) &&
           bytes_equal(a->signed_data, b->signed_data) && bytes_equal(a->sha2_signed_data, b->sha2_signed_data) &&
           bytes_equal(a->sudi_certificate, b->sudi_certificate) && bytes_equal(a->sudi_sha1, b->sudi_sha1) &&
           bytes_equal(a->sudi_sha512, b->sudi_sha512) && bytes_equal(a->password, b->password) &&
           bytes_equal(a->device, b->device);
}

static void try_to_prove(const struct capf_message *m)
{
    const struct capf_trust nobody = {0};
    char device[CAPF_DEVICE_MAX + 1];
    struct capf_proof_params p = {.device = device, .trust = &nobody, .now = 1800000000, .session = m->session};
    struct capf_proof_result result;
    struct vox_error err;

    if (capf_device_text(m->device, device, &err) != VOX_OK)
        (void)strcpy(device, "SEP001122334455");
    p.mode = m->version % 2 == 0 ? PHONE_BY_LSC : PHONE_BY_MIC;
    must(capf_proof_check(m, &p, &result, &err) != VOX_OK);
    must(result.fingerprint[0] == '\0' && err.text[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct capf_message m, again;
    struct vox_error err;
    char text[512];
    struct bytes b;
    size_t need, cut;
    enum vox_err framed = capf_frame(data, size, &need, &err);

    must(framed == VOX_OK ? need <= size : framed == VOX_E_INPUT || need > size);
    if (size > 0 && framed == VOX_OK) { /* a part of it asks for more, never for something else */
        cut = data[size - 1] % need;
        must(capf_frame(data, cut, &need, &err) == VOX_E_NOT_FOUND && need > cut);
    }
    if (capf_message_read(data, size, &m, &err) != VOX_OK) {
        must(err.code == VOX_E_INPUT);
        return 0;
    }
    must(framed == VOX_OK);
    capf_message_text(&m, text, size % sizeof text + 1);
    must(capf_message_write(&m, &b, &err) == VOX_OK);
    must(b.len <= size + 1); /* an empty password gets its NUL */
    must(capf_message_read(b.data, b.len, &again, &err) == VOX_OK && same(&m, &again));
    bytes_free(&b);
    try_to_prove(&m);
    return 0;
}
