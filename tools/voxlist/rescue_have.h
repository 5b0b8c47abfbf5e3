/* Certificates whose private keys one still has: of the store, in use or not, and in files. */
#ifndef VOXLIST_RESCUE_HAVE_H
#define VOXLIST_RESCUE_HAVE_H

#include <cli/verb.h>
#include <libcert/store.h>

/* One that could sign a list. */
struct have {
    struct cert *cert;
    char *key_source; /* as cluster_key_open() and key_open() take it */
    char where[160];  /* "ITLRecovery (retired)", or the file */
    bool of_store;
};

struct haves {
    struct have *list;
    size_t n;
};

/*
 * haves_of_store(s, h, err): every CallManager and ITLRecovery certificate with a key, whatever its state.
 * haves_of_file( common, spec, h, err): "CERT" (its key stands beside it) or "CERT,KEYSOURCE". Errors: those of
 * reading. Free with haves_free(), also after an error.
 */
enum vox_err haves_of_store(struct store *s, struct haves *h, struct vox_error *err);
enum vox_err haves_of_file(const char *spec, struct haves *h, struct vox_error *err);
void haves_free(struct haves *h);

#endif
