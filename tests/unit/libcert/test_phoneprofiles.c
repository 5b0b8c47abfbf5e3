/* Security profiles of phones: what can work, who has which, and what the template says of the others. */
#include "unit/libcert/phones_fixture.h"

#include <libcert/phoneprofiles.h>

enum { TLS_1_0 = 0x0301, TLS_1_2 = 0x0303, TLS_1_3 = 0x0304 };

static struct phone_profile profile(const char *name, const char *model)
{
    struct phone_profile p = {.mode = TRUNK_ENCRYPTED,
                              .transport = TRUNK_TLS,
                              .port = TRUNK_PORT_SIPS,
                              .proof = PHONE_BY_MIC,
                              .rsa = {.type = KEY_RSA, .rsa_bits = 2048}};

    snprintf(p.name, sizeof p.name, "%s", name);
    snprintf(p.model, sizeof p.model, "%s", model);
    return p;
}

static void test_models_have_one_form(void **state)
{
    static const struct {
        const char *text, *model;
    } rows[] = {{"8841", "8841"}, {"CP-8841-K9", "8841"},     {"88XX", "88xx"}, {"79xx", "79xx"}, {"any", ""},
                {"", ""},         {"IP Communicator", "CIPC"}};
    static const char *const none[] = {"88x", "88xxx", "12xx", "xxxx", "Jabber", "8841 7962"};
    char model[PHONE_PROFILE_MODEL_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_true(phone_profile_model(rows[i].text, model));
        assert_string_equal(model, rows[i].model);
    }
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_false(phone_profile_model(none[i], model));
}

static void test_what_does_not_go_together(void **state)
{
    struct phone_profile p = profile("p", "");

    (void)state;
    assert_done(phone_profile_check(&p, err));
    p.transport = TRUNK_TCP;
    assert_refused(phone_profile_check(&p, err), VOX_E_INPUT, "mode encrypted is TLS, not tcp");
    p.mode = TRUNK_NON_SECURE;
    assert_done(phone_profile_check(&p, err));
    p.transport = TRUNK_TLS;
    assert_refused(phone_profile_check(&p, err), VOX_E_INPUT, "mode non-secure with TLS");
    p = profile("p", "");
    p.protocol = PHONE_SCCP;
    assert_refused(phone_profile_check(&p, err), VOX_E_INPUT, "the port of SIP");
    p.port = 0;
    assert_done(phone_profile_check(&p, err));
    p.mode = TRUNK_NON_SECURE;
    assert_refused(phone_profile_check(&p, err), VOX_E_INPUT, "SCCP with mode non-secure is TCP");
    p.transport = TRUNK_TCP;
    assert_done(phone_profile_check(&p, err));
    p = profile("p", "");
    p.port = 0;
    assert_refused(phone_profile_check(&p, err), VOX_E_INPUT, "not a port");
    p = profile("p", "");
    p.key_order = PHONE_KEYS_EC;
    assert_refused(phone_profile_check(&p, err), VOX_E_INPUT, "no curve");
    p.ec = (struct key_spec){.type = KEY_EC, .curve = "P-384"};
    assert_done(phone_profile_check(&p, err));
    p = profile("a/b", "");
    assert_refused(phone_profile_check(&p, err), VOX_E_INPUT, "not a profile's name");
    p = profile("p", "8800x");
    assert_refused(phone_profile_check(&p, err), VOX_E_INPUT, "no model");
    p = profile("p", "CP-8841"); /* not in the form of profiles */
    assert_refused(phone_profile_check(&p, err), VOX_E_INPUT, "no model");
}

/* Each rule of the table: who keeps it, and who does not. */
static void test_what_a_model_cannot(void **state)
{
    struct phone_profile p = profile("p", "");

    (void)state;
    p.protocol = PHONE_SCCP;
    p.port = 0;
    assert_refused(phone_profile_fits(&p, "8841", 0, err), VOX_E_INPUT, "model 8841 does not speak SCCP");
    assert_done(phone_profile_fits(&p, "7962", 0, err));
    p = profile("p", "");
    p.ec = (struct key_spec){.type = KEY_EC, .curve = "P-384"};
    p.key_order = PHONE_KEYS_EC;
    assert_refused(phone_profile_fits(&p, "CP-7962G", 0, err), VOX_E_INPUT, "takes no EC certificate");
    assert_done(phone_profile_fits(&p, "8841", 0, err));
    p.key_order = PHONE_KEYS_EC_PREFERRED;
    assert_done(phone_profile_fits(&p, "7962", 0, err));
    p.rsa.rsa_bits = 3072;
    assert_refused(phone_profile_fits(&p, "7962", 0, err), VOX_E_INPUT, "RSA keys of 2048 bits at most");
    assert_done(phone_profile_fits(&p, "8841", 0, err));
    p = profile("p", "");
    assert_refused(phone_profile_fits(&p, "7962", TLS_1_2, err), VOX_E_INPUT, "oldest TLS that is allowed");
    assert_refused(phone_profile_fits(&p, "88xx", TLS_1_3, err), VOX_E_INPUT, "oldest TLS that is allowed");
    assert_done(phone_profile_fits(&p, "7962", TLS_1_0, err));
    assert_done(phone_profile_fits(&p, "8841", TLS_1_2, err));
    p.mode = TRUNK_NON_SECURE;
    assert_done(phone_profile_fits(&p, "7962", TLS_1_2, err));
    p.encrypted_config = true;
    assert_refused(phone_profile_fits(&p, "7962", TLS_1_2, err), VOX_E_INPUT, "no encrypted configuration");
    assert_done(phone_profile_fits(&p, "8841", TLS_1_2, err));
    p = profile("p", "");
    p.mode = TRUNK_AUTHENTICATED;
    assert_refused(phone_profile_fits(&p, "", TLS_1_3, err), VOX_E_INPUT, "NULL-SHA");
    assert_done(phone_profile_fits(&p, "", TLS_1_2, err));
}

static void test_whose_profile_it_is(void **state)
{
    const struct phone_profile one = profile("one", "8841"), all = profile("all", "88xx"), any = profile("any", "");

    (void)state;
    assert_done(phone_profile_fits(&one, "CP-8841-K9", 0, err));
    assert_done(phone_profile_fits(&one, "", 0, err)); /* not known: nobody can say */
    assert_refused(phone_profile_fits(&one, "8845", 0, err), VOX_E_INPUT, "is for 8841, not for model 8845");
    assert_refused(phone_profile_fits(&one, "88xx", 0, err), VOX_E_INPUT, "is for 8841, not for model 88xx");
    assert_refused(phone_profile_fits(&one, "DX650", 0, err), VOX_E_INPUT, "not for model DX650");
    assert_done(phone_profile_fits(&all, "8845", 0, err));
    assert_refused(phone_profile_fits(&all, "7841", 0, err), VOX_E_INPUT, "is for 88xx");
    assert_done(phone_profile_fits(&any, "DX650", TLS_1_3, err));
    /* what nobody knows of a phone is asked of the profile's own model */
    assert_refused(phone_profile_fits(&all, "", TLS_1_3, err), VOX_E_INPUT, "model 88xx");
}

static void test_the_key_follows_the_model(void **state)
{
    struct phone_profile p = profile("p", "");

    (void)state;
    p.ec = (struct key_spec){.type = KEY_EC, .curve = "P-384"};
    assert_int_equal(phone_profile_key(&p, "8841")->type, KEY_RSA);
    p.key_order = PHONE_KEYS_EC_PREFERRED;
    assert_int_equal(phone_profile_key(&p, "8841")->type, KEY_EC);
    assert_int_equal(phone_profile_key(&p, "7962")->type, KEY_RSA);
    assert_int_equal(phone_profile_key(&p, "")->type, KEY_RSA); /* RSA always works */
    assert_int_equal(phone_profile_key(&p, "DX650")->type, KEY_RSA);
    strcpy(p.model, "88xx");
    assert_int_equal(phone_profile_key(&p, "")->type, KEY_EC);
}

static void test_profiles_are_kept(void **state)
{
    struct phone_profile p = profile("Floor 3", "88xx"), *list;
    size_t n;

    (void)state;
    p.key_order = PHONE_KEYS_EC_PREFERRED;
    p.ec = (struct key_spec){.type = KEY_EC, .curve = "P-521"};
    p.encrypted_config = true;
    p.port = 5071;
    assert_done(phone_profile_add(s, &p, err));
    assert_refused(phone_profile_add(s, &p, err), VOX_E_EXISTS, "a profile 'Floor 3' already");
    assert_done(phone_profiles(s, &list, &n, err));
    assert_int_equal(n, 1);
    assert_string_equal(list->name, "Floor 3");
    assert_string_equal(list->model, "88xx");
    assert_int_equal(list->mode, TRUNK_ENCRYPTED);
    assert_int_equal(list->transport, TRUNK_TLS);
    assert_int_equal(list->port, 5071);
    assert_int_equal(list->proof, PHONE_BY_MIC);
    assert_int_equal(list->key_order, PHONE_KEYS_EC_PREFERRED);
    assert_int_equal(list->rsa.rsa_bits, 2048);
    assert_string_equal(list->ec.curve, "P-521");
    assert_true(list->encrypted_config);
    assert_int_equal(list->assigned, 0);
    free(list);
    assert_done(phone_profile_remove(s, "Floor 3", err));
    assert_refused(phone_profile_remove(s, "Floor 3", err), VOX_E_NOT_FOUND, "no profile");
}

static void heard(const char *name, const char *model)
{
    struct inventory_phone p = {.how = "csv"};

    snprintf(p.name, sizeof p.name, "%s", name);
    snprintf(p.model, sizeof p.model, "%s", model);
    assert_done(inventory_note(s, &p, err));
}

static void add(const char *name, const char *model)
{
    const struct phone_profile p = profile(name, model);

    assert_done(phone_profile_add(s, &p, err));
}

static void in_template(const char *model, const char *name)
{
    struct phone_template t = {.model = ""};

    snprintf(t.model, sizeof t.model, "%s", model);
    snprintf(t.profile, sizeof t.profile, "%s", name);
    assert_done(phone_template_set(s, &t, err));
}

/* "NAME assigned", "NAME template", "none". */
static const char *has(const char *device)
{
    static char text[100];
    struct phone_book *b;
    struct phone_device d;

    assert_done(phone_book_open(s, &b, err));
    assert_done(phone_book_device(b, device, &d, err));
    assert_string_equal(d.name, device);
    snprintf(text, sizeof text, "%s%s", d.profile != NULL ? d.profile->name : "none",
             d.by == PHONE_PROFILE_ASSIGNED   ? " assigned"
             : d.by == PHONE_PROFILE_TEMPLATE ? " template"
                                              : "");
    phone_book_free(&b);
    return text;
}

static void test_who_has_which(void **state)
{
    (void)state;
    add("any", "");
    add("family", "88xx");
    add("own", "8841");
    heard("SEP1", "CP-8841");
    heard("SEP2", "8845");
    heard("SEP3", "7962");
    assert_string_equal(has("SEP1"), "none");
    in_template("", "any");
    assert_string_equal(has("SEP1"), "any template");
    assert_string_equal(has("SEP9"), "any template"); /* nobody knows it */
    in_template("88xx", "family");
    in_template("8841", "own");
    assert_string_equal(has("SEP1"), "own template");
    assert_string_equal(has("SEP2"), "family template");
    assert_string_equal(has("SEP3"), "any template");
    assert_done(phone_profile_assign(s, "SEP2", "any", err));
    assert_string_equal(has("SEP2"), "any assigned");
    assert_done(phone_profile_assign(s, "SEP2", "own", err));
    assert_string_equal(has("SEP2"), "own assigned");
    assert_refused(phone_profile_assign(s, "SEP2", "nobody", err), VOX_E_NOT_FOUND, "no profile 'nobody'");
    assert_refused(phone_profile_assign(s, "sep 2", "own", err), VOX_E_INPUT, "");
    assert_refused(phone_profile_remove(s, "own", err), VOX_E_EXISTS, "in use by 1 phone, and in the template (8841)");
    assert_refused(phone_profile_remove(s, "family", err), VOX_E_EXISTS, "in the template (88xx)");
    bool had;
    assert_done(phone_profile_unassign(s, "SEP2", &had, err));
    assert_true(had);
    assert_done(phone_profile_unassign(s, "SEP2", &had, err));
    assert_false(had);
    assert_done(phone_template_clear(s, "8841", err));
    assert_refused(phone_template_clear(s, "8841", err), VOX_E_NOT_FOUND, "nothing of model '8841'");
    assert_done(phone_profile_remove(s, "own", err));
    assert_string_equal(has("SEP1"), "family template");
}

static void test_the_template_takes_what_fits(void **state)
{
    struct phone_template t = {.model = "", .profile = "own"};

    (void)state;
    add("own", "8841");
    assert_refused(phone_template_set(s, &t, err), VOX_E_INPUT, "is for 8841, not for any model");
    strcpy(t.model, "88xx");
    assert_refused(phone_template_set(s, &t, err), VOX_E_INPUT, "not for model 88xx");
    strcpy(t.model, "8841");
    assert_done(phone_template_set(s, &t, err));
    strcpy(t.profile, "nobody");
    assert_refused(phone_template_set(s, &t, err), VOX_E_NOT_FOUND, "no profile 'nobody'");
}

struct seen {
    char names[200];
};

static bool add_name(void *arg, const struct phone_device *d)
{
    struct seen *seen = arg;

    strcat(seen->names, d->name);
    strcat(seen->names, d->known ? "" : "?");
    strcat(seen->names, d->has_lsc ? "* " : " ");
    return strcmp(d->name, "SEP4") != 0;
}

static void test_all_devices_are_seen(void **state)
{
    struct phone p = phone_named("SEP2");
    struct seen seen = {.names = ""};
    struct phone_book *b;

    (void)state;
    add("any", "");
    heard("SEP1", "8841");
    snprintf(p.lsc, sizeof p.lsc, "%064d", 1);
    assert_done(phone_put(s, &p, err));
    put_with_string("SEP1", "12345678", 0);
    assert_done(phone_profile_assign(s, "SEP3", "any", err));
    heard("SEP4", "");
    heard("SEP5", "");
    assert_done(phone_book_open(s, &b, err));
    assert_true(phone_book_any(b));
    assert_done(phone_book_each(b, add_name, &seen, err));
    assert_string_equal(seen.names, "SEP1 SEP2* SEP3? SEP4 ");
    phone_book_free(&b);
}

static void test_damage_by_hand_is_found(void **state)
{
    struct phone_profile *list;
    size_t n;

    (void)state;
    add("any", "");
    shell("voxtrust.db", "UPDATE phone_profiles SET rsa_key = 'rsa:7'");
    assert_refused(phone_profiles(s, &list, &n, err), VOX_E_STORE, "damaged: profile any");
    shell("voxtrust.db", "UPDATE phone_profiles SET rsa_key = 'rsa:2048', model = '12xx'");
    assert_refused(phone_profiles(s, &list, &n, err), VOX_E_STORE, "no model '12xx'");
    shell("voxtrust.db", "UPDATE phone_profiles SET model = ''");
    assert_done(phone_profiles(s, &list, &n, err));
    free(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_models_have_one_form),
        cmocka_unit_test(test_what_does_not_go_together),
        cmocka_unit_test(test_what_a_model_cannot),
        cmocka_unit_test(test_whose_profile_it_is),
        cmocka_unit_test(test_the_key_follows_the_model),
        cmocka_unit_test_setup_teardown(test_profiles_are_kept, phones_setup, phones_teardown),
        cmocka_unit_test_setup_teardown(test_who_has_which, phones_setup, phones_teardown),
        cmocka_unit_test_setup_teardown(test_the_template_takes_what_fits, phones_setup, phones_teardown),
        cmocka_unit_test_setup_teardown(test_all_devices_are_seen, phones_setup, phones_teardown),
        cmocka_unit_test_setup_teardown(test_damage_by_hand_is_found, phones_setup, phones_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
