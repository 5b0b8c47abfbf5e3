#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/audit.h>
#include <libcert/clock.h>

#include "device.h"
#include "order.h"
#include "profile.h"
#include "span.h"
#include "view.h"
#include "voxcapf.h"

struct set_args {
    struct devices devices;
    struct order order;
    int operation;      /* enum phone_operation, -1: none named yet */
    const char *string; /* as given: digits, or "-" */
    const char *string_file;
    bool generate;
    int64_t now, expires;
};

enum { OPT_INSTALL = 0x100, OPT_FETCH, OPT_DELETE, OPT_NONE, OPT_STRING, OPT_STRING_FILE, OPT_BY, OPT_EXPIRES };

static const struct argp_option options[] = {
    {"install", OPT_INSTALL, NULL, 0, "install a certificate: the phone makes a key, voxcapfd certifies it", 0},
    {"fetch", OPT_FETCH, NULL, 0, "have the phone show the certificate that it has", 0},
    {"delete", OPT_DELETE, NULL, 0, "delete the phone's certificate", 0},
    {"none", OPT_NONE, NULL, 0, "nothing: take back what it was to do", 0},
    {"auth", 'a', "PROOF", 0,
     "how it proves who it is: string, null, lsc or mic (default: as its security profile says, else string)", 0},
    {"generate", 'g', "N", OPTION_ARG_OPTIONAL, "make an authentication string of N digits (default, 8)", 0},
    {"string-file", OPT_STRING_FILE, "FILE", 0, "read the authentication string from FILE (-: standard input)", 0},
    {"string", OPT_STRING, "DIGITS", 0,
     "the authentication string; -: ask for it on the terminal. Digits in the "
     "command line are seen by others who are logged in",
     0},
    {"expires", OPT_EXPIRES, "TIME", 0, "the string is good until then (default: until --by, else +7d)", 0},
    {"key", 'k', "KIND", 0,
     "the key that the phone makes: rsa:BITS or ec:CURVE (default: as its security profile says, else as before, else "
     "rsa:2048)",
     0},
    {"by", OPT_BY, "TIME", 0, "to be complete by then; later the phone is refused", 0},
    {0},
};

static void set_operation(struct set_args *a, enum phone_operation op, struct argp_state *state)
{
    if (a->operation >= 0 && a->operation != (int)op)
        argp_error(state, "one of --install, --fetch, --delete and --none");
    a->operation = (int)op;
}

static void set_generate(struct set_args *a, const char *arg, struct argp_state *state)
{
    char *end = NULL;
    unsigned long n = arg != NULL ? strtoul(arg, &end, 10) : PHONE_STRING_DEFAULT;

    if (arg != NULL && (arg[0] < '0' || arg[0] > '9' || *end != '\0' || n < PHONE_STRING_MIN || n > PHONE_STRING_MAX))
        argp_error(state, "--generate=%s: %d to %d digits", arg, PHONE_STRING_MIN, PHONE_STRING_MAX);
    a->order.generate = (unsigned)n;
    a->generate = true;
}

/* "--generate 6" means no phone of the name 6. */
static void check_names(const struct set_args *a, struct argp_state *state)
{
    for (size_t i = 0; a->generate && i < a->devices.n; i++) {
        const char *name = a->devices.names[i];

        if (strlen(name) <= 2 && strspn(name, "0123456789") == strlen(name))
            argp_error(state, "'%s' is taken for a DEVICE: the number of digits is written --generate=%s", name, name);
    }
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct set_args *a = state->input;
    struct vox_error err;

    switch (key) {
    case OPT_INSTALL:
        set_operation(a, PHONE_INSTALL, state);
        return 0;
    case OPT_FETCH:
        set_operation(a, PHONE_FETCH, state);
        return 0;
    case OPT_DELETE:
        set_operation(a, PHONE_DELETE, state);
        return 0;
    case OPT_NONE:
        set_operation(a, PHONE_NONE, state);
        return 0;
    case 'a':
        if (!phone_proof_parse(arg, &a->order.proof))
            argp_error(state, "--auth %s: string, null, lsc or mic", arg);
        a->order.has_proof = true;
        return 0;
    case 'g':
        set_generate(a, arg, state);
        return 0;
    case OPT_STRING:
        a->string = arg;
        return 0;
    case OPT_STRING_FILE:
        a->string_file = arg;
        return 0;
    case OPT_EXPIRES:
        if (span_moment(arg, a->now, &a->order.string_expires, &err) != VOX_OK)
            argp_error(state, "--expires: %s", err.text);
        return 0;
    case OPT_BY:
        if (span_moment(arg, a->now, &a->order.by, &err) != VOX_OK)
            argp_error(state, "--by: %s", err.text);
        return 0;
    case 'k':
        if (phone_key_parse(arg, &a->order.key, &err) != VOX_OK)
            argp_error(state, "--key: %s", err.text);
        a->order.has_key = true;
        return 0;
    case ARGP_KEY_ARG:
        if (!devices_add(&a->devices, arg))
            argp_failure(state, EXIT_ENVIRONMENT, 0, "no memory");
        return 0;
    case ARGP_KEY_END:
        if (a->devices.n == 0)
            argp_error(state, "which DEVICE?");
        if (a->operation < 0)
            argp_error(state, "what is it to do: --install, --fetch, --delete or --none?");
        if (a->generate + (a->string != NULL) + (a->string_file != NULL) > 1)
            argp_error(state, "one of --generate, --string and --string-file");
        if (a->generate || a->string != NULL || a->string_file != NULL)
            a->order.has_proof = true; /* it is the string, unless --auth said otherwise */
        check_names(a, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "DEVICE...",
    .doc = "Say what phones are to do when they come to voxcapfd, and how they have to prove who they are. A generated "
           "authentication string is shown once, now.\v"
           "TIME is 2026-11-23, 2026-11-23T12:00:00Z, or +7d (m, h, d, w) from now.",
};

/* The string that was given, into the order. */
static enum vox_err take_string(struct cli_common *common, struct set_args *a, struct vox_error *err)
{
    struct password_source source;
    struct bytes text = {NULL, 0};
    enum vox_err code;

    if (a->string == NULL && a->string_file == NULL)
        return VOX_OK;
    if (a->string != NULL && strcmp(a->string, "-") != 0) {
        cli_warn(common, NULL, "an authentication string in the command line can be read by others: use --string-file");
        code = order_string(&a->order, (const uint8_t *)a->string, strlen(a->string), err);
        OPENSSL_cleanse((char *)(uintptr_t)a->string, strlen(a->string));
        return code;
    }
    source = cli_password(common, a->string_file);
    code = source.get(source.arg, "the phone (authentication string)", &text, err);
    if (code == VOX_E_USAGE && a->string_file == NULL) /* it speaks of passwords and their option */
        code = vox_fail(err, code, "no authentication string was typed: be at a terminal, or use --string-file");
    if (code == VOX_OK)
        code = order_string(&a->order, text.data, text.len, err);
    bytes_wipe(&text);
    return code;
}

/* What all of them are to do, as far as it is the same. */
static void summary(const struct set_args *a, const struct order_result *r, char *out, size_t outlen)
{
    bool profiles = false, proof = true, key = true;
    char first[32], one[32];

    key_spec_text(&r[0].phone.key, first, sizeof first);
    for (size_t i = 0; i < a->devices.n; i++) {
        key_spec_text(&r[i].phone.key, one, sizeof one);
        key = key && strcmp(first, one) == 0;
        proof = proof && r[i].phone.proof == r[0].phone.proof;
        profiles = profiles || r[i].from.key;
    }
    (void)snprintf(out, outlen, "%s%s%s%s%s", phone_operation_word(a->order.operation),
                   a->order.operation == PHONE_NONE ? "" : " by ",
                   a->order.operation == PHONE_NONE ? ""
                   : proof                          ? phone_proof_word(r[0].phone.proof)
                                                    : "their profiles",
                   a->order.has_key || profiles ? ", " : "",
                   !a->order.has_key && !profiles ? ""
                   : key                          ? first
                                                  : "keys by their profiles");
}

static enum vox_err audit(struct store *s, const struct set_args *a, const struct order_result *r,
                          struct vox_error *err)
{
    char *names = devices_text(&a->devices), *what = NULL, text[100];
    enum vox_err code;

    summary(a, r, text, sizeof text);
    if (names == NULL || asprintf(&what, "voxcapf set %s: %s", names, text) < 0) {
        free(names);
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    }
    code = audit_append(s, what, "done", err);
    free(names);
    free(what);
    return code;
}

/* One phone: what the arguments do not say, its profile does. */
static enum vox_err apply_one(struct store *s, const struct phone_book *book, struct phones_key **key,
                              const struct set_args *a, size_t i, struct order_result *out, struct vox_error *err)
{
    struct order o = a->order;
    enum vox_err code = order_resolve(book, a->devices.names[i], &o, &out->from, err);

    if (code == VOX_OK)
        code = order_settle(&o, a->now, err);
    if (code == VOX_OK && *key == NULL && (o.generate > 0 || o.digits[0] != '\0'))
        code = phones_key_open(s, true, key, err);
    if (code == VOX_OK)
        code = order_apply(s, *key, a->devices.names[i], &o, a->now, out, err);
    OPENSSL_cleanse(&o, sizeof o);
    return code;
}

static enum vox_err apply(struct store *s, const struct set_args *a, struct order_result *out, struct vox_error *err)
{
    struct phones_key *key = NULL;
    struct phone_book *book = NULL;
    enum vox_err code = store_begin(s, err);

    if (code == VOX_OK)
        code = phone_book_open(s, &book, err);
    for (size_t i = 0; i < a->devices.n && code == VOX_OK; i++)
        code = apply_one(s, book, &key, a, i, &out[i], err);
    if (code == VOX_OK)
        code = audit(s, a, out, err);
    if (code == VOX_OK)
        code = store_commit(s, err);
    store_rollback(s);
    phone_book_free(&book);
    phones_key_free(&key);
    return code;
}

static int print_json(const struct set_args *a, const struct order_result *r)
{
    json_t *all = json_array();

    for (size_t i = 0; i < a->devices.n; i++) {
        json_t *one = view_phone_json(&r[i].phone, a->now);

        (void)json_object_set_new(one, "authentication_string",
                                  r[i].digits[0] != '\0' ? json_string(r[i].digits) : json_null());
        view_order_json(&r[i].from, one);
        (void)json_array_append_new(all, one);
    }
    return cli_json_print(json_pack("{s:o}", "phones", all));
}

static void print_text(const struct cli_common *common, const struct set_args *a, const struct order_result *r)
{
    char key[32], until[CLOCK_RFC3339_MAX], from[VIEW_FROM_MAX];

    for (size_t i = 0; i < a->devices.n; i++) {
        const struct phone *p = &r[i].phone;

        key_spec_text(&p->key, key, sizeof key);
        clock_format(p->string_expires, until);
        view_order_from(&r[i].from, from);
        if (p->operation == PHONE_NONE)
            cli_say(common, "%s: nothing to do", p->name);
        else
            cli_say(common, "%s: %s%s%s, proof: %s%s", p->name, phone_operation_word(p->operation),
                    p->operation == PHONE_INSTALL ? " " : "", p->operation == PHONE_INSTALL ? key : "",
                    phone_proof_word(p->proof), from);
        if (r[i].digits[0] == '\0')
            continue;
        if (common->quiet) /* what was asked for */
            printf("%s %s\n", p->name, r[i].digits);
        else
            printf("%s: authentication string %s, until %s (shown only now)\n", p->name, r[i].digits, until);
    }
}

/* What the phone would learn after making the key. */
static void warn_of_keys(const struct cli_common *common, struct store *s, const struct set_args *a,
                         const struct order_result *r)
{
    struct capf_profile profile;
    char key[32];

    if (profile_read(s, &profile, NULL) != VOX_OK)
        return; /* voxcapfd says so, and does not start with it */
    for (size_t i = 0; i < a->devices.n; i++) {
        if (r[i].phone.operation != PHONE_INSTALL || profile_takes(&profile, &r[i].phone.key))
            continue;
        key_spec_text(&r[i].phone.key, key, sizeof key);
        cli_warn(common, r[i].phone.name, "keys of %s are not certified: 'voxcapf profile' shows rsa-min and rsa-max",
                 key);
    }
}

/* A phone that shows a certificate has to have one. */
static void warn_of_proofs(const struct cli_common *common, const struct set_args *a, const struct order_result *r)
{
    bool nothing = false;

    for (size_t i = 0; i < a->devices.n; i++) {
        const struct phone *p = &r[i].phone;

        nothing = nothing || (p->operation != PHONE_NONE && p->proof == PHONE_BY_NULL);
        if (p->operation != PHONE_NONE && p->proof == PHONE_BY_LSC && p->lsc[0] == '\0' && r[i].from.proof)
            cli_warn(common, p->name,
                     "its profile wants the LSC as proof, and it has none from here: it can show the manufacturer's "
                     "certificate, or set it with --auth string");
    }
    if (nothing)
        cli_warn(common, NULL, "without a proof whoever comes first under the name of such a phone is believed");
}

/* Before anything is asked of the store: do the arguments go together? */
static enum vox_err check_order(const struct set_args *a, struct vox_error *err)
{
    struct order o = a->order;
    enum vox_err code = order_settle(&o, a->now, err);

    OPENSSL_cleanse(&o, sizeof o);
    return code;
}

int voxcapf_set(struct cli_common *common, int argc, char **argv)
{
    struct set_args a = {.order = order_default(), .operation = -1, .now = clock_now()};
    struct order_result *results = NULL;
    struct store *s = NULL;
    struct vox_error err;
    int status = EXIT_DONE;

    cli_parse(common, &argp, argc, argv, &a);
    a.order.operation = (enum phone_operation)a.operation;
    results = calloc(a.devices.n, sizeof *results);
    if (results == NULL)
        (void)vox_fail(&err, VOX_E_MEMORY, "no memory");
    if (results == NULL || devices_check(&a.devices, &err) != VOX_OK || take_string(common, &a, &err) != VOX_OK ||
        check_order(&a, &err) != VOX_OK || cli_store_open(common, &s, &err) != VOX_OK ||
        apply(s, &a, results, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else if (common->json)
        status = print_json(&a, results);
    else
        print_text(common, &a, results);
    if (status == EXIT_DONE)
        warn_of_keys(common, s, &a, results);
    if (status == EXIT_DONE)
        warn_of_proofs(common, &a, results);
    if (results != NULL)
        OPENSSL_cleanse(results, a.devices.n * sizeof *results);
    OPENSSL_cleanse(&a.order, sizeof a.order);
    free(results);
    devices_free(&a.devices);
    store_close(&s);
    return status;
}
