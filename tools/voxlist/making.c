#include "making.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include <cli/report.h>
#include <libcert/clock.h>

struct making making_defaults(void)
{
    return (struct making){.digest = DIGEST_SHA512, .signer_version = SIGNER_VERSION_1_0};
}

static bool in_range(int64_t t)
{
    return t >= 0 && t <= UINT32_MAX;
}

static error_t parse_time(const char *arg, struct argp_state *state, struct making *m)
{
    struct vox_error err;
    int64_t t;

    if (clock_parse(arg, &t, &err) != VOX_OK)
        argp_error(state, "--timestamp: %s", err.text);
    if (!in_range(t))
        argp_error(state, "--timestamp %s: a list holds times from 1970 to 2106", arg);
    m->timestamp = (uint32_t)t;
    m->has_timestamp = true;
    return 0;
}

error_t making_parse(int key, char *arg, struct argp_state *state, struct making *m)
{
    switch (key) {
    case MAKING_DIGEST:
        if (!digest_parse(arg, &m->digest))
            argp_error(state, "--digest %s: sha1, sha256 or sha512", arg);
        return 0;
    case MAKING_SIGNER_VERSION:
        if (strcmp(arg, "1.0") == 0)
            m->signer_version = SIGNER_VERSION_1_0;
        else if (strcmp(arg, "1.1") == 0)
            m->signer_version = SIGNER_VERSION_1_1;
        else if (strcmp(arg, "none") == 0)
            m->signer_version = SIGNER_VERSION_ABSENT;
        else
            argp_error(state, "--signer-version %s: 1.0, 1.1 or none", arg);
        return 0;
    case MAKING_TIMESTAMP:
        return parse_time(arg, state, m);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int making_time(const struct cli_common *common, struct making *m)
{
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    struct vox_error err;
    int64_t t = clock_now();

    if (m->has_timestamp)
        return EXIT_DONE;
    if (epoch != NULL && epoch[0] != '\0' && (clock_parse(epoch, &t, &err) != VOX_OK || !in_range(t)))
        return cli_usage(common, "$SOURCE_DATE_EPOCH is no number of seconds since 1970: %s", epoch);
    m->timestamp = (uint32_t)t;
    m->has_timestamp = true;
    return EXIT_DONE;
}

struct ctl_build_params making_params(const struct making *m, const char *filename)
{
    return (struct ctl_build_params){
        .filename = filename,
        .timestamp = m->timestamp,
        .signer_version = m->signer_version,
        .digest = m->digest,
    };
}

void making_findings(const struct cli_common *common, const char *subject, const struct lint_finding *found, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct lint_finding *f = &found[i];

        if (f->severity < LINT_WARNING)
            continue;
        if (f->record < 0)
            cli_warn(common, subject, "%s [%s]", f->text, f->code);
        else
            cli_warn(common, subject, "record %d: %s [%s]", f->record + 1, f->text, f->code);
    }
}

json_t *making_findings_json(const struct lint_finding *found, size_t n)
{
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++) {
        const struct lint_finding *f = &found[i];

        if (json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:s}", "code", f->code, "severity",
                                                  lint_severity_word(f->severity), "record",
                                                  f->record < 0 ? json_null() : json_integer(f->record + 1), "text",
                                                  f->text)) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

void making_notes(const struct cli_common *common, const struct composed *c)
{
    for (size_t i = 0; i < c->nnotes; i++)
        cli_warn(common, NULL, "%s", c->notes[i]);
}

void making_sha256(struct bytes_view data, char out[static 65])
{
    uint8_t md[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    if (EVP_Digest(data.data, data.len, md, &len, EVP_sha256(), NULL) <= 0)
        len = 0;
    hex_encode(md, len, out);
}
