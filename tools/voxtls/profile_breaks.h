/* Which phones' security profiles a change of the policy makes impossible. */
#ifndef VOXTLS_PROFILE_BREAKS_H
#define VOXTLS_PROFILE_BREAKS_H

#include <libcert/identity.h>
#include <libcert/phone.h>

struct profile_breaks {
    size_t n;                       /* phones whose profile works on them now, and then no more */
    char first[PHONE_NAME_MAX + 1]; /* one of them */
    char why[VOX_ERROR_TEXT_MAX];   /* and what is in its way */
};

/* profile_breaks_find(s, from, to, out, err): of all phones that are known, or have a profile. */
enum vox_err profile_breaks_find(struct store *s, const struct tls_settings *from, const struct tls_settings *to,
                                 struct profile_breaks *out, struct vox_error *err);

#endif
