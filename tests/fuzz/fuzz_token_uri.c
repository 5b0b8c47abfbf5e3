/* What names a key on a token: refused with a reason, or parts that fit what a token has. */
#include <stdlib.h>
#include <string.h>

#include <libcert/token.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const char scheme[] = "pkcs11:";
    struct vox_error err = {.code = VOX_OK};
    struct token_uri *u = NULL;
    char *text = malloc(sizeof scheme + len);

    if (text == NULL)
        abort();
    memcpy(text, scheme, sizeof scheme - 1);
    if (len > 0)
        memcpy(text + sizeof scheme - 1, data, len);
    text[sizeof scheme - 1 + len] = '\0';
    if (!token_uri_is(text))
        abort();
    if (token_uri_parse(text, &u, &err) == VOX_OK) {
        const char *module = token_uri_module(u), *pin = token_uri_pin_source(u);

        if ((module != NULL && strlen(module) > len) || (pin != NULL && strlen(pin) > len))
            abort();
        token_uri_free(&u);
    } else if (u != NULL || err.text[0] == '\0') {
        abort();
    }
    free(text);
    return 0;
}
