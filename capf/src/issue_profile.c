#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <capf/issuer.h>

enum {
    DAYS_MAX = 7300,
    BACKDATE_MAX = 86400,
    RSA_LEAST = 512, /* what the oldest phones make */
    RSA_MOST = 4096, /* more costs phones minutes, and each check of it the cluster seconds */
    RSA_STEP = 8,
    DEVICE_DAY_MAX = 10000,
    HOUR_MAX = 10000000,
};

struct capf_profile capf_profile_default(void)
{
    return (struct capf_profile){
        .days = 1825,
        .backdate_s = 3600,
        .digest = DIGEST_SHA256,
        .server_auth = true,
        .client_auth = true,
        .ipsec = true,
        .san = CAPF_SAN_URI,
        .rsa_min = 2048,
        .rsa_max = RSA_MOST,
        .per_device_day = 10,
        .per_hour = 0,
    };
}

static enum vox_err parse_number(const char *name, const char *value, long least, long most, long *out,
                                 struct vox_error *err)
{
    size_t digits = strspn(value, "0123456789");

    errno = 0;
    *out = strtol(value, NULL, 10);
    if (digits == 0 || digits > 9 || value[digits] != '\0' || *out < least || *out > most)
        return vox_fail(err, VOX_E_USAGE, "%s is a number from %ld to %ld, not \"%.40s\"", name, least, most, value);
    return VOX_OK;
}

static enum vox_err set_days(struct capf_profile *p, const char *value, struct vox_error *err)
{
    long n;
    enum vox_err code = parse_number("days", value, 1, DAYS_MAX, &n, err);

    if (code == VOX_OK)
        p->days = (int)n;
    return code;
}

static enum vox_err set_backdate(struct capf_profile *p, const char *value, struct vox_error *err)
{
    long n;
    enum vox_err code = parse_number("backdate (seconds)", value, 0, BACKDATE_MAX, &n, err);

    if (code == VOX_OK)
        p->backdate_s = (int)n;
    return code;
}

static enum vox_err set_digest(struct capf_profile *p, const char *value, struct vox_error *err)
{
    enum digest d;

    if (!digest_parse(value, &d) || d == DIGEST_SHA1)
        return vox_fail(err, VOX_E_USAGE, "digest is sha256 or sha512, not \"%.40s\"", value);
    p->digest = d;
    return VOX_OK;
}

/* "server,client,ipsec" in any order, each once; "none". */
static enum vox_err set_usages(struct capf_profile *p, const char *value, struct vox_error *err)
{
    static const char *const words[] = {"server", "client", "ipsec"};
    bool have[3] = {false};
    const char *at = value;

    if (strcmp(value, "none") == 0)
        goto done;
    for (;;) {
        size_t len = strcspn(at, ","), i = 0;

        while (i < 3 && (strlen(words[i]) != len || strncmp(words[i], at, len) != 0))
            i++;
        if (i == 3 || have[i])
            return vox_fail(err, VOX_E_USAGE,
                            "usages is a list of server, client and ipsec with ',' between, or none; not \"%.40s\"",
                            value);
        have[i] = true;
        if (at[len] == '\0')
            break;
        at += len + 1;
    }
done:
    p->server_auth = have[0];
    p->client_auth = have[1];
    p->ipsec = have[2];
    return VOX_OK;
}

static enum vox_err set_san(struct capf_profile *p, const char *value, struct vox_error *err)
{
    if (strcmp(value, "none") == 0)
        p->san = CAPF_SAN_NONE;
    else if (strcmp(value, "uri") == 0)
        p->san = CAPF_SAN_URI;
    else if (strcmp(value, "dns") == 0)
        p->san = CAPF_SAN_DNS;
    else
        return vox_fail(err, VOX_E_USAGE, "san is none, uri or dns, not \"%.40s\"", value);
    return VOX_OK;
}

static enum vox_err parse_rsa(const char *name, const char *value, unsigned *out, struct vox_error *err)
{
    long n;
    enum vox_err code = parse_number(name, value, RSA_LEAST, RSA_MOST, &n, err);

    if (code != VOX_OK)
        return code;
    if (n % RSA_STEP != 0)
        return vox_fail(err, VOX_E_USAGE, "%s is a multiple of %d bits, which %ld is not", name, RSA_STEP, n);
    *out = (unsigned)n;
    return VOX_OK;
}

static enum vox_err set_rsa_min(struct capf_profile *p, const char *value, struct vox_error *err)
{
    return parse_rsa("rsa-min", value, &p->rsa_min, err);
}

static enum vox_err set_rsa_max(struct capf_profile *p, const char *value, struct vox_error *err)
{
    return parse_rsa("rsa-max", value, &p->rsa_max, err);
}

static enum vox_err set_per_device_day(struct capf_profile *p, const char *value, struct vox_error *err)
{
    long n;
    enum vox_err code = parse_number("per-device-day", value, 1, DEVICE_DAY_MAX, &n, err);

    if (code == VOX_OK)
        p->per_device_day = (unsigned)n;
    return code;
}

static enum vox_err set_per_hour(struct capf_profile *p, const char *value, struct vox_error *err)
{
    long n;
    enum vox_err code = parse_number("per-hour (0: no cap)", value, 0, HOUR_MAX, &n, err);

    if (code == VOX_OK)
        p->per_hour = (unsigned)n;
    return code;
}

static const struct {
    const char *name;
    enum vox_err (*set)(struct capf_profile *p, const char *value, struct vox_error *err);
} settings[] = {
    {"days", set_days},         {"backdate", set_backdate},
    {"digest", set_digest},     {"usages", set_usages},
    {"san", set_san},           {"rsa-min", set_rsa_min},
    {"rsa-max", set_rsa_max},   {"per-device-day", set_per_device_day},
    {"per-hour", set_per_hour},
};

enum vox_err capf_profile_set(struct capf_profile *p, const char *name, const char *value, struct vox_error *err)
{
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (strcmp(settings[i].name, name) == 0)
            return settings[i].set(p, value, err);
    return vox_fail(err, VOX_E_USAGE,
                    "\"%.40s\" is no setting of certificates: days, backdate, digest, usages, san, rsa-min, rsa-max, "
                    "per-device-day and per-hour are",
                    name);
}

const char *capf_profile_name(size_t i)
{
    return i < sizeof settings / sizeof *settings ? settings[i].name : NULL;
}
