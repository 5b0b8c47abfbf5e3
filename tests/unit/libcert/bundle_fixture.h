/* Reading the files of tests/vectors/bundle, for the tests of bundles. */
#ifndef UNIT_BUNDLE_FIXTURE_H
#define UNIT_BUNDLE_FIXTURE_H

#include "x509_fixture.h"

#include <libcert/bundle.h>

/* A password source that counts how often it is asked. */
struct fixture_password {
    const char *text; /* NULL: nobody can be asked */
    int asked;
};

static inline enum vox_err fixture_get_password(void *arg, const char *what, struct bytes *out, struct vox_error *err)
{
    struct fixture_password *p = arg;

    assert_non_null(what);
    p->asked++;
    return p->text != NULL ? bytes_copy(out, p->text, strlen(p->text), err)
                           : vox_fail(err, VOX_E_USAGE, "nobody to ask");
}

static inline struct bytes fixture_file(const char *name)
{
    struct vox_error err = {0};
    struct bytes data;
    char path[512];

    (void)snprintf(path, sizeof path, "%s/bundle/%s", VOX_VECTORS, name);
    if (file_read(path, LIMIT_BUNDLE_FILE, &data, &err) != VOX_OK)
        fail_msg("%s: %s", path, err.text);
    return data;
}

static inline enum vox_err fixture_read(const char *name, struct fixture_password *p, struct bundle *b,
                                        struct vox_error *err)
{
    struct password_source source = {.get = fixture_get_password, .arg = p};
    struct bytes data = fixture_file(name);
    enum vox_err code = bundle_read(data.data, data.len, name, p != NULL ? &source : NULL, b, err);

    bytes_free(&data);
    assert_int_equal(ERR_peek_error(), 0);
    return code;
}

/* The common names in their order, as "cm1,Issuing,Root". */
static inline void fixture_expect_names(const struct bundle *b, const char *want)
{
    char all[512] = "";

    for (size_t i = 0; i < b->ncerts; i++) {
        char *cn;

        assert_int_equal(name_common_name(cert_subject_der(b->certs[i]), &cn, NULL), VOX_OK);
        assert_true(strlen(all) + strlen(cn) + 2 < sizeof all);
        strcat(all, i > 0 ? "," : "");
        strcat(all, cn);
        free(cn);
    }
    assert_string_equal(all, want);
}

#define LEAF    "cm1.example.com"
#define ISSUING "Example Issuing CA"
#define ROOT    "Example Root CA"

#endif
