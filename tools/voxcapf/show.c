#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <libcert/clock.h>

#include "device.h"
#include "view.h"
#include "voxcapf.h"

static const struct argp argp = {
    .parser = devices_parse,
    .args_doc = "DEVICE...",
    .doc = "Show all about phones: what each is to do, how far it is, and every certificate that it was given.",
};

/* Certificates of one phone while they are collected. */
struct certificates {
    json_t *list;
    int64_t now;
};

static bool add_certificate(void *arg, const struct ledger_entry *e)
{
    struct certificates *c = arg;

    return json_array_append_new(c->list, view_entry_json(e, c->now)) == 0;
}

static const char *text_of(const json_t *doc, const char *key)
{
    return json_string_value(json_object_get(doc, key));
}

/* A line if there is something to say. */
static void line(const char *label, const char *text)
{
    if (text != NULL)
        printf("  %-16s%s\n", label, text);
}

static void print_certificates(const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *c = json_array_get(list, i);
        const char *delivered = text_of(c, "delivered");

        printf("  %-16s%s\n", i == 0 ? "certificates" : "", text_of(c, "sha256"));
        printf("  %-16s%s, serial %s\n", "", text_of(c, "key"), text_of(c, "serial"));
        printf("  %-16svalid %s to %s (%" JSON_INTEGER_FORMAT " days)\n", "", text_of(c, "not_before"),
               text_of(c, "not_after"), json_integer_value(json_object_get(c, "days_left")));
        printf("  %-16sissued %s, %s%s\n", "", text_of(c, "issued"), delivered != NULL ? "delivered " : "not confirmed",
               delivered != NULL ? delivered : " by the phone");
    }
}

static void print_text(const struct phone *p, const json_t *doc, int64_t now)
{
    char note[VIEW_NOTE_MAX], days[32];
    const char *until = text_of(doc, "lsc_not_after");

    view_note(p, now, note);
    printf("%s\n", p->name);
    printf("  %-16s%s%s%s\n", "state", text_of(doc, "state"), text_of(doc, "state_since") != NULL ? " since " : "",
           text_of(doc, "state_since") != NULL ? text_of(doc, "state_since") : "");
    line("note", note[0] != '\0' && strcmp(note, p->reason) != 0 ? note : NULL); /* the reason follows */
    line("reason", text_of(doc, "reason"));
    line("operation", text_of(doc, "operation"));
    line("proof", text_of(doc, "auth"));
    line("key", text_of(doc, "key"));
    line("not before", text_of(doc, "not_before"));
    line("complete by", text_of(doc, "by"));
    if (text_of(doc, "profile") != NULL)
        printf("  %-16s%s (%s)\n", "profile", text_of(doc, "profile"),
               strcmp(text_of(doc, "profile_by"), "assigned") == 0 ? "assigned" : "by the template");
    if (p->has_string)
        printf("  %-16suntil %s\n", "string",
               text_of(doc, "string_expires") != NULL ? text_of(doc, "string_expires") : "it is used");
    if (p->wrong > 0)
        printf("  %-16s%u in a row\n", "wrong strings", p->wrong);
    line("LSC", text_of(doc, "lsc"));
    if (until != NULL) {
        (void)snprintf(days, sizeof days, " (%" PRId64 " days)", clock_days_between(now, p->lsc_not_after));
        printf("  %-16s%s%s\n", "LSC ends", until, days);
    }
    print_certificates(json_object_get(doc, "certificates"));
}

/* One that has a profile is shown before anything is set for it. */
static enum vox_err get(struct store *s, const struct phone_book *book, const char *name, struct phone *p,
                        struct phone_device *d, struct vox_error *err)
{
    struct vox_error why;
    enum vox_err code = device_get(s, name, p, &why);
    const bool is_name = phone_name_check(name, NULL) == VOX_OK;

    if (is_name && (code == VOX_OK || code == VOX_E_INPUT) && phone_book_device(book, name, d, err) != VOX_OK)
        return err->code;
    if (is_name && code == VOX_E_INPUT && d->by == PHONE_PROFILE_ASSIGNED) {
        *p = (struct phone){.key = {.type = KEY_RSA, .rsa_bits = 2048}};
        (void)snprintf(p->name, sizeof p->name, "%s", name);
        return VOX_OK;
    }
    if (code != VOX_OK)
        *err = why;
    return code;
}

static enum vox_err show(struct cli_common *common, struct store *s, const struct phone_book *book, const char *name,
                         json_t *all, struct vox_error *err)
{
    struct certificates c = {.list = json_array(), .now = clock_now()};
    struct phone_device d;
    struct phone p;
    json_t *doc;
    enum vox_err code = get(s, book, name, &p, &d, err);

    if (code == VOX_OK)
        code = ledger_each(s, name, add_certificate, &c, err);
    if (code != VOX_OK) {
        json_decref(c.list);
        return code;
    }
    doc = view_phone_json(&p, c.now);
    view_device_json(&d, doc);
    (void)json_object_set_new(doc, "certificates", c.list);
    if (!common->json)
        print_text(&p, doc, c.now);
    (void)json_array_append_new(all, doc);
    return VOX_OK;
}

int voxcapf_show(struct cli_common *common, int argc, char **argv)
{
    struct devices devices = {NULL, 0};
    json_t *all = json_array();
    struct phone_book *book = NULL;
    struct store *s = NULL;
    struct vox_error err;
    int status = EXIT_DONE;

    cli_parse(common, &argp, argc, argv, &devices);
    if (cli_store_open(common, &s, &err) != VOX_OK || phone_book_open(s, &book, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    for (size_t i = 0; i < devices.n && status == EXIT_DONE; i++) {
        if (i > 0 && !common->json)
            putchar('\n');
        if (show(common, s, book, devices.names[i], all, &err) != VOX_OK)
            status = cli_report(common, NULL, &err);
    }
    if (status == EXIT_DONE && common->json)
        status = cli_json_print(json_pack("{s:O}", "phones", all));
    json_decref(all);
    devices_free(&devices);
    phone_book_free(&book);
    store_close(&s);
    return status;
}
