/*
 * Names both ways. First byte even: the rest is an encoded Name; what we write of it has no control byte and agrees
 * with it. Odd: the rest is a text from an option; what it makes reads back to the same encoding.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include <libcert/name.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(bool good)
{
    if (!good)
        abort();
}

static void write_and_compare(struct bytes_view der, enum name_style style)
{
    struct vox_error err;
    char *text;

    if (name_text(der, style, &text, &err) != VOX_OK) {
        check(text == NULL && err.text[0] != '\0');
        return;
    }
    for (const char *p = text; *p != '\0'; p++)
        check((unsigned char)*p >= 0x20 && *p != 0x7f);
    check(name_text_agrees(text, der));
    free(text);
}

static void fuzz_encoded(struct bytes_view der)
{
    struct vox_error err;
    char *cn;

    write_and_compare(der, NAME_VENDOR);
    write_and_compare(der, NAME_RFC4514);
    if (name_common_name(der, &cn, &err) == VOX_OK)
        free(cn);
}

/* The encoding of what text says, NULL if it says no name. */
static unsigned char *parse(const char *text, int *len)
{
    unsigned char *der = NULL;
    struct vox_error err;
    X509_NAME *name;

    if (name_parse(text, &name, &err) != VOX_OK) {
        check(name == NULL && err.text[0] != '\0');
        return NULL;
    }
    *len = i2d_X509_NAME(name, &der);
    check(*len > 0);
    X509_NAME_free(name);
    return der;
}

static void fuzz_text(const char *text)
{
    static const uint8_t other[] = {0x30, 12, 0x31, 10, 0x30, 8, 6, 3, 0x55, 4, 3, 0x0c, 1, 'a'};
    int len = 0, len_again = 0;
    unsigned char *der = parse(text, &len), *again;
    struct vox_error err;
    char *back;

    (void)name_text_agrees(text, (struct bytes_view){other, sizeof other});
    if (der == NULL)
        return;
    write_and_compare((struct bytes_view){der, (size_t)len}, NAME_VENDOR);
    check(name_text((struct bytes_view){der, (size_t)len}, NAME_RFC4514, &back, &err) == VOX_OK);
    /* Escapes can make it too long, dotted numbers can have names that options do not take. */
    if ((again = parse(back, &len_again)) != NULL)
        check(len == len_again && memcmp(der, again, (size_t)len) == 0);
    OPENSSL_free(again);
    OPENSSL_free(der);
    free(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char *text;

    if (len == 0)
        return 0;
    if ((data[0] & 1) == 0) {
        fuzz_encoded((struct bytes_view){data + 1, len - 1});
    } else {
        text = strndup((const char *)data + 1, len - 1);
        check(text != NULL);
        fuzz_text(text);
        free(text);
    }
    check(ERR_peek_error() == 0);
    return 0;
}
