/* What the tests of phones and ledger share: a store with its key of authentication strings, and phones for it. */
#ifndef TESTS_PHONES_FIXTURE_H
#define TESTS_PHONES_FIXTURE_H

#include "unit/libcert/store_fixture.h"

#include <libcert/ledger.h>
#include <libcert/phones.h>

static struct phones_key *strings;

static unused int phones_setup(void **state)
{
    if (store_setup(state) != 0)
        return -1;
    return phones_key_open(s, true, &strings, NULL) == VOX_OK ? 0 : -1;
}

static unused int phones_teardown(void **state)
{
    phones_key_free(&strings);
    return store_teardown(state);
}

static unused struct phone phone_named(const char *name)
{
    struct phone p = {
        .operation = PHONE_INSTALL,
        .proof = PHONE_BY_STRING,
        .key = {.type = KEY_RSA, .rsa_bits = 2048},
        .state = PHONE_PENDING,
    };

    snprintf(p.name, sizeof p.name, "%s", name);
    return p;
}

/* A phone that waits for an installation, with its string. */
static unused void put_with_string(const char *name, const char *digits, int64_t expires)
{
    struct phone p = phone_named(name);

    assert_done(phone_put(s, &p, err));
    assert_done(phone_string_set(s, strings, name, digits, expires, err));
}

static unused enum vox_err try_string(const char *name, const char *digits, int64_t now, struct vox_error *err)
{
    return phone_string_try(s, strings, name, (const uint8_t *)digits, strlen(digits), now, err);
}

#endif
