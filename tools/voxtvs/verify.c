#include <stdlib.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>

#include "voxtvs.h"

struct verify_args {
    struct session_args session;
    char **files;
    int nfiles;
};

static const struct argp_option options[] = {SESSION_OPTIONS, {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct verify_args *a = state->input;

    if (session_parse(key, arg, state, &a->session))
        return 0;
    switch (key) {
    case ARGP_KEY_ARG:
        if (a->session.target == NULL) {
            a->session.target = arg;
            return 0;
        }
        a->files = &state->argv[state->next - 1];
        a->nfiles = state->argc - state->next + 1;
        state->next = state->argc;
        return 0;
    case ARGP_KEY_END:
        session_check(state, &a->session);
        if (a->nfiles == 0)
            argp_error(state, "which CERT?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "HOST[:PORT] CERT...",
    .doc = "Ask whether certificates are trusted, all over one connection, and print status, roles and how long a "
           "phone may keep the "
           "answer.\vThe port is 2445 unless given. Exit status 0: all are trusted, 1: at least one is not.",
};

/* One certificate: its line or JSON object; the exit status. */
static int ask_one(struct cli_common *common, struct session *s, const char *path, json_t *all)
{
    struct tvs_message request = {.command = TVS_VERIFY_REQUEST}, reply;
    struct cert *cert;
    struct vox_error err;
    char text[512];

    if (cli_cert_open(path, &cert, &err) != VOX_OK)
        return cli_report(common, path, &err);
    request.certificate = cert_der(cert);
    enum vox_err code = session_ask(s, &request, &reply, &err);
    if (code == VOX_OK && common->json) {
        json_t *doc = answer_json(&reply);
        char fingerprint[CERT_FINGERPRINT_MAX];

        cert_fingerprint(cert, fingerprint);
        (void)json_object_set_new(doc, "file", json_string(path));
        (void)json_object_set_new(doc, "fingerprint", json_string(fingerprint));
        (void)json_array_append_new(all, doc);
    } else if (code == VOX_OK) {
        answer_text(&reply, text, sizeof text);
        cli_say(common, "%s: %s", path, text);
    }
    cert_free(&cert);
    if (code != VOX_OK)
        return cli_report(common, path, &err);
    return reply.status == TVS_TRUSTED ? EXIT_DONE : EXIT_NO;
}

int voxtvs_verify(struct cli_common *common, int argc, char **argv)
{
    struct verify_args a = {.session = {.timeout_s = 10}};
    struct session *s;
    struct vox_error err;
    int status = EXIT_DONE;

    cli_parse(common, &argp, argc, argv, &a);
    if (session_open(common, &a.session, &s, &err) != VOX_OK)
        return cli_report(common, NULL, &err);
    json_t *all = common->json ? json_array() : NULL;
    for (int i = 0; i < a.nfiles && status <= EXIT_NO; i++) {
        int one = ask_one(common, s, a.files[i], all);

        status = one > status ? one : status;
    }
    session_close(&s);
    if (common->json && status <= EXIT_NO) {
        int printed = cli_json_print(json_pack("{s:O}", "answers", all));

        status = printed != EXIT_DONE ? printed : status;
    }
    json_decref(all);
    return status;
}
