/*
 * Whose hand it was: the words in the audit log. Source: docs/formats/store.md 4.2.
 */
#ifndef STORE_AUDIT_WHO_H
#define STORE_AUDIT_WHO_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <libcert/error.h>

/* What is known of the calling user. */
struct audit_ids {
    bool has_login;
    uid_t login;          /* who logged in, as the kernel has recorded it */
    uid_t real;           /* who runs the program */
    uid_t effective;      /* whose rights it has */
    const char *sudo_uid; /* $SUDO_UID, NULL if unset: believed only from root */
};

/* audit_ids_now(out): of this process. */
void audit_ids_now(struct audit_ids *out);

/* audit_who_text(ids, out, outlen): "root(0)" or "alice(1000) as root(0)". A uid without a name is "uid(4711)". */
void audit_who_text(const struct audit_ids *ids, char *out, size_t outlen);

/* The words for this process, looked up once and again when it has changed its user. */
enum { AUDIT_WHO_MAX = 272 };
struct audit_who {
    bool known;
    uid_t real, effective;
    char text[AUDIT_WHO_MAX];
};

/* audit_who_now(w): of this process; borrowed from w, which begins as zeros. */
const char *audit_who_now(struct audit_who *w);

#endif
