/*
 * Whole signed lists for tests, made from the lab's certificates.
 */
#ifndef TEST_LAB_LIST_H
#define TEST_LAB_LIST_H

#include "lab.h"

#include <libcert/role.h>

enum { LAB_TIME = 1795468806 }; /* 2026-11-23T21:20:06Z, as in the lab's files */

/* A signed list: the signer as SAST, then the members. */
static inline struct ctl_list *lab_signed(const char *filename, const struct cert *signer, EVP_PKEY *key,
                                          const struct ctl_member *more, size_t n)
{
    struct ctl_member members[8] = {{.cert = signer, .role = ROLE_SAST}};
    struct ctl_build_params p = {.filename = filename,
                                 .timestamp = LAB_TIME,
                                 .signer_version = SIGNER_VERSION_1_0,
                                 .digest = DIGEST_SHA1,
                                 .signer = signer,
                                 .members = members,
                                 .nmembers = n + 1};
    struct vox_error err;
    struct ctl_list *l;
    struct bytes file;

    assert_true(n < 8);
    for (size_t i = 0; i < n; i++)
        members[i + 1] = more[i];
    if (ctl_build(&p, key, &file, &err) != VOX_OK)
        fail_msg("%s", err.text);
    l = lab_read(bytes_view_of(&file));
    bytes_free(&file);
    return l;
}

#endif
