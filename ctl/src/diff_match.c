#include <stdlib.h>
#include <string.h>

#include "diff_match.h"

/* A name that says which node: an ITL's records hold none, or a blank. */
static bool says_node(const char *name)
{
    return name != NULL && name[strspn(name, " ")] != '\0';
}

static bool same_node(const struct ctl_record *a, const struct ctl_record *b)
{
    return says_node(a->dns_name) && says_node(b->dns_name) && strcmp(a->dns_name, b->dns_name) == 0;
}

static bool same_certificate(const struct ctl_record *a, const struct ctl_record *b)
{
    if (a->cert != NULL && b->cert != NULL)
        return cert_same(a->cert, b->cert);
    if (a->cert == NULL && b->cert == NULL && a->cert_hash.data != NULL && b->cert_hash.data != NULL)
        return bytes_equal(a->cert_hash, b->cert_hash);
    return false;
}

/* Byte for byte: the only likeness that a record without name and certificate can have. */
static bool identical(const struct ctl_record *a, const struct ctl_record *b)
{
    if (a->ntlvs != b->ntlvs)
        return false;
    for (size_t i = 0; i < a->ntlvs; i++)
        if (a->tlvs[i].tag != b->tlvs[i].tag || !bytes_equal(a->tlvs[i].value, b->tlvs[i].value))
            return false;
    return true;
}

static bool like_all(const struct ctl_record *a, const struct ctl_record *b)
{
    return a->function == b->function && same_certificate(a, b) &&
           (same_node(a, b) || (!says_node(a->dns_name) && !says_node(b->dns_name)));
}

static bool like_role_certificate(const struct ctl_record *a, const struct ctl_record *b)
{
    return a->function == b->function && same_certificate(a, b);
}

static bool like_role_node(const struct ctl_record *a, const struct ctl_record *b)
{
    return a->function == b->function && same_node(a, b);
}

static bool like_role_subject(const struct ctl_record *a, const struct ctl_record *b)
{
    return a->function == b->function && a->subject != NULL && b->subject != NULL &&
           strcmp(a->subject, b->subject) == 0;
}

enum vox_err diff_match(const struct ctl_list *a, const struct ctl_list *b, int *partner)
{
    static bool (*const likeness[])(const struct ctl_record *, const struct ctl_record *) = {
        identical, like_all, like_role_certificate, same_certificate, like_role_node, like_role_subject};
    bool *taken = calloc(b->nrecords + 1, sizeof *taken);

    if (taken == NULL)
        return VOX_E_MEMORY;
    for (size_t i = 0; i < a->nrecords; i++)
        partner[i] = -1;
    for (size_t way = 0; way < sizeof likeness / sizeof *likeness; way++)
        for (size_t i = 0; i < a->nrecords; i++)
            for (size_t k = 0; k < b->nrecords && partner[i] < 0; k++)
                if (!taken[k] && likeness[way](&a->records[i], &b->records[k])) {
                    partner[i] = (int)k;
                    taken[k] = true;
                }
    free(taken);
    return VOX_OK;
}
