#include "signer.h"

#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/report.h>
#include <libcert/clock.h>

void signer_init(struct signer *s)
{
    memset(s, 0, sizeof *s);
    s->digest = DIGEST_SHA512;
}

static void parse_time(char *arg, struct argp_state *state, struct signer *s)
{
    struct vox_error err;
    int64_t t;

    if (clock_parse(arg, &t, &err) != VOX_OK)
        argp_error(state, "--timestamp %s: %s", arg, err.text);
    else if (t < 0 || t > UINT32_MAX)
        argp_error(state, "--timestamp %s: the format holds times from 1970 to 2106", arg);
    else
        s->timestamp = (uint32_t)t;
    s->timed = true;
}

error_t signer_option(int key, char *arg, struct argp_state *state, struct signer *s)
{
    switch (key) {
    case OPTION_KEY:
        s->key_source = arg;
        return 0;
    case OPTION_CERT:
        s->cert_path = arg;
        return 0;
    case OPTION_DIGEST:
        if (!digest_parse(arg, &s->digest))
            argp_error(state, "--digest %s: sha1, sha256 or sha512", arg);
        s->digest_given = true;
        return 0;
    case OPTION_TIMESTAMP:
        parse_time(arg, state, s);
        return 0;
    case OPTION_PASSWORD_FILE:
        s->password_file = arg;
        return 0;
    case ARGP_KEY_END:
        if (s->cert_path == NULL)
            argp_error(state, "whose signature? Name the signer's certificate with --cert, its key with --key");
        if (s->key_source == NULL)
            s->key_source = s->cert_path;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

struct sgn_params signer_params(const struct signer *s, const char *filename)
{
    return (struct sgn_params){
        .filename = filename, .timestamp = s->timestamp, .digest = s->digest, .signer = s->cert, .key = s->key};
}

/* Without --timestamp: as reproducible builds have it, or now. */
static bool time_of_environment(struct cli_common *common, struct signer *s)
{
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    struct vox_error err;
    int64_t t = clock_now();

    if (epoch != NULL && epoch[0] != '\0') {
        if (epoch[strspn(epoch, "0123456789")] != '\0' || clock_parse(epoch, &t, &err) != VOX_OK || t > UINT32_MAX) {
            (void)cli_usage(common, "$SOURCE_DATE_EPOCH is no number of seconds since 1970: %s", epoch);
            return false;
        }
        s->timed = true;
    }
    s->timestamp = (uint32_t)t;
    return true;
}

int signer_open(struct cli_common *common, struct signer *s)
{
    struct sgn_params trial;
    struct vox_error err;
    struct bytes out;

    if (!s->timed && !time_of_environment(common, s))
        return EXIT_USAGE;
    if (cli_cert_open(s->cert_path, &s->cert, &err) != VOX_OK)
        return cli_report(common, s->cert_path, &err);
    if (cli_key_open(common, s->key_source, s->password_file, &s->key, &err) != VOX_OK)
        return cli_report(common, s->key_source, &err);
    trial = signer_params(s, "-");
    if (sgn_write(&trial, (struct bytes_view){NULL, 0}, &out, &err) != VOX_OK)
        return cli_report(common, s->cert_path, &err);
    bytes_free(&out);
    return EXIT_DONE;
}

void signer_close(struct signer *s)
{
    cert_free(&s->cert);
    EVP_PKEY_free(s->key);
    s->key = NULL;
}
