#include "members.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/report.h>
#include <libcert/limits.h>

/* Where the words after the file start: the first ",dns=" or ",ip=". A file's name may have commas. */
static char *words_of(char *spec)
{
    char *dns = strstr(spec, ",dns="), *ip = strstr(spec, ",ip=");

    if (dns == NULL || (ip != NULL && ip < dns))
        return ip;
    return dns;
}

static enum vox_err take_word(struct named_member *x, char *word, struct vox_error *err)
{
    if (strncmp(word, "dns=", 4) == 0) {
        if (x->dns != NULL)
            return vox_fail(err, VOX_E_USAGE, "dns= is given twice");
        if (strlen(word + 4) > LIMIT_DNS_NAME)
            return vox_fail(err, VOX_E_USAGE, "dns= is longer than %d characters", LIMIT_DNS_NAME);
        x->dns = strdup(word + 4);
        return x->dns != NULL ? VOX_OK : vox_fail(err, VOX_E_MEMORY, "no memory");
    }
    if (strncmp(word, "ip=", 3) == 0) {
        if (x->has_ip)
            return vox_fail(err, VOX_E_USAGE, "ip= is given twice");
        if (inet_pton(AF_INET, word + 3, x->ip) != 1)
            return vox_fail(err, VOX_E_USAGE, "%s is no IPv4 address: lists hold no other", word + 3);
        x->has_ip = true;
        return VOX_OK;
    }
    return vox_fail(err, VOX_E_USAGE, "%s is neither dns=NAME nor ip=ADDR", word);
}

enum vox_err members_add(struct named_members *m, int role, const char *spec, struct vox_error *err)
{
    struct named_member x = {.role = role, .file = strdup(spec)}, *list;
    enum vox_err code = VOX_OK;
    char *words, *rest, *word;

    if (x.file == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    if ((words = words_of(x.file)) != NULL) {
        *words++ = '\0';
        for (word = strtok_r(words, ",", &rest); word != NULL && code == VOX_OK; word = strtok_r(NULL, ",", &rest))
            code = take_word(&x, word, err);
    }
    if (code == VOX_OK && x.file[0] == '\0')
        code = vox_fail(err, VOX_E_USAGE, "no file is named");
    if (code == VOX_OK && m->n == LIMIT_LIST_RECORDS)
        code = vox_fail(err, VOX_E_USAGE, "more than %d records", LIMIT_LIST_RECORDS);
    if (code == VOX_OK) {
        if ((list = realloc(m->list, (m->n + 1) * sizeof *list)) == NULL) {
            code = vox_fail(err, VOX_E_MEMORY, "no memory");
        } else {
            m->list = list;
            m->list[m->n++] = x;
            return VOX_OK;
        }
    }
    free(x.file);
    free(x.dns);
    return code;
}

int members_load(const struct cli_common *common, struct named_members *m)
{
    struct vox_error err;

    for (size_t i = 0; i < m->n; i++) {
        if (cli_cert_open(m->list[i].file, &m->list[i].cert, &err) != VOX_OK)
            return cli_report(common, m->list[i].file, &err);
    }
    return EXIT_DONE;
}

const struct named_member *members_first(const struct named_members *m, int role)
{
    for (size_t i = 0; i < m->n; i++) {
        if (m->list[i].role == role)
            return &m->list[i];
    }
    return NULL;
}

void members_free(struct named_members *m)
{
    for (size_t i = 0; i < m->n; i++) {
        free(m->list[i].file);
        free(m->list[i].dns);
        cert_free(&m->list[i].cert);
    }
    free(m->list);
    *m = (struct named_members){NULL, 0};
}
