/* Bundles of other clusters: what is taken is sound in every part, and is written and read again to the same. */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include <cluster/foreign.h>
#include <libcert/limits.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(bool good)
{
    if (!good)
        abort();
}

static void same(const struct foreign *a, const struct foreign *b)
{
    check(strcmp(a->cluster, b->cluster) == 0 && strcmp(a->created, b->created) == 0 && a->mixed == b->mixed);
    check(a->nnodes == b->nnodes && a->ncerts == b->ncerts && a->nlists == b->nlists && a->ntrusted == b->ntrusted);
    for (size_t i = 0; i < a->nnodes; i++)
        check(strcmp(a->nodes[i].name, b->nodes[i].name) == 0 && a->nodes[i].services == b->nodes[i].services);
    for (size_t i = 0; i < a->ncerts; i++)
        check(cert_same(a->certs[i].cert, b->certs[i].cert) && a->certs[i].service == b->certs[i].service &&
              strcmp(a->certs[i].node, b->certs[i].node) == 0);
    for (size_t i = 0; i < a->nlists; i++)
        check(bytes_equal(bytes_view_of(&a->lists[i].data), bytes_view_of(&b->lists[i].data)));
    for (size_t i = 0; i < a->ntrusted; i++)
        check(strcmp(a->trusted[i].store, b->trusted[i].store) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct foreign f, again;
    struct vox_error err = {.code = VOX_OK};
    struct bytes written;

    if (foreign_read(data, len, &f, &err) == VOX_OK) {
        check(f.ncerts > 0 && f.ncerts <= LIMIT_FOREIGN_CERTS && f.nnodes <= LIMIT_FOREIGN_NODES &&
              f.nlists <= LIMIT_FOREIGN_LISTS && f.ntrusted <= LIMIT_FOREIGN_TRUSTED);
        check(foreign_write(&f, &written, &err) == VOX_OK);
        check(foreign_read(written.data, written.len, &again, &err) == VOX_OK);
        same(&f, &again);
        foreign_clear(&again);
        bytes_free(&written);
    } else {
        check(err.text[0] != '\0' && (err.code == VOX_E_INPUT || err.code == VOX_E_MEMORY));
    }
    check(ERR_peek_error() == 0);
    foreign_clear(&f);
    return 0;
}
