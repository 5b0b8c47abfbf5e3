#include <ctl/list.h>
#include <ctl/verify.h>
#include <libcert/limits.h>
#include <libcert/role.h>
#include <libcert/tlv.h>

#include "record.h"
#include "signed_build.h"

static bool signer_is_member(const struct ctl_build_params *p)
{
    for (size_t i = 0; i < p->nmembers; i++) {
        const struct ctl_member *m = &p->members[i];

        if (role_may_sign_lists(m->role) && m->cert != NULL && cert_same(m->cert, p->signer))
            return true;
    }
    return false;
}

static enum vox_err check_params(const struct ctl_build_params *p, struct vox_error *err)
{
    if (p->nmembers == 0)
        return vox_fail(err, VOX_E_INPUT, "a list needs at least its signer as a member");
    if (p->nmembers > LIMIT_LIST_RECORDS)
        return vox_fail(err, VOX_E_INPUT, "%zu members are more than a list may have: %d (trust-list.md 6)",
                        p->nmembers, LIMIT_LIST_RECORDS);
    if (p->signer == NULL)
        return vox_fail(err, VOX_E_INPUT, "a list needs a signer");
    if (!signer_is_member(p))
        return vox_fail(err, VOX_E_INPUT,
                        "the signer's certificate is not among the SAST members, so no phone could verify the list "
                        "(trust-list.md 4)");
    return VOX_OK;
}

/* All records, one after the other. */
static enum vox_err write_records(const struct ctl_build_params *p, struct bytes *out, struct vox_error *err)
{
    struct tlv_writer w = tlv_writer(LIMIT_LIST_FILE);
    enum vox_err code;

    for (size_t i = 0; i < p->nmembers; i++) {
        if ((code = record_write(&w, &p->members[i], err)) != VOX_OK) {
            tlv_writer_free(&w);
            vox_error_prefix(err, "member %zu", i + 1);
            return code;
        }
    }
    return tlv_finish(&w, out, err);
}

/* Build with key, or with a zero signature when it is NULL. */
static enum vox_err build(const struct ctl_build_params *p, EVP_PKEY *key, struct bytes *out, struct vox_error *err)
{
    struct bytes records = {NULL, 0};
    enum vox_err code;

    *out = (struct bytes){NULL, 0};
    if ((code = check_params(p, err)) != VOX_OK || (code = write_records(p, &records, err)) != VOX_OK)
        return code;
    const struct signed_params sp = {
        .kind = HEADER_LIST,
        .signer = p->signer,
        .signer_version = p->signer_version,
        .digest = p->digest,
        .filename = p->filename,
        .timestamp = p->timestamp,
        .max = LIMIT_LIST_FILE,
    };
    code = signed_build(&sp, bytes_view_of(&records), key, out, err);
    bytes_free(&records);
    return code;
}

/* A list that we made must be one that we read, and (when signed) verify. */
static enum vox_err check_result(struct bytes *made, bool is_signed, struct vox_error *err)
{
    struct ctl_list *l;
    enum vox_err code;

    if ((code = ctl_list_read(made->data, made->len, &l, err)) == VOX_OK) {
        if (is_signed)
            code = ctl_verify(l, err);
        ctl_list_free(&l);
    }
    if (code == VOX_OK)
        return VOX_OK;
    bytes_free(made);
    if (code == VOX_E_MEMORY)
        return code;
    vox_error_prefix(err, "the list just built is not sound");
    if (err != NULL)
        err->code = VOX_E_CRYPTO;
    return VOX_E_CRYPTO;
}

enum vox_err ctl_build_unsigned(const struct ctl_build_params *p, struct bytes *out, struct vox_error *err)
{
    enum vox_err code = build(p, NULL, out, err);

    return code != VOX_OK ? code : check_result(out, false, err);
}

enum vox_err ctl_build(const struct ctl_build_params *p, EVP_PKEY *key, struct bytes *out, struct vox_error *err)
{
    enum vox_err code;

    *out = (struct bytes){NULL, 0};
    if (key == NULL)
        return vox_fail(err, VOX_E_USAGE, "a signed list needs the signer's private key");
    if ((code = build(p, key, out, err)) != VOX_OK)
        return code;
    return check_result(out, true, err);
}
