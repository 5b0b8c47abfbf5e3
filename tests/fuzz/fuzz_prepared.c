/* What is carried to the machine that signs, and back: refused with a reason, or understood, told without anything that
 * a terminal obeys, and written and read again to the same. */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include <cluster/prepared.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void must(bool true_always)
{
    if (!true_always)
        abort();
}

static void tell(const struct prepared_list *p)
{
    struct vox_error err;
    char *words = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&words, &n);

    must(out != NULL);
    enum vox_err code = prepared_tell(p, out, &err);
    must(fclose(out) == 0);
    must(code == VOX_OK || err.text[0] != '\0');
    for (size_t i = 0; i < n; i++)
        must((unsigned char)words[i] >= 0x20 || words[i] == '\n');
    must(memmem(words, n, "\xe2\x80\xae", 3) == NULL);
    free(words);
}

static void read_list(const uint8_t *data, size_t len)
{
    struct prepared_list p, again;
    struct vox_error err = {.code = VOX_OK};
    struct bytes written;

    if (prepared_read(data, len, &p, &err) != VOX_OK) {
        must(err.code == VOX_E_INPUT && err.text[0] != '\0');
        prepared_clear(&p);
        return;
    }
    must(strlen(p.check) == PREPARED_CHECK_MAX - 1 && prepared_check_agrees(&p, p.check));
    tell(&p);
    if (prepared_write(&p, false, &written, &err) == VOX_OK) {
        must(prepared_read(written.data, written.len, &again, &err) == VOX_OK);
        must(strcmp(p.check, again.check) == 0 && (p.present == NULL) == (again.present == NULL));
        prepared_clear(&again);
        bytes_free(&written);
    }
    prepared_clear(&p);
}

static void read_signature(const uint8_t *data, size_t len)
{
    struct prepared_signature s, again;
    struct vox_error err = {.code = VOX_OK};
    struct bytes written;

    if (prepared_signature_read(data, len, &s, &err) != VOX_OK) {
        must(err.code == VOX_E_INPUT && err.text[0] != '\0');
        return;
    }
    must(prepared_signature_write(&s, &written, &err) == VOX_OK);
    must(prepared_signature_read(written.data, written.len, &again, &err) == VOX_OK);
    must(strcmp(s.check, again.check) == 0 &&
         bytes_equal(bytes_view_of(&s.signature), bytes_view_of(&again.signature)));
    bytes_free(&again.signature);
    bytes_free(&written);
    bytes_free(&s.signature);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    read_list(data, len);
    read_signature(data, len);
    must(ERR_peek_error() == 0);
    return 0;
}
