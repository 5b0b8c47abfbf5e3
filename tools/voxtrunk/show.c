#include <stdio.h>
#include <stdlib.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <cluster/view.h>
#include <libcert/clock.h>

#include "find.h"
#include "view_trunk.h"
#include "voxtrunk.h"

static const struct argp argp = {
    .parser = cli_one_name,
    .args_doc = "NAME",
    .doc = "Show a trunk: its profile, its destinations, and the certificates that belong to it.",
};

static json_t *cert_json(const struct trunk_cert *c, int64_t now)
{
    json_t *doc = view_cert_json(c->cert, now);

    (void)json_object_set_new(doc, "device", json_boolean(c->device));
    (void)json_object_set_new(doc, "brought", json_boolean(c->brought));
    return doc;
}

static void print_text(const struct trunk *t, const struct trunk_profile *p, const json_t *certs)
{
    printf("Trunk %s, profile %s\n", t->name, p->name);
    view_profile_print(p);
    for (size_t i = 0; i < t->n; i++) {
        char destination[VIEW_DESTINATION_MAX];

        view_destination(&t->destinations[i], destination);
        printf("%s%s\n", i == 0 ? "  destinations    " : "                  ", destination);
    }
    for (size_t i = 0; i < json_array_size(certs); i++) {
        const json_t *one = json_array_get(certs, i);

        printf("\n%s%s\n", json_is_true(json_object_get(one, "device")) ? "Certificate of the device" : "Issuer",
               json_is_true(json_object_get(one, "brought")) ? "" : ", which stood in CallManager-trust before");
        view_print(one, stdout);
    }
    if (json_array_size(certs) == 0 && p->mode != TRUNK_NON_SECURE)
        printf("\nNo certificate yet: voxtrunk upload %s FILE, or voxtrunk fetch %s\n", t->name, t->name);
}

static int show(const struct cli_common *common, const struct trunk *t, const struct trunk_profile *p,
                const struct trunk_cert *list, size_t n)
{
    json_t *certs = json_array();
    int64_t now = clock_now();

    for (size_t i = 0; i < n; i++)
        (void)json_array_append_new(certs, cert_json(&list[i], now));
    if (common->json) {
        json_t *doc = view_trunk_json(t);

        (void)json_object_set_new(doc, "profile", view_profile_json(p));
        (void)json_object_set_new(doc, "certificates", certs);
        return cli_json_print(doc);
    }
    print_text(t, p, certs);
    json_decref(certs);
    return EXIT_DONE;
}

int voxtrunk_show(struct cli_common *common, int argc, char **argv)
{
    const char *name = NULL;
    struct trunk_profile *p = NULL;
    struct trunk_cert *certs = NULL;
    struct trunk *t = NULL;
    struct store *s = NULL;
    struct vox_error err;
    size_t n = 0;
    int status;

    cli_parse(common, &argp, argc, argv, &name);
    const struct trunk_cert_filter f = {.trunk = name};

    if (cli_store_open(common, &s, &err) != VOX_OK || find_both(s, name, &t, &p, &err) != VOX_OK ||
        trunk_certs(s, &f, &certs, &n, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else
        status = show(common, t, p, certs, n);
    trunk_certs_free(&certs, n);
    trunk_profiles_free(&p, p != NULL ? 1 : 0);
    free(t);
    store_close(&s);
    return status;
}
