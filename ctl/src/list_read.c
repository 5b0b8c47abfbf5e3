#include <stdlib.h>
#include <string.h>

#include <ctl/list.h>
#include <libcert/limits.h>
#include <libcert/role.h>
#include <libcert/tlv.h>

#include "record.h"

/* Read one more record into l, whose array has room for *cap. */
static enum vox_err append(struct ctl_list *l, size_t *cap, struct tlv_reader *r, struct vox_error *err)
{
    enum vox_err code;

    if (l->nrecords == LIMIT_LIST_RECORDS)
        return vox_fail(err, VOX_E_INPUT, "trust-list.md 6: list: more than %d records (byte %zu)", LIMIT_LIST_RECORDS,
                        tlv_offset(r));
    if (l->nrecords == *cap) {
        const size_t more = *cap == 0 ? 8 : *cap * 2;
        struct ctl_record *records = realloc(l->records, more * sizeof *records);

        if (records == NULL)
            return vox_fail(err, VOX_E_MEMORY, "no memory");
        l->records = records;
        *cap = more;
    }
    if ((code = record_read(r, l->nrecords + 1, &l->records[l->nrecords], err)) == VOX_OK)
        l->nrecords++;
    return code;
}

enum vox_err ctl_list_read(const uint8_t *file, size_t len, struct ctl_list **out, struct vox_error *err)
{
    struct ctl_list *l;
    struct bytes_view skipped;
    enum vox_err code;
    size_t cap = 0;

    *out = NULL;
    if (len > LIMIT_LIST_FILE)
        return vox_fail(err, VOX_E_INPUT, "trust-list.md 6: list: %zu bytes, more than %d", len, LIMIT_LIST_FILE);
    if ((l = calloc(1, sizeof *l)) == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    if ((code = bytes_copy(&l->file, file, len, err)) != VOX_OK ||
        (code = ctl_header_read(l->file.data, l->file.len, HEADER_LIST, &l->header, err)) != VOX_OK)
        goto err0;

    struct tlv_reader r = tlv_reader(l->file.data, l->file.len);
    tlv_take(&r, l->header.header_length, &skipped);
    while (tlv_left(&r) > 0) {
        if ((code = append(l, &cap, &r, err)) != VOX_OK)
            goto err0;
    }
    *out = l;
    return VOX_OK;

err0:
    ctl_list_free(&l);
    return code;
}

void ctl_list_free(struct ctl_list **list)
{
    struct ctl_list *l = *list;

    if (l == NULL)
        return;
    for (size_t i = 0; i < l->nrecords; i++)
        record_free(&l->records[i]);
    free(l->records);
    bytes_free(&l->file);
    free(l);
    *list = NULL;
}

bool ctl_list_is_blank(const struct ctl_list *l)
{
    for (size_t i = 0; i < l->nrecords; i++) {
        const struct ctl_record *r = &l->records[i];

        if ((r->function == ROLE_TVS || role_may_sign_files(r->function)) &&
            (r->cert != NULL || r->cert_hash.data != NULL))
            return false;
    }
    return true;
}
