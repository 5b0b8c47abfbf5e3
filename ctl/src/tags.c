#include <stdio.h>

#include "tags.h"

static const struct tag_row header_rows[] = {
    {HTAG_VERSION, 0, RULE_NUMBER, 2, KIND_ANY, KIND_ANY, "VERSION"},
    {HTAG_HEADERLENGTH, 0, RULE_NUMBER, 2, KIND_ANY, KIND_ANY, "HEADERLENGTH"},
    {HTAG_SIGNERID, 0, RULE_CONTAINER, 0, KIND_ANY, KIND_ANY, "SIGNERID"},
    {HTAG_SIGNERNAME, HTAG_SIGNERID, RULE_TEXT, 0, KIND_ANY, KIND_ANY, "SIGNERNAME"},
    {HTAG_SERIALNUMBER, HTAG_SIGNERID, RULE_BYTES, 0, KIND_ANY, KIND_ANY, "SERIALNUMBER"},
    {HTAG_CANAME, HTAG_SIGNERID, RULE_TEXT, 0, KIND_ANY, KIND_ANY, "CANAME"},
    {HTAG_SIGNATUREINFO, 0, RULE_CONTAINER, 0, KIND_ANY, KIND_ANY, "SIGNATUREINFO"},
    {HTAG_DIGESTALGORITHM, HTAG_SIGNATUREINFO, RULE_NUMBER, 1, KIND_ANY, KIND_ANY, "DIGESTALGORTITHM"},
    {HTAG_SIGNATUREALGOINFO, HTAG_SIGNATUREINFO, RULE_CONTAINER, 0, KIND_ANY, KIND_ANY, "SIGNATUREALGOINFO"},
    {HTAG_SIGNATUREALGORITHM, HTAG_SIGNATUREALGOINFO, RULE_NUMBER, 1, KIND_ANY, KIND_ANY, "SIGNATUREALGORTITHM"},
    {HTAG_SIGNATUREMODULUS, HTAG_SIGNATUREALGOINFO, RULE_NUMBER, 1, KIND_ANY, KIND_ANY, "SIGNATUREMODULUS"},
    {HTAG_SIGNATURE, 0, RULE_BYTES, 0, KIND_ANY, KIND_ANY, "SIGNATURE"},
    {HTAG_PADDING, 0, RULE_PADDING, 0, KIND_ANY, 0, "PADDING"},
    {HTAG_FILENAME, 0, RULE_TEXT, 0, KIND_ANY, KIND_ANY, "FILENAME"},
    {HTAG_TIMESTAMP, 0, RULE_NUMBER, 4, KIND_ANY, 0, "TIMESTAMP"},
    {HTAG_ENCRYPTION_INFO, 0, RULE_CONTAINER, 0, KIND_ENCSGN, KIND_ENCSGN, "ENCRYPTION_INFO"},
    {HTAG_IV_INFO, HTAG_ENCRYPTION_INFO, RULE_CONTAINER, 0, KIND_ENCSGN, KIND_ENCSGN, "IV_INFO"},
    {HTAG_CONTENT_ALGORITHM, HTAG_IV_INFO, RULE_NUMBER, 1, KIND_ENCSGN, KIND_ENCSGN, "CONTENT_ALGORITHM"},
    {HTAG_IV, HTAG_IV_INFO, RULE_BYTES, 16, KIND_ENCSGN, KIND_ENCSGN, "IV"},
    {HTAG_PADDING_LENGTH, HTAG_IV_INFO, RULE_NUMBER, 2, KIND_ENCSGN, KIND_ENCSGN, "PADDING_LENGTH"},
    {HTAG_KEY_INFO, HTAG_ENCRYPTION_INFO, RULE_CONTAINER, 0, KIND_ENCSGN, KIND_ENCSGN, "KEY_INFO"},
    {HTAG_KEY_UNKNOWN, HTAG_KEY_INFO, RULE_NUMBER, 1, KIND_ENCSGN, KIND_ENCSGN, "KEY_INFO_22"},
    {HTAG_KEY_SIZE, HTAG_KEY_INFO, RULE_NUMBER, 2, KIND_ENCSGN, KIND_ENCSGN, "KEY_SIZE"},
    {HTAG_KEY_ALGORITHM, HTAG_KEY_INFO, RULE_NUMBER, 1, KIND_ENCSGN, KIND_ENCSGN, "KEY_ALGORITHM"},
    {HTAG_KEY, HTAG_KEY_INFO, RULE_BYTES, 0, KIND_ENCSGN, KIND_ENCSGN, "KEY"},
    {HTAG_CONTENT_DIGEST_ALGORITHM, 0, RULE_NUMBER, 1, KIND_ENCSGN, KIND_ENCSGN, "CONTENT_DIGEST_ALGORITHM"},
    {HTAG_CONTENT_DIGEST, 0, RULE_BYTES, 0, KIND_ENCSGN, KIND_ENCSGN, "CONTENT_DIGEST"},
    {HTAG_SIGNERVERSION, 0, RULE_NUMBER, 2, KIND_ANY, 0, "SIGNERVERSION"},
};

static const struct tag_row record_rows[] = {
    {RTAG_RECORDLENGTH, 0, RULE_NUMBER, 2, KIND_LIST, KIND_LIST, "RECORDLENGTH"},
    {RTAG_DNSNAME, 0, RULE_NODE, 0, KIND_LIST, 0, "DNSNAME"},
    {RTAG_SUBJECTNAME, 0, RULE_TEXT, 0, KIND_LIST, 0, "SUBJECTNAME"},
    {RTAG_FUNCTION, 0, RULE_NUMBER, 2, KIND_LIST, KIND_LIST, "FUNCTION"},
    {RTAG_ISSUERNAME, 0, RULE_TEXT, 0, KIND_LIST, 0, "ISSUERNAME"},
    {RTAG_SERIALNUMBER, 0, RULE_BYTES, 0, KIND_LIST, 0, "SERIALNUMBER"},
    {RTAG_PUBLICKEY, 0, RULE_BYTES, 0, KIND_LIST, 0, "PUBLICKEY"},
    {RTAG_SIGNATURE, 0, RULE_BYTES, 0, KIND_LIST, 0, "SIGNATURE"},
    {RTAG_CERTIFICATE, 0, RULE_BYTES, 0, KIND_LIST, 0, "CERTIFICATE"},
    {RTAG_IPADDRESS, 0, RULE_ADDRESS, 0, KIND_LIST, 0, "IPADDRESS"},
    {RTAG_CERTHASH, 0, RULE_BYTES, 0, KIND_LIST, 0, "CERTHASH"},
    {RTAG_HASHALGORITHM, 0, RULE_NUMBER, 1, KIND_LIST, 0, "HASH ALGORITHM"},
};

enum { HEADER_ROWS = sizeof header_rows / sizeof *header_rows, RECORD_ROWS = sizeof record_rows / sizeof *record_rows };

/* Rows stand in the order of their tags, which start at 1 and have no gap. */
const struct tag_row *tag_header_row(uint8_t tag)
{
    return tag >= 1 && tag <= HEADER_ROWS ? &header_rows[tag - 1] : NULL;
}

const struct tag_row *tag_record_row(uint8_t tag)
{
    return tag >= 1 && tag <= RECORD_ROWS ? &record_rows[tag - 1] : NULL;
}

const struct tag_row *tag_header_rows(size_t *n)
{
    *n = HEADER_ROWS;
    return header_rows;
}

const struct tag_row *tag_record_rows(size_t *n)
{
    *n = RECORD_ROWS;
    return record_rows;
}

/* No name at all: clusters' ITLs write it with a NUL to spare. */
static bool is_blank(struct bytes_view v)
{
    for (size_t i = 0; i < v.len; i++)
        if (v.data[i] != '\0')
            return false;
    return v.len > 0;
}

enum vox_err tag_check(const struct tag_row *row, int section, const struct tlv *t, struct vox_error *err)
{
    const size_t has = t->value.len;
    char why[64] = "";
    const char *text;
    size_t textlen;

    switch (row->rule) {
    case RULE_NUMBER:
        if (has != row->len)
            (void)snprintf(why, sizeof why, "must be %u byte%s, has %zu", row->len, row->len == 1 ? "" : "s", has);
        break;
    case RULE_NODE:
        if (is_blank(t->value))
            break;
        /* fall through */
    case RULE_TEXT:
        if (has == 0 || t->value.data[has - 1] != '\0')
            (void)snprintf(why, sizeof why, "text lacks the NUL at its end");
        else if (!tlv_as_text(t, &text, &textlen))
            (void)snprintf(why, sizeof why, "text has a NUL inside");
        break;
    case RULE_BYTES:
        if (row->len == 0 && has == 0)
            (void)snprintf(why, sizeof why, "is empty");
        else if (row->len != 0 && has != row->len)
            (void)snprintf(why, sizeof why, "must be %u bytes, has %zu", row->len, has);
        break;
    case RULE_ADDRESS:
        if (has != 4 && has != 16)
            (void)snprintf(why, sizeof why, "must be 4 bytes (16 for IPv6), has %zu", has);
        break;
    case RULE_CONTAINER:
    case RULE_PADDING:
        break;
    }
    if (why[0] == '\0')
        return VOX_OK;
    return vox_fail(err, VOX_E_INPUT, "trust-list.md %d.%u: %s: %s (byte %zu)", section, row->tag, row->name, why,
                    t->offset);
}
