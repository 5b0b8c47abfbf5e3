/*
 * The lab's cluster as members of a list to be built.
 */
#ifndef TEST_LAB_CLUSTER_H
#define TEST_LAB_CLUSTER_H

#include "lab.h"

#include <ctl/verify.h>
#include <libcert/role.h>

enum { LAB_MEMBERS = 8 };

struct lab_cluster {
    struct cert *certs[LAB_MEMBERS];
    struct ctl_member members[LAB_MEMBERS];
    EVP_PKEY *key; /* of certs[0] */
    struct ctl_build_params params;
};

/* In the order of the lab's ITL. */
static inline void lab_cluster_make(struct lab_cluster *x)
{
    static const struct {
        const char *pem;
        int role;
    } of[LAB_MEMBERS] = {{"sast.pem", ROLE_SAST}, {"sast2.pem", ROLE_SAST},    {"ccm.pem", ROLE_CCM_TFTP},
                         {"tftp.pem", ROLE_TFTP}, {"web-ec.pem", ROLE_TFTP},   {"capf.pem", ROLE_CAPF},
                         {"tvs.pem", ROLE_TVS},   {"app.pem", ROLE_APP_SERVER}};

    memset(x, 0, sizeof *x);
    for (size_t i = 0; i < LAB_MEMBERS; i++) {
        x->certs[i] = lab_cert(of[i].pem);
        x->members[i] = (struct ctl_member){.cert = x->certs[i], .role = of[i].role};
    }
    x->key = lab_key("sast.pem");
    x->params = (struct ctl_build_params){
        .filename = "ITLFile.tlv",
        .timestamp = 0x6b04ae05,
        .signer_version = SIGNER_VERSION_1_1,
        .digest = DIGEST_SHA512,
        .signer = x->certs[0],
        .members = x->members,
        .nmembers = LAB_MEMBERS,
    };
}

static inline void lab_cluster_free(struct lab_cluster *x)
{
    for (size_t i = 0; i < LAB_MEMBERS; i++)
        cert_free(&x->certs[i]);
    EVP_PKEY_free(x->key);
}

/* Build or fail the test. */
static inline struct bytes lab_build(const struct ctl_build_params *p, EVP_PKEY *key)
{
    struct vox_error err;
    struct bytes out;

    if (ctl_build(p, key, &out, &err) != VOX_OK)
        fail_msg("not built: %s (%s)", err.text, err.detail);
    return out;
}

#endif
