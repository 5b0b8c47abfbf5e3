#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/bundle.h>
#include <libcert/clock.h>
#include <libcert/name.h>

#include "voxtoken.h"

struct show_args {
    struct reach reach;
    bool login;
    const char *output;
};

enum { OPTION_LOGIN = 'l', OPTION_OUTPUT = 'o' };

static const struct argp_option options[] = {
    {"login", OPTION_LOGIN, NULL, 0, "with the PIN: private keys as well", 0},
    {"output", OPTION_OUTPUT, "FILE", 0, "write the key's certificate, as PEM, which --sast of 'voxlist build' takes",
     0},
    REACH_OPTION_PIN,
    REACH_OPTION_MODULE,
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct show_args *a = state->input;

    switch (key) {
    case OPTION_LOGIN:
        a->login = true;
        return 0;
    case OPTION_OUTPUT:
        a->output = arg;
        return 0;
    case ARGP_KEY_END:
        if (a->reach.uri == NULL)
            argp_error(state, "which token? A URI as 'voxtoken list --json' has it");
        return 0;
    default:
        return reach_parse(key, arg, state, &a->reach);
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "URI",
    .doc = "Show what is on a token: keys and certificates, each with the URI that names it.",
};

static const char *class_word(const struct token_object *o)
{
    static const char *const words[] = {"private key", "public key", "certificate", "other"};

    return words[o->class];
}

static void describe(const struct token_object *o, char *out, size_t room)
{
    struct cert *c;
    char *name = NULL;

    out[0] = '\0';
    if (o->class == TOKEN_CERTIFICATE && cert_from_der(o->der, o->derlen, &c, NULL) == VOX_OK) {
        if (name_text(cert_subject_der(c), NAME_VENDOR, &name, NULL) == VOX_OK)
            (void)snprintf(out, room, "%s", name);
        free(name);
        cert_free(&c);
    } else if (o->rsa) {
        (void)snprintf(out, room, "RSA %u%s", o->bits,
                       o->class == TOKEN_PRIVATE_KEY && o->extractable ? ", can be copied" : "");
    } else if (o->ec) {
        (void)snprintf(out, room, "EC%s", o->class == TOKEN_PRIVATE_KEY && o->extractable ? ", can be copied" : "");
    }
}

static json_t *object_json(const struct token_object *o, const char *uri, const char *text)
{
    char id[2 * TOKEN_ID_MAX + 1];
    json_t *doc;

    hex_encode(o->id, o->idlen, id);
    doc = json_pack("{s:s, s:s, s:s, s:s, s:s}", "class", class_word(o), "uri", uri, "id", id, "label", o->label,
                    "what", text);
    if (o->class == TOKEN_PRIVATE_KEY)
        (void)json_object_update_new(doc,
                                     json_pack("{s:b, s:b, s:b, s:b, s:b}", "signs", o->signs, "extractable",
                                               o->extractable, "never_extractable", o->never_extractable, "made_here",
                                               o->local, "pin_for_each_signature", o->always_authenticate));
    return doc;
}

static enum vox_err collect(const struct reached *t, struct cli_table *table, json_t *list, struct vox_error *err)
{
    struct token_object *o = malloc(sizeof *o);
    enum vox_err code = o != NULL ? VOX_OK : vox_fail(err, VOX_E_MEMORY, "no memory");

    for (size_t i = 0; code == VOX_OK; i++) {
        char uri[TOKEN_URI_MAX], text[300], id[2 * TOKEN_ID_MAX + 1];

        if ((code = token_object_at(t->agent, t->index, i, o, err)) != VOX_OK)
            break;
        token_uri_text(&t->info, o, uri);
        describe(o, text, sizeof text);
        hex_encode(o->id, o->idlen, id);
        (void)json_array_append_new(list, object_json(o, uri, text));
        const char *const cells[] = {class_word(o), id, o->label, text};

        cli_table_row(table, cells);
    }
    free(o);
    return code == VOX_E_NOT_FOUND ? VOX_OK : code;
}

static enum vox_err write_certificate(struct reached *t, const char *path, struct vox_error *err)
{
    struct token_object *key = malloc(sizeof *key);
    struct bytes der = {NULL, 0}, pem = {NULL, 0};
    struct cert *c = NULL;
    enum vox_err code = key != NULL ? VOX_OK : vox_fail(err, VOX_E_MEMORY, "no memory");

    if (code == VOX_OK && (code = token_login(t->agent, t->index, t->uri, &t->pass, err)) == VOX_OK &&
        (code = token_key_find(t->agent, t->index, t->uri, key, err)) == VOX_OK &&
        (code = token_key_certificate(t->agent, t->index, key, &der, err)) == VOX_OK &&
        (code = cert_from_der(der.data, der.len, &c, err)) == VOX_OK &&
        (code = bundle_write_pem(&c, 1, true, &pem, err)) == VOX_OK)
        code = cli_write(path, pem.data, pem.len, 0644, err);
    cert_free(&c);
    bytes_free(&der);
    bytes_free(&pem);
    free(key);
    return code;
}

static int tell(const struct cli_common *common, const struct reached *t, struct cli_table *table, json_t *list)
{
    char uri[TOKEN_URI_MAX];
    json_t *doc;

    if (common->json) {
        doc = reach_token_json(&t->info);
        (void)json_object_set(doc, "objects", list);
        return cli_json_print(doc);
    }
    token_uri_text(&t->info, NULL, uri);
    cli_say(common, "%s\n  model %s of %s, serial number %s\n  PIN: %s, %lu to %lu characters%s\n", uri, t->info.model,
            t->info.maker, t->info.serial, token_pin_word(t->info.pin), t->info.pin_min, t->info.pin_max,
            t->info.pinpad ? ", entered on the reader" : "");
    if (!common->quiet)
        cli_table_print(table);
    return EXIT_DONE;
}

int voxtoken_show(struct cli_common *common, int argc, char **argv)
{
    struct show_args a = {0};
    struct reached t = {0};
    struct cli_table *table = cli_table_new();
    json_t *list = json_array();
    struct vox_error err;
    enum vox_err code;
    int status;

    cli_parse(common, &argp, argc, argv, &a);
    cli_table_column(table, "OBJECT", CLI_COL_LEFT);
    cli_table_column(table, "ID", CLI_COL_LEFT);
    cli_table_column(table, "LABEL", CLI_COL_TRUNCATE);
    cli_table_column(table, "WHAT", CLI_COL_TRUNCATE);
    if ((code = reach_token(common, &a.reach, &t, &err)) == VOX_OK && a.login)
        code = token_login(t.agent, t.index, t.uri, &t.pass, &err);
    if (code == VOX_OK && a.output != NULL)
        code = write_certificate(&t, a.output, &err);
    else if (code == VOX_OK)
        code = collect(&t, table, list, &err);
    if (code != VOX_OK)
        status = cli_report(common, NULL, &err);
    else if (a.output != NULL)
        status = EXIT_DONE;
    else
        status = tell(common, &t, table, list);
    json_decref(list);
    cli_table_free(&table);
    reached_free(&t);
    return status;
}
