#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/audit.h>
#include <libcert/identity.h>

#include "number.h"
#include "view_trunk.h"
#include "voxtrunk.h"

enum { TLS_1_3 = 0x0304, OPT_TRANSPORT = 0x100, OPT_INCOMING, OPT_DIGEST, OPT_NONCE };

struct profile_args {
    struct trunk_profile p;
    const char *name;
    bool has_mode, has_outgoing, has_incoming, has_nonce, too_many;
};

static const struct argp_option options[] = {
    {"mode", 'm', "MODE", 0, "non-secure, authenticated (TLS that signs and hides nothing) or encrypted", 0},
    {"transport", OPT_TRANSPORT, "HOW", 0, "for calls that go out: tls, tcp or udp (default: tls; with non-secure tcp)",
     0},
    {"incoming", OPT_INCOMING, "HOW", 0,
     "for calls that come in: tls, tcp, udp or tcp+udp (default: tls; with non-secure tcp+udp)", 0},
    {"subject-name", 's', "NAME", 0,
     "a name that the device's certificate has, as CN or alternative name; repeat it, or several with ',' between; any "
     "of them will do",
     0},
    {"port", 'p', "N", 0, "where calls come in (default: 5061; with non-secure 5060)", 0},
    {"digest", OPT_DIGEST, NULL, 0, "ask for digest authentication of every request, too", 0},
    {"nonce-validity", OPT_NONCE, "SECONDS", 0, "how long a digest nonce is good (default: 600)", 0},
    {0},
};

/* As the vendor's field: blank, comma, semicolon or colon between names. */
static void add_names(struct argp_state *state, struct profile_args *a, char *arg)
{
    char *rest = arg, *one;

    if (strlen(arg) > LIMIT_TRUNK_NAMES)
        argp_error(state, "--subject-name: more than %d characters", LIMIT_TRUNK_NAMES);
    while ((one = strsep(&rest, " ,;:")) != NULL) {
        char **more;

        if (one[0] == '\0')
            continue;
        more = reallocarray(a->p.names, a->p.nnames + 1, sizeof *more);
        if (more == NULL)
            argp_failure(state, EXIT_ENVIRONMENT, 0, "no memory");
        a->p.names = more;
        a->p.names[a->p.nnames++] = one;
    }
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct profile_args *a = state->input;

    switch (key) {
    case 'm':
        if (!trunk_mode_parse(arg, &a->p.mode))
            argp_error(state, "--mode %s: non-secure, authenticated or encrypted", arg);
        a->has_mode = true;
        return 0;
    case OPT_TRANSPORT:
        if (!trunk_transport_parse(arg, &a->p.outgoing))
            argp_error(state, "--transport %s: tls, tcp or udp", arg);
        a->has_outgoing = true;
        return 0;
    case OPT_INCOMING:
        if (!trunk_transport_parse(arg, &a->p.incoming))
            argp_error(state, "--incoming %s: tls, tcp, udp or tcp+udp", arg);
        a->has_incoming = true;
        return 0;
    case 's':
        add_names(state, a, arg);
        return 0;
    case 'p':
        a->p.port = number_parse(state, "--port", arg, 1, 65535);
        return 0;
    case OPT_DIGEST:
        a->p.digest = true;
        return 0;
    case OPT_NONCE:
        a->p.nonce_validity = number_parse(state, "--nonce-validity", arg, 1, TRUNK_NONCE_VALIDITY_MAX);
        a->has_nonce = true;
        return 0;
    case ARGP_KEY_ARG:
        if (a->name != NULL)
            argp_error(state, "one NAME, not '%s' as well (quote blanks)", arg);
        a->name = arg;
        return 0;
    case ARGP_KEY_END:
        if (a->name == NULL)
            argp_error(state, "which NAME?");
        if (!a->has_mode)
            argp_error(state, "which --mode: non-secure, authenticated or encrypted?");
        if (a->has_nonce && !a->p.digest)
            argp_error(state, "--nonce-validity is about --digest");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "NAME",
    .doc = "Make a security profile for trunks. What cannot work is refused with the reason.\v"
           "A name may have blanks. Two profiles with the same port cannot have the same subject name: a call that "
           "comes in is told apart by these two.",
};

static enum vox_err complete(struct profile_args *a, struct vox_error *err)
{
    const bool secure = a->p.mode != TRUNK_NON_SECURE;
    enum vox_err code = trunk_profile_name_check(a->name, err);

    if (code != VOX_OK)
        return code;
    (void)strncpy(a->p.name, a->name, sizeof a->p.name - 1);
    if (!a->has_outgoing)
        a->p.outgoing = secure ? TRUNK_TLS : TRUNK_TCP;
    if (!a->has_incoming)
        a->p.incoming = secure ? TRUNK_TLS : TRUNK_TCP_UDP;
    if (a->p.port == 0)
        a->p.port = secure ? TRUNK_PORT_SIPS : TRUNK_PORT_SIP;
    return trunk_profile_check(&a->p, err);
}

/* NULL-SHA went with TLS 1.3. */
static enum vox_err fits_policy(struct store *s, const struct trunk_profile *p, struct vox_error *err)
{
    struct tls_settings settings;
    enum vox_err code = store_tls_settings(s, &settings, err);

    if (code != VOX_OK || p->mode != TRUNK_AUTHENTICATED)
        return code;
    if (tlspolicy_of(&settings, false).min_version < TLS_1_3)
        return VOX_OK;
    return vox_fail(err, VOX_E_INPUT,
                    "mode authenticated is TLS with NULL-SHA, which TLS 1.3 does not have, and 1.3 is the minimum here "
                    "(voxtls show): --mode encrypted");
}

static enum vox_err record(struct store *s, const struct trunk_profile *p, struct vox_error *err)
{
    char what[256];
    enum vox_err code;

    (void)snprintf(what, sizeof what, "voxtrunk profile add %s (%s)", p->name, trunk_mode_word(p->mode));
    if ((code = store_begin(s, err)) != VOX_OK)
        return code;
    if ((code = fits_policy(s, p, err)) != VOX_OK || (code = trunk_profile_add(s, p, err)) != VOX_OK ||
        (code = audit_append(s, what, "done", err)) != VOX_OK || (code = store_commit(s, err)) != VOX_OK)
        store_rollback(s);
    return code;
}

static int tell(const struct cli_common *common, const struct trunk_profile *p)
{
    if (p->mode == TRUNK_AUTHENTICATED)
        cli_warn(
            common, p->name,
            "authenticated is TLS with TLS_RSA_WITH_NULL_SHA alone, up to TLS 1.2: nothing is hidden, and a device "
            "that does not offer it gets no connection (OpenSSL 3 offers it only with the cipher list "
            "NULL-SHA:@SECLEVEL=0)");
    if (common->json)
        return cli_json_print(view_profile_json(p));
    cli_say(common, "profile %s: %s, out by %s, in by %s on port %u%s", p->name, trunk_mode_word(p->mode),
            trunk_transport_word(p->outgoing), trunk_transport_word(p->incoming), p->port,
            p->digest ? ", with digest authentication" : "");
    if (p->mode != TRUNK_NON_SECURE && p->nnames == 0)
        cli_say(common,
                "No subject name is set: certificates are compared with the hosts of each trunk's destinations.");
    return EXIT_DONE;
}

int voxtrunk_profile_add(struct cli_common *common, int argc, char **argv)
{
    struct profile_args a = {.p = {.nonce_validity = TRUNK_NONCE_VALIDITY}};
    struct store *s = NULL;
    struct vox_error err;
    int status;

    cli_parse(common, &argp, argc, argv, &a);
    if (complete(&a, &err) != VOX_OK || cli_store_open(common, &s, &err) != VOX_OK || record(s, &a.p, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else {
        status = tell(common, &a.p);
        after_change(common, s, "trunk-profile-added", a.p.name);
    }
    free(a.p.names); /* the words are arguments */
    store_close(&s);
    return status;
}
