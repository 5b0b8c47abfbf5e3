#include <cli/input.h>

#include "voxtoken.h"

error_t reach_parse(int key, char *arg, struct argp_state *state, struct reach *r)
{
    switch (key) {
    case REACH_MODULE:
        r->module = arg;
        return 0;
    case REACH_PIN_FILE:
        r->pin_file = arg;
        return 0;
    case ARGP_KEY_ARG:
        if (r->uri != NULL)
            argp_error(state, "unexpected: %s", arg);
        r->uri = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

enum vox_err reach_agent(const struct reach *r, const struct token_uri *u, struct token_agent **out,
                         struct vox_error *err)
{
    const char *named = u != NULL ? token_uri_module(u) : NULL;

    if (named != NULL && r->module != NULL)
        return vox_fail(err, VOX_E_USAGE, "the module is named twice: --module and module-path=");
    return token_agent_get(named != NULL ? named : r->module, out, err);
}

enum vox_err reach_token(struct cli_common *common, const struct reach *r, struct reached *out, struct vox_error *err)
{
    enum vox_err code = token_uri_parse(r->uri, &out->uri, err);

    out->pass = cli_password(common, r->pin_file);
    if (code == VOX_OK && (code = reach_agent(r, out->uri, &out->agent, err)) == VOX_OK)
        code = token_find(out->agent, out->uri, &out->index, &out->info, err);
    return code;
}

void reached_free(struct reached *r)
{
    token_uri_free(&r->uri);
}

json_t *reach_token_json(const struct token_info *t)
{
    char uri[TOKEN_URI_MAX];

    if (t->trouble[0] != '\0')
        return json_pack("{s:s, s:s}", "module", t->module, "trouble", t->trouble);
    token_uri_text(t, NULL, uri);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:I, s:I, s:s}", "uri", uri, "label", t->label, "serial",
                     t->serial, "model", t->model, "manufacturer", t->maker, "module", t->module, "initialized",
                     t->initialized, "pinpad", t->pinpad, "pin_min", (json_int_t)t->pin_min, "pin_max",
                     (json_int_t)t->pin_max, "pin", token_pin_word(t->pin));
}
