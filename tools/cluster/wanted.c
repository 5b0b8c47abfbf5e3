#include "wanted.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libcert/file.h>
#include <libcert/token.h>

#include "naming.h"

static void parse_days(const char *arg, struct argp_state *state, struct wanted *w)
{
    char *end;
    long days;

    errno = 0;
    days = strtol(arg, &end, 10);
    if (arg[0] < '0' || arg[0] > '9' || *end != '\0' || errno != 0 || days < 1 || days > 36500)
        argp_error(state, "--days %s: a number from 1 to 36500", arg);
    w->days = (int)days;
}

error_t wanted_parse(int key, char *arg, struct argp_state *state, struct wanted *w)
{
    switch (key) {
    case 'n':
        w->node = arg;
        return 0;
    case WANTED_SUBJECT:
        w->subject = arg;
        return 0;
    case WANTED_SAN:
        if (w->nsan == WANTED_SAN_MAX)
            argp_error(state, "--san: at most %d", WANTED_SAN_MAX);
        w->san[w->nsan++] = arg;
        return 0;
    case 'k':
        w->key = arg;
        return 0;
    case WANTED_DAYS:
        parse_days(arg, state, w);
        return 0;
    case WANTED_REPLACE:
        w->replace = true;
        return 0;
    case ARGP_KEY_ARG:
        if (w->service != NULL)
            argp_error(state, "one SERVICE at a time: %s", arg);
        w->service = arg;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which SERVICE?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

enum vox_err wanted_suits(enum service s, const struct key_spec *spec, struct vox_error *err)
{
    bool rsa_only = s == SERVICE_CALLMANAGER || s == SERVICE_CAPF || s == SERVICE_ITLRECOVERY;
    bool signs_lists = s == SERVICE_CALLMANAGER || s == SERVICE_ITLRECOVERY;

    if (s == SERVICE_CALLMANAGER_ECDSA && spec->type != KEY_EC)
        return vox_fail(err, VOX_E_USAGE, "%s is for an EC key: --key ec:P-256, ec:P-384 or ec:P-521", service_name(s));
    if (rsa_only && spec->type != KEY_RSA)
        return vox_fail(err, VOX_E_USAGE, "phones take nothing but an RSA key from %s: --key rsa:2048%s",
                        service_name(s),
                        s == SERVICE_CALLMANAGER ? "; CallManager-ECDSA is the service for an EC key" : "");
    if (signs_lists && spec->rsa_bits != 1024 && spec->rsa_bits != 2048 && spec->rsa_bits != 4096)
        return vox_fail(err, VOX_E_USAGE,
                        "%s signs trust lists, whose format has no room for a key of %u bits: --key rsa:2048 (every "
                        "phone takes it) or rsa:4096",
                        service_name(s), spec->rsa_bits);
    return VOX_OK;
}

enum vox_err wanted_uri_check(const char *uri, struct vox_error *err)
{
    struct token_uri *u;
    enum vox_err code = token_uri_parse(uri, &u, err);

    if (code == VOX_OK && token_uri_pin_source(u) != NULL && token_uri_pin_source(u)[0] != '/')
        code = vox_fail(err, VOX_E_USAGE, "the store keeps the URI: pin-source= must begin with '/'");
    token_uri_free(&u);
    return code;
}

static enum vox_err choose_spec(const struct wanted *w, struct ready *p, struct vox_error *err)
{
    const char *text = w->key;
    enum vox_err code;

    if (text == NULL)
        text = p->owner.service == SERVICE_CALLMANAGER_ECDSA ? "ec:P-384" : "rsa:2048";
    if (token_uri_is(text)) {
        code = wanted_uri_check(text, err);
        p->on_token = code == VOX_OK;
        return code;
    }
    if ((code = key_spec_parse(text, &p->spec, err)) != VOX_OK)
        return code;
    return wanted_suits(p->owner.service, &p->spec, err);
}

enum vox_err ready_names(struct store *s, const struct wanted *w, struct ready *out, struct vox_error *err)
{
    enum vox_err code;

    memset(out, 0, sizeof *out);
    if ((code = owner_find(s, w->service, w->node, &out->owner, err)) != VOX_OK ||
        (code = choose_spec(w, out, err)) != VOX_OK ||
        (code = naming_subject(&out->owner, w->subject, &out->subject, err)) != VOX_OK)
        return code;
    if (w->nsan > 0)
        memcpy(out->san, w->san, sizeof out->san);
    else
        naming_alternatives(&out->owner, out->names, out->san);
    return VOX_OK;
}

struct key_spec wanted_spec_of(const EVP_PKEY *key)
{
    return (struct key_spec){.type = EVP_PKEY_get_base_id(key) == EVP_PKEY_EC ? KEY_EC : KEY_RSA,
                             .rsa_bits = (unsigned)EVP_PKEY_get_bits(key)};
}

/* A key that is on a token already: does it suit the service? */
static enum vox_err open_token(const struct wanted *w, struct ready *p, struct vox_error *err)
{
    enum vox_err code = key_open(w->key, &w->pass, &p->key, err);

    if (code != VOX_OK)
        return code;
    p->spec = wanted_spec_of(p->key);
    if ((code = wanted_suits(p->owner.service, &p->spec, err)) != VOX_OK)
        return code;
    p->key_source = strdup(w->key);
    p->key_path = strdup(w->key);
    return p->key_source != NULL && p->key_path != NULL ? VOX_OK : vox_fail(err, VOX_E_MEMORY, "no memory");
}

enum vox_err ready_key(struct store *s, const struct wanted *w, struct ready *p, struct vox_error *err)
{
    enum vox_err code;

    if (p->on_token)
        return open_token(w, p, err);
    if ((code = naming_key_file(&p->owner, &p->key_source, err)) != VOX_OK)
        return code;
    if (asprintf(&p->key_path, "%s/%s", store_key_dir(s), p->key_source) < 0) {
        p->key_path = NULL;
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    }
    return key_generate(&p->spec, &p->key, err);
}

void ready_free(struct ready *p)
{
    owner_free(&p->owner);
    X509_NAME_free(p->subject);
    EVP_PKEY_free(p->key);
    free(p->key_source);
    free(p->key_path);
    memset(p, 0, sizeof *p);
}

struct certbuild_params ready_build(const struct ready *p, const struct wanted *w)
{
    return (struct certbuild_params){
        .service = p->owner.service,
        .subject = p->subject,
        .san = p->san,
        .key = p->key,
        .days = w->days != 0 ? w->days : certbuild_default_days(p->owner.service),
    };
}

enum vox_err ready_save_key(const struct ready *p, struct vox_error *err)
{
    enum vox_err code = p->on_token ? VOX_OK : key_store_file(p->key_path, p->key, err);

    if (code != VOX_OK)
        (void)vox_error_prefix(err, "%s", p->key_path);
    return code;
}

void ready_drop_key(const struct ready *p)
{
    if (!p->on_token)
        (void)file_remove(p->key_path, NULL); /* what went wrong before is what counts */
}
