/* A ceremony: what its steps share. */
#ifndef VOXTOKEN_CEREMONY_H
#define VOXTOKEN_CEREMONY_H

#include <cluster/prepared.h>
#include <libcert/store.h>

#include "holder.h"
#include "transcript.h"

enum { PRESENT_MAX = 16, PRESENT_LEAST = 2 };

struct ceremony_args {
    const char *file, *key, *second, *transcript, *output, *publish_to;
    const char *present[PRESENT_MAX];
    size_t npresent;
    bool rehearsal, resume, qr;
};

struct ceremony {
    struct cli_common *common;
    struct ceremony_args a;
    struct prepared_list p;
    struct transcript *t;
    struct holder signer, second;
    struct bytes signature, list; /* list: whole, once it was written */
    struct store *store;          /* NULL unless it is to be published */
    unsigned step;
};

/* ceremony_announce(c, what): the next numbered step, to the people. */
void ceremony_announce(struct ceremony *c, const char *what);

/* ceremony_witness(c, what, err): both tokens sign the transcript up to here; a line of that kind. Errors: of the
 * tokens, VOX_E_IO. */
enum vox_err ceremony_witness(struct ceremony *c, const char *what, struct vox_error *err);

/*
 * Publication, when --publish-to names a folder. ceremony_publish_ready(c, err): is there a store and the folder,
 * before anybody types a PIN? VOX_E_NOT_FOUND, VOX_E_IO, VOX_E_STORE. ceremony_publish(c, err): what known phones would
 * do, the word "publish", then as 'voxlist publish' does it. VOX_E_NO: they would refuse it, or nobody agreed; nothing
 * was published then.
 */
enum vox_err ceremony_publish_ready(struct ceremony *c, struct vox_error *err);
enum vox_err ceremony_publish(struct ceremony *c, struct vox_error *err);

/* ceremony_published(t, s, err): is what the transcript says of the publication so? The store's history has that list
 * under that version, and it stands in its folder unless a later one has replaced it (*later: its version, else 0).
 * VOX_E_NO: it is not, or nothing was published; VOX_E_STORE, VOX_E_IO. */
enum vox_err ceremony_published(const struct transcript *t, struct store *s, int64_t *later, struct vox_error *err);

#endif
