/* Files to and from a CA that is elsewhere: refused with a reason, or understood; requests are written and read the
 * same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "requests.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool true_always)
{
    if (!true_always)
        abort();
}

static void read_requests(struct bytes_view data)
{
    struct requests r, again;
    struct vox_error err;
    struct bytes out;

    if (requests_read(data, &r, &err) != VOX_OK) {
        must(err.code == VOX_E_INPUT && err.text[0] != '\0' && r.list == NULL);
        return;
    }
    must(r.n > 0);
    must(requests_write(&r, &out, &err) == VOX_OK);
    must(requests_read(bytes_view_of(&out), &again, &err) == VOX_OK);
    must(again.n == r.n && strcmp(again.cluster, r.cluster) == 0 && strcmp(again.issuer, r.issuer) == 0);
    for (size_t i = 0; i < r.n; i++)
        must(memcmp(&again.list[i], &r.list[i], offsetof(struct ca_request, ordered)) == 0 &&
             again.list[i].public_key_len == r.list[i].public_key_len &&
             memcmp(again.list[i].public_key, r.list[i].public_key, r.list[i].public_key_len) == 0);
    bytes_free(&out);
    requests_free(&again);
    requests_free(&r);
}

static void read_answers(struct bytes_view data)
{
    struct vox_error err;
    struct cert **certs;
    size_t n;

    if (answers_read(data, &certs, &n, &err) != VOX_OK) {
        must(err.code == VOX_E_INPUT && err.text[0] != '\0' && certs == NULL && n == 0);
        return;
    }
    must(n > 0);
    for (size_t i = 0; i < n; i++)
        cert_free(&certs[i]);
    free(certs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bytes_view v = {data, size};

    read_requests(v);
    read_answers(v);
    return 0;
}
