/* Whose signature phones know that hold what was published last. */
#ifndef CLUSTER_KNOWN_SIGNERS_H
#define CLUSTER_KNOWN_SIGNERS_H

#include <ctl/list.h>
#include <libcert/store.h>

struct known_signers {
    struct ctl_list *list; /* what phones hold from there; NULL: nothing is known */
};

/*
 * known_signers_read(s, dir, name, out, err): of the version that the history calls current for that file, else of the
 * file itself. Errors: VOX_E_STORE, VOX_E_MEMORY. Free with known_signers_free().
 *
 * known_signers_have(k, c): c is one of its SASTs. known_signers_text(k, s, out, outlen, err): all of them, and for
 * each where its key is, as far as the store knows: "CN=SAST-1 (0123456789ab): on pkcs11:token=SAST1; CN=cm1 (...):
 * ...". known_signers_name(c, out, outlen): "CN=SAST-1 (0123456789ab)".
 */
enum vox_err known_signers_read(struct store *s, const char *dir, const char *name, struct known_signers *out,
                                struct vox_error *err);
void known_signers_free(struct known_signers *k);
bool known_signers_have(const struct known_signers *k, const struct cert *c);
enum vox_err known_signers_text(const struct known_signers *k, struct store *s, char *out, size_t outlen,
                                struct vox_error *err);
void known_signers_name(const struct cert *c, char *out, size_t outlen);

#endif
