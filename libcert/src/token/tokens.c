/* Which tokens are there, and their PINs. */
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include <libcert/printable.h>

#include "token/agent.h"
#include "token/explain.h"
#include "token/pin.h"

const char *token_pin_word(enum token_pin p)
{
    static const char *const words[] = {"none", "unset", "ok", "low", "final try", "locked", "to be changed"};

    return p <= TOKEN_PIN_CHANGE ? words[p] : "?";
}

static enum token_pin pin_of(CK_FLAGS f)
{
    if ((f & CKF_LOGIN_REQUIRED) == 0)
        return TOKEN_PIN_NONE;
    if ((f & CKF_USER_PIN_INITIALIZED) == 0)
        return TOKEN_PIN_UNSET;
    if ((f & CKF_USER_PIN_LOCKED) != 0)
        return TOKEN_PIN_LOCKED;
    if ((f & CKF_USER_PIN_TO_BE_CHANGED) != 0)
        return TOKEN_PIN_CHANGE;
    if ((f & CKF_USER_PIN_FINAL_TRY) != 0)
        return TOKEN_PIN_FINAL;
    return (f & CKF_USER_PIN_COUNT_LOW) != 0 ? TOKEN_PIN_LOW : TOKEN_PIN_OK;
}

/* A field of fixed width, padded with blanks: to be shown, and its bytes, if anybody wants them. */
static void field(const CK_UTF8CHAR *from, size_t len, char out[static TOKEN_TEXT_MAX], struct token_bytes *raw)
{
    char text[TOKEN_TEXT_MAX];

    while (len > 0 && (from[len - 1] == ' ' || from[len - 1] == '\0'))
        len--;
    memcpy(text, from, len);
    text[len] = '\0';
    printable_escape(out, TOKEN_TEXT_MAX, text);
    if (raw == NULL)
        return;
    memcpy(raw->data, from, len);
    raw->len = len;
}

static void info_from(const struct token_answer *a, struct token_info *out)
{
    const CK_TOKEN_INFO *t = &a->info;

    memset(out, 0, sizeof *out);
    (void)snprintf(out->module, sizeof out->module, "%.*s", TOKEN_MODULE_MAX - 1, a->text);
    if (token_explain(a, NULL, NULL) != VOX_OK) {
        struct vox_error err;

        (void)token_explain(a, NULL, &err);
        memcpy(out->trouble, err.text, sizeof out->trouble);
        return;
    }
    field(t->label, sizeof t->label, out->label, &out->raw_label);
    field(t->serialNumber, sizeof t->serialNumber, out->serial, &out->raw_serial);
    field(t->model, sizeof t->model, out->model, NULL);
    field(t->manufacturerID, sizeof t->manufacturerID, out->maker, NULL);
    out->pin = pin_of(t->flags);
    out->initialized = (t->flags & CKF_TOKEN_INITIALIZED) != 0;
    out->pinpad = (t->flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0;
    out->pin_min = t->ulMinPinLen;
    out->pin_max = t->ulMaxPinLen;
}

static enum vox_err look(struct token_agent *a, size_t i, struct token_answer *answer, struct token_info *out,
                         struct vox_error *err)
{
    struct token_question q = {.op = TOKEN_OP_INFO, .token = (uint32_t)i};
    enum vox_err code = token_ask(a, &q, answer, TOKEN_ASK_SECONDS, err);

    if (code == VOX_OK)
        info_from(answer, out);
    return code;
}

enum vox_err token_count(struct token_agent *a, size_t *n, struct vox_error *err)
{
    struct token_question q = {.op = TOKEN_OP_COUNT};
    struct token_answer answer;
    enum vox_err code = token_ask(a, &q, &answer, TOKEN_ASK_SECONDS, err);

    *n = 0;
    if (code == VOX_OK && (code = token_explain(&answer, NULL, err)) == VOX_OK)
        *n = (size_t)answer.number;
    return code;
}

enum vox_err token_at(struct token_agent *a, size_t i, struct token_info *out, struct vox_error *err)
{
    struct token_answer answer;

    return look(a, i, &answer, out, err);
}

/* "SAST1 (serial number 123), SAST2 (...)", for an error. */
static void name_one(char *out, size_t room, const struct token_info *t)
{
    const size_t at = strlen(out);

    (void)snprintf(out + at, room - at, "%s\"%s\" (serial number %s)", at > 0 ? ", " : "", t->label, t->serial);
}

enum vox_err token_find(struct token_agent *a, const struct token_uri *u, size_t *index, struct token_info *out,
                        struct vox_error *err)
{
    char there[400] = "", hits[400] = "", trouble[VOX_ERROR_TEXT_MAX] = "";
    struct token_answer answer;
    size_t n, found = 0;
    enum vox_err code = token_count(a, &n, err);

    for (size_t i = 0; code == VOX_OK && i < n; i++) {
        struct token_info t;

        if ((code = look(a, i, &answer, &t, err)) != VOX_OK)
            return code;
        if (t.trouble[0] != '\0')
            memcpy(trouble, t.trouble, sizeof trouble);
        if (t.trouble[0] != '\0' || !t.initialized)
            continue;
        name_one(there, sizeof there, &t);
        if (!token_uri_matches(u, &answer.info))
            continue;
        name_one(hits, sizeof hits, &t);
        if (found++ == 0) {
            *index = i;
            *out = t;
        }
    }
    if (code != VOX_OK || found == 1)
        return code;
    if (found > 1)
        return vox_fail(err, VOX_E_USAGE, "several tokens are meant by this URI: %s: say serial= as well", hits);
    if (there[0] != '\0')
        return vox_fail(err, VOX_E_NOT_FOUND, "the token is not plugged in; there is %s", there);
    if (trouble[0] != '\0') /* it may be the one that is meant */
        return vox_fail(err, VOX_E_NOT_FOUND, "%s", trouble);
    return vox_fail(
        err, VOX_E_NOT_FOUND,
        "no token is plugged in, or no reader can be seen: is the vendor's module named, does pcscd run, may this "
        "user use it?");
}

/* --- the PIN --- */

/* Before anything is sent: may this one try be made? */
static enum vox_err may_try(const struct token_info *t, const struct password_source *pass, struct vox_error *err)
{
    char what[256];

    switch (t->pin) {
    case TOKEN_PIN_UNSET:
        return vox_fail(err, VOX_E_IO,
                        "the token \"%s\" (serial number %s) has no user PIN yet: set one with the vendor's tool",
                        t->label, t->serial);
    case TOKEN_PIN_LOCKED:
        return vox_fail(err, VOX_E_IO,
                        "the PIN of the token \"%s\" (serial number %s) is locked: whoever has its administrator (SO) "
                        "password can unlock it; without one take the other token",
                        t->label, t->serial);
    case TOKEN_PIN_CHANGE:
        return vox_fail(
            err, VOX_E_IO,
            "the PIN of the token \"%s\" (serial number %s) has to be changed first, with the vendor's tool", t->label,
            t->serial);
    case TOKEN_PIN_FINAL:
        (void)snprintf(what, sizeof what, "The next wrong PIN locks the token \"%s\" (serial number %s).", t->label,
                       t->serial);
        if (pass != NULL && pass->confirm != NULL && pass->confirm(pass->arg, what, "last try"))
            return VOX_OK;
        return vox_fail(
            err, VOX_E_USAGE,
            "the next wrong PIN locks the token \"%s\" (serial number %s), and nobody has confirmed that it is "
            "to be tried",
            t->label, t->serial);
    case TOKEN_PIN_LOW:
        (void)snprintf(what, sizeof what,
                       "A wrong PIN was tried on the token \"%s\" (serial number %s): few tries are left.", t->label,
                       t->serial);
        if (pass != NULL && pass->say != NULL)
            pass->say(pass->arg, what);
        return VOX_OK;
    default:
        return VOX_OK;
    }
}

/* The PIN into q; nothing of it stays elsewhere. */
static enum vox_err fetch_pin(const struct token_info *t, const char *source, const struct password_source *pass,
                              struct token_question *q, struct vox_error *err)
{
    struct bytes pin = {NULL, 0};
    char what[2 * TOKEN_TEXT_MAX + 40];
    enum vox_err code;

    (void)snprintf(what, sizeof what, "the token \"%s\" (serial number %s)", t->label, t->serial);
    if (source != NULL)
        code = token_pin_from_file(source, &pin, err);
    else if (pass != NULL)
        code = pass->get(pass->arg, what, &pin, err);
    else
        code = vox_fail(err, VOX_E_USAGE, "%s wants its PIN, and nobody is there to be asked", what);
    if (code == VOX_OK && (pin.len < t->pin_min || pin.len > t->pin_max || pin.len > sizeof q->pin))
        code = vox_fail(err, VOX_E_INPUT, "the PIN of %s has %lu to %lu characters; this one was not tried", what,
                        t->pin_min, t->pin_max);
    if (code == VOX_OK) {
        memcpy(q->pin, pin.data, pin.len);
        q->pinlen = (uint32_t)pin.len;
    }
    bytes_wipe(&pin);
    return code;
}

enum vox_err token_pin_into(const struct token_info *t, const char *source, const struct password_source *pass,
                            struct token_question *q, struct vox_error *err)
{
    enum vox_err code = may_try(t, pass, err);
    char what[2 * TOKEN_TEXT_MAX + 80];

    if (code != VOX_OK)
        return code;
    if (t->pinpad && (pass == NULL || pass->say == NULL))
        return vox_fail(err, VOX_E_USAGE,
                        "the PIN of the token \"%s\" (serial number %s) is entered on its reader, and nobody is there",
                        t->label, t->serial);
    if (!t->pinpad)
        return fetch_pin(t, source, pass, q, err);
    q->pinpad = 1;
    (void)snprintf(what, sizeof what, "Enter the PIN of the token \"%s\" (serial number %s) on its reader.", t->label,
                   t->serial);
    if (pass != NULL && pass->say != NULL)
        pass->say(pass->arg, what);
    return VOX_OK;
}

/* What is left to say after a wrong one: how many tries the token's own flags, read anew, speak of. */
static void add_tries(struct token_agent *a, size_t index, struct vox_error *err)
{
    struct token_info t;
    const size_t at = err != NULL ? strlen(err->text) : 0;

    if (err == NULL || token_at(a, index, &t, NULL) != VOX_OK)
        return;
    if (t.pin == TOKEN_PIN_LOCKED)
        (void)snprintf(err->text + at, sizeof err->text - at, "; it is locked now");
    else if (t.pin == TOKEN_PIN_FINAL)
        (void)snprintf(err->text + at, sizeof err->text - at, "; the next wrong one locks it");
    else if (t.pin == TOKEN_PIN_LOW)
        (void)snprintf(err->text + at, sizeof err->text - at, "; few tries are left");
}

enum vox_err token_login(struct token_agent *a, size_t index, const struct token_uri *u,
                         const struct password_source *pass, struct vox_error *err)
{
    struct token_question q = {.op = TOKEN_OP_LOGIN, .token = (uint32_t)index};
    struct token_answer answer;
    struct token_info t;
    enum vox_err code = token_at(a, index, &t, err);

    if (code != VOX_OK)
        return code;
    if (t.trouble[0] != '\0')
        return vox_fail(err, VOX_E_IO, "%s", t.trouble);
    if (t.pin == TOKEN_PIN_NONE || *token_agent_open(a, index))
        return VOX_OK;
    q.keep = pass == NULL || pass->say == NULL; /* a daemon: it cannot ask again */
    if ((code = token_pin_into(&t, u != NULL ? u->pin_source : NULL, pass, &q, err)) == VOX_OK &&
        (code = token_ask(a, &q, &answer, t.pinpad ? TOKEN_PERSON_SECONDS : TOKEN_ASK_SECONDS, err)) == VOX_OK &&
        (code = token_explain(&answer, &t, err)) != VOX_OK && answer.rv == CKR_PIN_INCORRECT)
        add_tries(a, index, err);
    OPENSSL_cleanse(&q, sizeof q);
    *token_agent_open(a, index) = code == VOX_OK;
    return code;
}
