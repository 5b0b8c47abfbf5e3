#include "token/uri.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char scheme[] = "pkcs11:";
enum { SCHEME_LEN = sizeof scheme - 1, ATTRIBUTES_MAX = 16 };

bool token_uri_is(const char *text)
{
    return strncasecmp(text, scheme, SCHEME_LEN) == 0;
}

/* What is taken, in the path and in the query; what else RFC 7512 knows is refused with the reason. */
static const struct {
    const char *name;
    bool in_query;
    const char *refusal;
} attributes[] = {
    {"token", false, NULL},
    {"manufacturer", false, NULL},
    {"serial", false, NULL},
    {"model", false, NULL},
    {"id", false, NULL},
    {"object", false, NULL},
    {"type", false, NULL},
    {"module-path", true, NULL},
    {"pin-source", true, NULL},
    {"pin-value", true,
     "a PIN in a URI can be read by everybody in the list of processes: use pin-source=FILE, or be asked"},
    {"slot-id", false, "slot numbers change: name the token by token= or serial="},
    {"module-name", true, "name the module's file: module-path="},
    {"library-manufacturer", false, "name the token, not the library"},
    {"library-description", false, "name the token, not the library"},
    {"library-version", false, "name the token, not the library"},
    {"slot-manufacturer", false, "name the token, not the slot"},
    {"slot-description", false, "name the token, not the slot"},
};
enum { ATTRIBUTES = sizeof attributes / sizeof *attributes };

static enum vox_err check_attribute(const char *at, size_t len, bool query, unsigned *seen, struct vox_error *err)
{
    const char *equals = memchr(at, '=', len);
    const size_t name = equals != NULL ? (size_t)(equals - at) : len;

    if (equals == NULL)
        return vox_fail(err, VOX_E_USAGE, "'%.*s' in the URI is no NAME=VALUE", (int)(len > 40 ? 40 : len), at);
    for (size_t i = 0; i < ATTRIBUTES; i++) {
        if (strlen(attributes[i].name) != name || memcmp(attributes[i].name, at, name) != 0)
            continue;
        if (attributes[i].refusal != NULL)
            return vox_fail(err, VOX_E_USAGE, "%s= in the URI: %s", attributes[i].name, attributes[i].refusal);
        if (attributes[i].in_query != query)
            return vox_fail(err, VOX_E_USAGE, "%s= stands %s the '?' of the URI (RFC 7512, 2.3)", attributes[i].name,
                            query ? "before" : "behind");
        if ((*seen & 1U << i) != 0)
            return vox_fail(err, VOX_E_USAGE, "%s= stands in the URI twice", attributes[i].name);
        *seen |= 1U << i;
        return VOX_OK;
    }
    return vox_fail(
        err, VOX_E_USAGE,
        "%.*s= in the URI is not known: token, serial, model, manufacturer, id, object, type, and behind '?' "
        "module-path and pin-source are",
        (int)(name > 40 ? 40 : name), at);
}

/* The library lets pass what it does not know, and then nothing matches: every attribute is looked at. */
static enum vox_err check_attributes(const char *text, struct vox_error *err)
{
    const char *at = text + SCHEME_LEN;
    unsigned seen = 0;
    bool query = false;

    for (const char *c = text; *c != '\0'; c++)
        if ((unsigned char)*c <= ' ' || (unsigned char)*c > '~')
            return vox_fail(err, VOX_E_USAGE, "blanks and bytes beyond ASCII stand as %%20 and the like in a URI");
    while (*at != '\0') {
        const size_t len = strcspn(at, query ? "&" : ";?");
        enum vox_err code = check_attribute(at, len, query, &seen, err);

        if (code != VOX_OK)
            return code;
        at += len;
        if (*at == '\0')
            break;
        query = query || *at == '?';
        at++;
    }
    return VOX_OK;
}

static enum vox_err take_object(struct token_uri *u, struct vox_error *err)
{
    CK_ATTRIBUTE *a = p11_kit_uri_get_attribute(u->p11, CKA_ID);

    if (a != NULL) {
        if (a->ulValueLen > sizeof u->id)
            return vox_fail(err, VOX_E_USAGE, "id= in the URI is longer than %d bytes", TOKEN_ID_MAX);
        memcpy(u->id, a->pValue, a->ulValueLen);
        u->idlen = a->ulValueLen;
    }
    if ((a = p11_kit_uri_get_attribute(u->p11, CKA_LABEL)) != NULL) {
        if (a->ulValueLen >= sizeof u->object || memchr(a->pValue, '\0', a->ulValueLen) != NULL)
            return vox_fail(err, VOX_E_USAGE, "object= in the URI is longer than %d bytes, or has a NUL",
                            TOKEN_OBJECT_MAX - 1);
        memcpy(u->object, a->pValue, a->ulValueLen);
    }
    return VOX_OK;
}

static enum vox_err take_query(struct token_uri *u, struct vox_error *err)
{
    const char *module = p11_kit_uri_get_module_path(u->p11), *pin = p11_kit_uri_get_pin_source(u->p11);

    if (pin != NULL && pin[0] == '|')
        return vox_fail(err, VOX_E_USAGE, "pin-source= in the URI is a command, and none is run: name a file");
    if (pin != NULL && strncmp(pin, "file:", 5) == 0)
        pin += 5;
    if (module != NULL && strlen(module) >= TOKEN_MODULE_MAX)
        return vox_fail(err, VOX_E_USAGE, "module-path= in the URI is too long");
    u->module = module != NULL ? strdup(module) : NULL;
    u->pin_source = pin != NULL ? strdup(pin) : NULL;
    if ((module != NULL && u->module == NULL) || (pin != NULL && u->pin_source == NULL))
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    return VOX_OK;
}

enum vox_err token_uri_parse(const char *text, struct token_uri **out, struct vox_error *err)
{
    struct token_uri *u;
    enum vox_err code;
    int rc;

    *out = NULL;
    if (!token_uri_is(text))
        return vox_fail(err, VOX_E_USAGE, "no pkcs11: URI");
    if (strlen(text) >= TOKEN_URI_MAX)
        return vox_fail(err, VOX_E_USAGE, "the URI is longer than %d bytes", TOKEN_URI_MAX - 1);
    if ((code = check_attributes(text, err)) != VOX_OK)
        return code;
    if ((u = calloc(1, sizeof *u)) == NULL || (u->p11 = p11_kit_uri_new()) == NULL) {
        free(u);
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    }
    if ((rc = p11_kit_uri_parse(text, P11_KIT_URI_FOR_ANY, u->p11)) != P11_KIT_URI_OK)
        code = vox_fail(err, VOX_E_USAGE, "the URI cannot be read: %s", p11_kit_uri_message(rc));
    else if (p11_kit_uri_any_unrecognized(u->p11))
        code = vox_fail(err, VOX_E_USAGE,
                        "a value in the URI is not possible: a token's label has 32 bytes, its serial number "
                        "16, and type= is one of cert, private, public");
    else if ((code = take_object(u, err)) == VOX_OK)
        code = take_query(u, err);
    if (code == VOX_OK)
        *out = u;
    else
        token_uri_free(&u);
    return code;
}

void token_uri_free(struct token_uri **u)
{
    if (*u == NULL)
        return;
    p11_kit_uri_free((*u)->p11);
    free((*u)->module);
    free((*u)->pin_source);
    free(*u);
    *u = NULL;
}

const char *token_uri_module(const struct token_uri *u)
{
    return u->module;
}

const char *token_uri_pin_source(const struct token_uri *u)
{
    return u->pin_source;
}

bool token_uri_names_token(const struct token_uri *u)
{
    static const CK_TOKEN_INFO none;
    const CK_TOKEN_INFO *t = p11_kit_uri_get_token_info(u->p11);

    return memcmp(t->label, none.label, sizeof none.label) != 0 ||
           memcmp(t->serialNumber, none.serialNumber, sizeof none.serialNumber) != 0 ||
           memcmp(t->model, none.model, sizeof none.model) != 0 ||
           memcmp(t->manufacturerID, none.manufacturerID, sizeof none.manufacturerID) != 0;
}

/* Some modules pad with NULs where the standard wants blanks. */
static void blanks(CK_UTF8CHAR *field, size_t len)
{
    while (len > 0 && field[len - 1] == '\0')
        field[--len] = ' ';
}

bool token_uri_matches(const struct token_uri *u, const CK_TOKEN_INFO *info)
{
    CK_TOKEN_INFO padded = *info;

    blanks(padded.label, sizeof padded.label);
    blanks(padded.serialNumber, sizeof padded.serialNumber);
    blanks(padded.model, sizeof padded.model);
    blanks(padded.manufacturerID, sizeof padded.manufacturerID);
    return p11_kit_uri_match_token_info(u->p11, &padded) != 0;
}

/* As RFC 3986 wants it: unreserved bytes as they are. */
static void append(char *out, size_t room, const char *name, const uint8_t *value, size_t len, bool hex)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    size_t at = strlen(out);

    at += (size_t)snprintf(out + at, room - at, "%s%s=", out[at - 1] == ':' ? "" : ";", name);
    for (size_t i = 0; i < len && at + 4 < room; i++) {
        if (!hex && value[i] != '\0' && strchr(plain, value[i]) != NULL)
            out[at++] = (char)value[i], out[at] = '\0';
        else
            at += (size_t)snprintf(out + at, room - at, "%%%02X", value[i]);
    }
}

void token_uri_text(const struct token_info *info, const struct token_object *o, char out[static TOKEN_URI_MAX])
{
    (void)snprintf(out, TOKEN_URI_MAX, "%s", scheme);
    append(out, TOKEN_URI_MAX, "token", info->raw_label.data, info->raw_label.len, false);
    append(out, TOKEN_URI_MAX, "serial", info->raw_serial.data, info->raw_serial.len, false);
    if (o != NULL && o->idlen > 0)
        append(out, TOKEN_URI_MAX, "id", o->id, o->idlen, true);
    else if (o != NULL && o->raw_label.len > 0)
        append(out, TOKEN_URI_MAX, "object", o->raw_label.data, o->raw_label.len, false);
}
