#include "cluster/prepared.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include <ctl/diff.h>
#include <ctl/show.h>
#include <ctl/verify.h>
#include <libcert/clock.h>
#include <libcert/limits.h>
#include <libcert/name.h>
#include <libcert/role.h>

#include "cluster/qr.h"

static const char title[] = "voxtrust prepared list, version 1\n";
static const char signature_title[] = "voxtrust signature of a prepared list, version 1\n";
static const char block_list[] = "VOXTRUST LIST TO SIGN", block_present[] = "VOXTRUST PRESENT LIST",
                  block_signature[] = "VOXTRUST LIST SIGNATURE";

enum { GROUP = 4, GROUPS_A_LINE = 8, READ_ALOUD = 8 };

enum vox_err prepared_sha256(struct bytes_view list, char out[static PREPARED_CHECK_MAX], struct vox_error *err)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned len;

    if (EVP_Digest(list.data, list.len, digest, &len, EVP_sha256(), NULL) <= 0)
        return vox_fail_openssl(err, VOX_E_CRYPTO, "no digest");
    hex_encode(digest, len, out);
    return VOX_OK;
}

static bool is_unsigned(const struct ctl_list *l)
{
    for (size_t i = 0; i < l->header.signature.len; i++)
        if (l->header.signature.data[i] != 0)
            return false;
    return true;
}

enum vox_err prepared_make(struct bytes_view list, struct bytes_view present, struct prepared_list *out,
                           struct vox_error *err)
{
    enum vox_err code;

    *out = (struct prepared_list){0};
    if ((code = ctl_list_read(list.data, list.len, &out->list, err)) != VOX_OK ||
        (code = prepared_sha256(list, out->check, err)) != VOX_OK)
        return code;
    if (!is_unsigned(out->list))
        return vox_fail(err, VOX_E_INPUT, "the list is signed already");
    if (prepared_signer(out) == NULL)
        return vox_fail(err, VOX_E_INPUT, "no SAST record of the list is the signer that its header names");
    if (present.len > 0 && (code = ctl_list_read(present.data, present.len, &out->present, err)) != VOX_OK)
        return vox_error_prefix(err, "the list that phones hold");
    return VOX_OK;
}

void prepared_clear(struct prepared_list *p)
{
    ctl_list_free(&p->list);
    ctl_list_free(&p->present);
}

const struct cert *prepared_signer(const struct prepared_list *p)
{
    const int i = ctl_signer_record(p->list);

    return i >= 0 ? p->list->records[i].cert : NULL;
}

bool prepared_check_agrees(const struct prepared_list *p, const char *typed)
{
    size_t n = 0;

    for (const char *c = typed; *c != '\0'; c++) {
        if (*c == ' ')
            continue;
        if (p->check[n] == '\0' || strncasecmp(c, &p->check[n], 1) != 0)
            return false;
        n++;
    }
    return n >= READ_ALOUD;
}

/* --- the part for people --- */

static void tell_check(const char *check, FILE *out)
{
    for (size_t i = 0; check[i] != '\0'; i++) {
        if (i % (GROUP * GROUPS_A_LINE) == 0)
            (void)fprintf(out, "%s   ", i == 0 ? "" : "\n");
        if (i % GROUP == 0)
            (void)fputc(' ', out);
        (void)fputc(check[i], out);
    }
    (void)fputc('\n', out);
}

static bool knows(const struct ctl_list *l, const struct cert *signer)
{
    for (size_t i = 0; i < l->nrecords; i++)
        if (role_may_sign_lists(l->records[i].function) && l->records[i].cert != NULL &&
            cert_same(l->records[i].cert, signer))
            return true;
    return false;
}

static enum vox_err tell_changes(const struct prepared_list *p, FILE *out, struct vox_error *err)
{
    struct diff_entry *changes;
    size_t n;
    enum vox_err code;

    if (p->present == NULL) {
        (void)fprintf(out, "What phones hold is not known here: what changes cannot be said.\n");
        return VOX_OK;
    }
    if ((code = ctl_diff(p->present, p->list, &changes, &n, err)) != VOX_OK)
        return code;
    (void)fprintf(out, "What changes for phones that hold the present list:\n");
    for (size_t i = 0; i < n; i++)
        (void)fprintf(out, "  %c %s\n", diff_sign(changes[i].kind), changes[i].text);
    free(changes);
    (void)fprintf(
        out, knows(p->present, prepared_signer(p))
                 ? "Phones that hold it know this signer, and will take the list.\n"
                 : "PHONES THAT HOLD IT DO NOT KNOW THIS SIGNER: they will refuse the list, and every later one.\n");
    return VOX_OK;
}

enum vox_err prepared_tell(const struct prepared_list *p, FILE *out, struct vox_error *err)
{
    char made[CLOCK_RFC3339_MAX], fingerprint[CERT_FINGERPRINT_MAX], label[CTL_LABEL_MAX];
    const struct ctl_list *l = p->list;
    char *signer;
    enum vox_err code;

    if ((code = name_text(cert_subject_der(prepared_signer(p)), NAME_VENDOR, &signer, err)) != VOX_OK)
        return code;
    cert_fingerprint(prepared_signer(p), fingerprint);
    clock_format(l->header.timestamp, made);
    (void)fprintf(out, "%s of %zu records, made %s, %s\n", ctl_is_itl(l) ? "ITL" : "CTL", l->nrecords, made,
                  digest_name(l->header.digest) != NULL ? digest_name(l->header.digest) : "unknown digest");
    (void)fprintf(out, "To be signed by %s\n  certificate %s\n\n", signer, fingerprint);
    free(signer);
    for (size_t i = 0; i < l->nrecords; i++) {
        ctl_show_label(&l->records[i], label);
        (void)fprintf(out, "  %zu. %s\n", i + 1, label);
    }
    (void)fputc('\n', out);
    if ((code = tell_changes(p, out, err)) != VOX_OK)
        return code;
    (void)fprintf(out, "\nCheck number (SHA-256), to be the same on both machines:\n");
    tell_check(p->check, out);
    return VOX_OK;
}

/* --- files --- */

static enum vox_err from_bio(BIO *bio, struct bytes *out, struct vox_error *err)
{
    char *data;
    const long len = BIO_get_mem_data(bio, &data);

    return len > 0 ? bytes_copy(out, data, (size_t)len, err) : vox_fail(err, VOX_E_MEMORY, "no memory");
}

static bool put_block(BIO *bio, const char *label, struct bytes_view data)
{
    return PEM_write_bio(bio, label, "", data.data, (long)data.len) > 0;
}

enum vox_err prepared_write(const struct prepared_list *p, bool qr, struct bytes *out, struct vox_error *err)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *words = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&words, &len);
    enum vox_err code = VOX_OK;

    *out = (struct bytes){NULL, 0};
    if (bio == NULL || f == NULL)
        code = vox_fail(err, VOX_E_MEMORY, "no memory");
    else
        code = prepared_tell(p, f, err);
    if (code == VOX_OK && qr && fputc('\n', f) != EOF)
        code = qr_print(p->check, "", "", f, err);
    if (f != NULL && fclose(f) != 0 && code == VOX_OK)
        code = vox_fail(err, VOX_E_MEMORY, "no memory");
    if (code == VOX_OK &&
        (BIO_puts(bio, title) <= 0 || BIO_puts(bio, "\n") <= 0 || BIO_write(bio, words, (int)len) <= 0 ||
         BIO_puts(bio, "\nThe words above are for reading: 'voxtoken sign' reckons them anew from what follows.\n\n") <=
             0 ||
         !put_block(bio, block_list, bytes_view_of(&p->list->file)) ||
         (p->present != NULL && !put_block(bio, block_present, bytes_view_of(&p->present->file)))))
        code = vox_fail_openssl(err, VOX_E_CRYPTO, "the file cannot be written");
    if (code == VOX_OK)
        code = from_bio(bio, out, err);
    free(words);
    BIO_free(bio);
    return code;
}

/* One PEM block after the other: with its label into the place that asks for it. */
struct wanted_block {
    const char *label;
    struct bytes data;
};

static enum vox_err read_blocks(const uint8_t *data, size_t len, const char *first, struct wanted_block *wanted,
                                size_t n, struct vox_error *err)
{
    BIO *bio;
    enum vox_err code = VOX_OK;

    if (len > PREPARED_FILE_MAX)
        return vox_fail(err, VOX_E_INPUT, "longer than %d bytes", PREPARED_FILE_MAX);
    if (len < strlen(first) || memcmp(data, first, strlen(first)) != 0)
        return vox_fail(err, VOX_E_INPUT, "its first line is not \"%.*s\"", (int)strlen(first) - 1, first);
    if ((bio = BIO_new_mem_buf(data, (int)len)) == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    while (code == VOX_OK) {
        char *label = NULL, *header = NULL;
        unsigned char *bytes = NULL;
        long nbytes = 0;
        size_t i = 0;

        if (PEM_read_bio(bio, &label, &header, &bytes, &nbytes) <= 0) {
            if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
                code = vox_fail_openssl(err, VOX_E_INPUT, "a block in it is damaged");
            ERR_clear_error();
            break;
        }
        while (i < n && strcmp(wanted[i].label, label) != 0)
            i++;
        if (i == n || wanted[i].data.data != NULL)
            code = vox_fail(err, VOX_E_INPUT, "the block \"%.60s\" %s", label,
                            i == n ? "does not belong there" : "is there twice");
        else
            code = bytes_copy(&wanted[i].data, bytes, (size_t)nbytes, err);
        OPENSSL_free(label);
        OPENSSL_free(header);
        OPENSSL_free(bytes);
    }
    BIO_free(bio);
    if (code == VOX_OK && wanted[0].data.data == NULL)
        code = vox_fail(err, VOX_E_INPUT, "the block \"%s\" is missing", wanted[0].label);
    return code;
}

enum vox_err prepared_read(const uint8_t *data, size_t len, struct prepared_list *out, struct vox_error *err)
{
    struct wanted_block blocks[] = {{block_list, {NULL, 0}}, {block_present, {NULL, 0}}};
    enum vox_err code = read_blocks(data, len, title, blocks, 2, err);

    *out = (struct prepared_list){0};
    if (code == VOX_OK)
        code = prepared_make(bytes_view_of(&blocks[0].data), bytes_view_of(&blocks[1].data), out, err);
    bytes_free(&blocks[0].data);
    bytes_free(&blocks[1].data);
    return code;
}

enum vox_err prepared_signature_write(const struct prepared_signature *s, struct bytes *out, struct vox_error *err)
{
    BIO *bio = BIO_new(BIO_s_mem());
    struct bytes check = {NULL, 0}, both = {NULL, 0};
    enum vox_err code;

    *out = (struct bytes){NULL, 0};
    if (bio == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    if ((code = hex_decode(s->check, &check, err)) == VOX_OK) {
        both.len = check.len + s->signature.len;
        if ((both.data = malloc(both.len)) == NULL) {
            code = vox_fail(err, VOX_E_MEMORY, "no memory");
        } else {
            memcpy(both.data, check.data, check.len);
            memcpy(both.data + check.len, s->signature.data, s->signature.len);
            if (BIO_printf(bio, "%s\nOf the list with the check number\n  %s\n\n", signature_title, s->check) <= 0 ||
                !put_block(bio, block_signature, bytes_view_of(&both)))
                code = vox_fail_openssl(err, VOX_E_CRYPTO, "the file cannot be written");
            else
                code = from_bio(bio, out, err);
        }
    }
    bytes_free(&check);
    bytes_free(&both);
    BIO_free(bio);
    return code;
}

enum vox_err prepared_signature_read(const uint8_t *data, size_t len, struct prepared_signature *out,
                                     struct vox_error *err)
{
    enum { CHECK_BYTES = (PREPARED_CHECK_MAX - 1) / 2 };
    struct wanted_block block = {block_signature, {NULL, 0}};
    enum vox_err code = read_blocks(data, len, signature_title, &block, 1, err);

    *out = (struct prepared_signature){0};
    if (code == VOX_OK && block.data.len <= CHECK_BYTES)
        code = vox_fail(err, VOX_E_INPUT, "the block \"%s\" has %zu bytes: too few for a signature", block_signature,
                        block.data.len);
    if (code == VOX_OK) {
        hex_encode(block.data.data, CHECK_BYTES, out->check);
        code = bytes_copy(&out->signature, block.data.data + CHECK_BYTES, block.data.len - CHECK_BYTES, err);
    }
    bytes_free(&block.data);
    return code;
}
