#include "view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libcert/clock.h>

json_t *view_time_json(int64_t t)
{
    char text[CLOCK_RFC3339_MAX];

    if (t == 0)
        return json_null();
    clock_format(t, text);
    return json_string(text);
}

json_t *view_phone_json(const struct phone *p, int64_t now)
{
    bool lsc = p->lsc_not_after != 0;
    char key[32];

    key_spec_text(&p->key, key, sizeof key);
    return json_pack("{s:s, s:s, s:s?, s:o, s:s, s:s, s:s, s:o, s:o, s:b, s:o, s:i, s:o, s:s?, s:o, s:o}", "device",
                     p->name, "state", phone_state_word(p->state), "reason", p->reason[0] != '\0' ? p->reason : NULL,
                     "state_since", view_time_json(p->state_since), "operation", phone_operation_word(p->operation),
                     "auth", phone_proof_word(p->proof), "key", key, "not_before", view_time_json(p->not_before), "by",
                     view_time_json(p->by), "string", p->has_string, "string_expires",
                     view_time_json(p->has_string ? p->string_expires : 0), "wrong_strings", (int)p->wrong,
                     "locked_until", view_time_json(p->locked_until > now ? p->locked_until : 0), "lsc",
                     p->lsc[0] != '\0' ? p->lsc : NULL, "lsc_not_after", view_time_json(p->lsc_not_after), "days_left",
                     lsc ? json_integer(clock_days_between(now, p->lsc_not_after)) : json_null());
}

json_t *view_entry_json(const struct ledger_entry *e, int64_t now)
{
    struct bytes_view number = cert_serial(e->cert);
    char fingerprint[CERT_FINGERPRINT_MAX], key[64], *serial = malloc(2 * number.len + 1);
    json_t *doc;

    if (serial == NULL)
        return NULL;
    hex_encode(number.data, number.len, serial);
    cert_fingerprint(e->cert, fingerprint);
    cert_key_text(e->cert, key, sizeof key);
    doc = json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:I, s:o, s:o, s:s}", "device", e->device, "sha256", fingerprint,
                    "serial", serial, "key", key, "not_before", view_time_json(cert_not_before(e->cert)), "not_after",
                    view_time_json(cert_not_after(e->cert)), "days_left",
                    (json_int_t)clock_days_between(now, cert_not_after(e->cert)), "issued", view_time_json(e->issued),
                    "delivered", view_time_json(e->delivered), "request", e->request);
    free(serial);
    return doc;
}

const char *view_by_word(enum phone_profile_by by)
{
    return by == PHONE_PROFILE_ASSIGNED ? "assigned" : by == PHONE_PROFILE_TEMPLATE ? "template" : NULL;
}

static void add_profile(json_t *doc, const char *name, enum phone_profile_by by)
{
    (void)json_object_set_new(doc, "profile", by != PHONE_PROFILE_NONE ? json_string(name) : json_null());
    (void)json_object_set_new(doc, "profile_by",
                              by != PHONE_PROFILE_NONE ? json_string(view_by_word(by)) : json_null());
}

void view_device_json(const struct phone_device *d, json_t *doc)
{
    add_profile(doc, d->profile != NULL ? d->profile->name : "", d->by);
}

void view_order_json(const struct order_from *from, json_t *doc)
{
    add_profile(doc, from->profile, from->by);
    (void)json_object_set_new(doc, "auth_by_profile", json_boolean(from->proof));
    (void)json_object_set_new(doc, "key_by_profile", json_boolean(from->key));
}

void view_order_from(const struct order_from *from, char out[static VIEW_FROM_MAX])
{
    out[0] = '\0';
    if (from->proof || from->key)
        (void)snprintf(out, VIEW_FROM_MAX, " (%sby profile %s%s)",
                       from->proof && from->key ? ""
                       : from->proof            ? "proof "
                                                : "key ",
                       from->profile, from->by == PHONE_PROFILE_TEMPLATE ? " of the template" : "");
}

void view_note(const struct phone *p, int64_t now, char out[static VIEW_NOTE_MAX])
{
    char when[CLOCK_RFC3339_MAX];

    out[0] = '\0';
    if (p->locked_until > now) {
        clock_format(p->locked_until, when);
        (void)snprintf(out, VIEW_NOTE_MAX, "locked until %s (%u wrong strings)", when, p->wrong);
    } else if (p->state == PHONE_FAILED) {
        (void)snprintf(out, VIEW_NOTE_MAX, "%s", p->reason);
    } else if (p->operation != PHONE_NONE && p->by != 0 && p->by <= now) {
        clock_format(p->by, when);
        (void)snprintf(out, VIEW_NOTE_MAX, "was to be complete by %s", when);
    } else if (p->operation != PHONE_NONE && p->not_before > now) {
        clock_format(p->not_before, when);
        (void)snprintf(out, VIEW_NOTE_MAX, "its turn is at %s", when);
    } else if (p->operation != PHONE_NONE && p->proof == PHONE_BY_STRING && !p->has_string) {
        (void)snprintf(out, VIEW_NOTE_MAX, "has no authentication string");
    } else if (p->operation != PHONE_NONE && p->has_string && p->string_expires != 0 && p->string_expires <= now) {
        (void)snprintf(out, VIEW_NOTE_MAX, "its authentication string has expired");
    }
}
