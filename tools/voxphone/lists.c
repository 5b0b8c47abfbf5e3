#include <stdio.h>
#include <string.h>

#include <ctl/verify.h>
#include <libcert/limits.h>

#include "voxphone.h"

/* The phone's own file, else everybody's. name: of the one that came. */
static enum vox_err fetch_list(struct phone_boot *b, const char *kind, struct bytes *out, char *name, size_t namelen,
                               struct vox_error *err)
{
    enum vox_err code;

    (void)snprintf(name, namelen, "%s%s.tlv", kind, b->name);
    code = fetch_file(b->fetch, name, LIMIT_LIST_FILE, out, err);
    if (code != VOX_E_NOT_FOUND)
        return code;
    b->reached = true;
    (void)snprintf(name, namelen, "%sFile.tlv", kind);
    return fetch_file(b->fetch, name, LIMIT_LIST_FILE, out, err);
}

/* What the rules say, and when a TVS has to confirm the signer, its word. */
static void decide(struct phone_boot *b, const struct ctl_list *offered, struct accept_result *r)
{
    const struct accept_held held = phone_held(b);
    const int signer = ctl_signer_record(offered);
    struct vox_error err;
    enum vox_err code;

    accept_list(&held, offered, r);
    if (r->verdict != ACCEPT_IF_TVS)
        return;
    if (signer < 0 || offered->records[signer].cert == NULL) {
        r->verdict = ACCEPT_REFUSED;
        return;
    }
    if ((code = phone_ask_tvs(b, offered->records[signer].cert, ACCEPT_FOR_LISTS, &err)) == VOX_OK)
        return;
    r->verdict = ACCEPT_REFUSED;
    r->rule = code == VOX_E_NO ? "3.8" : "3.7";
    (void)snprintf(r->why, sizeof r->why, "its signer is not known to the phone, and %.300s", err.text);
}

static enum vox_err take(struct phone_boot *b, const char *kind, const char *name, const struct bytes *file,
                         struct vox_error *err)
{
    struct ctl_list **held = kind[0] == 'C' ? &b->ctl : &b->itl, *offered = NULL;
    struct accept_result r;
    char kept[16];
    enum vox_err code = ctl_list_read(file->data, file->len, &offered, err);

    if (code == VOX_OK && ctl_is_itl(offered) != (kind[0] == 'I'))
        code = vox_fail(err, VOX_E_INPUT, "it is the other kind of list");
    if (code != VOX_OK) {
        ctl_list_free(&offered);
        phone_step(b, kind, STEP_REFUSED, "refused", "%s: no list that the phone can read: %s", name, err->text);
        return VOX_OK;
    }
    decide(b, offered, &r);
    if (r.verdict == ACCEPT_REFUSED || r.verdict == ACCEPT_IGNORED) {
        ctl_list_free(&offered);
        phone_step(b, kind, r.verdict == ACCEPT_REFUSED ? STEP_REFUSED : STEP_NOTHING, accept_word(r.verdict),
                   "%s: %s (acceptance.md %s)", name, r.why, r.rule);
        return VOX_OK;
    }
    (void)snprintf(kept, sizeof kept, "%sFile.tlv", kind);
    if ((code = phone_keep(b, kept, file->data, file->len, err)) != VOX_OK) {
        ctl_list_free(&offered);
        return code;
    }
    ctl_list_free(held);
    *held = offered;
    phone_step(b, kind, STEP_GOOD, accept_word(r.verdict), "%s: %s (acceptance.md %s)", name, r.why, r.rule);
    return VOX_OK;
}

static void take_list(struct phone_boot *b, const char *kind)
{
    const struct ctl_list *held = kind[0] == 'C' ? b->ctl : b->itl;
    char name[PHONE_NAME_MAX + 16];
    struct bytes file;
    struct vox_error err;
    enum vox_err code = fetch_list(b, kind, &file, name, sizeof name, &err);

    if (code == VOX_E_NOT_FOUND) {
        b->reached = true;
        phone_step(b, kind, STEP_NOTHING, "absent", "%s: not there: %s", name,
                   held != NULL ? "the phone keeps the one that it holds" : "the phone goes on without");
        return;
    }
    if (code == VOX_E_INPUT)
        phone_step(b, kind, STEP_REFUSED, "refused", "%s", err.text);
    else if (code != VOX_OK)
        phone_step(b, kind, STEP_FAILED, "failed", "%s", err.text);
    if (code != VOX_OK)
        return;
    b->reached = true;
    if (held != NULL && bytes_equal(bytes_view_of(&held->file), bytes_view_of(&file)))
        phone_step(b, kind, STEP_GOOD, "held", "%s: the phone has it already", name);
    else if (take(b, kind, name, &file, &err) != VOX_OK)
        phone_step(b, kind, STEP_FAILED, "failed", "%s", err.text);
    bytes_free(&file);
}

void phone_take_lists(struct phone_boot *b)
{
    take_list(b, "CTL");
    if (b->o->model.no_security_by_default)
        phone_step(b, "ITL", STEP_NOTHING, "ignored", "a %s knows no ITL (acceptance.md 2.3)", b->o->model.name);
    else
        take_list(b, "ITL");
}
