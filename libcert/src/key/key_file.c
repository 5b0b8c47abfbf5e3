#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/buffer.h>
#include <openssl/pem.h>

#include <libcert/file.h>
#include <libcert/key.h>
#include <libcert/limits.h>

static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (slash == NULL)
        return strdup(".");
    return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

enum vox_err key_store_file(const char *path, const EVP_PKEY *key, struct vox_error *err)
{
    char *folder = folder_of(path);
    BIO *bio = BIO_new(BIO_s_mem()); /* its buffer is wiped when it grows and when it is freed */
    BUF_MEM *text = NULL;
    enum vox_err code;

    if (folder == NULL || bio == NULL)
        code = vox_fail_openssl(err, VOX_E_MEMORY, "no memory");
    else if (PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) <= 0 ||
             BIO_get_mem_ptr(bio, &text) <= 0)
        code = vox_fail_openssl(err, VOX_E_CRYPTO, "private key cannot be encoded");
    else if ((code = file_make_private_dir(folder, err)) == VOX_OK &&
             (code = file_check_own_dir(folder, err)) == VOX_OK)
        code = file_create(path, text->data, text->length, 0600, err);
    BIO_free(bio);
    free(folder);
    return code;
}

enum vox_err key_open_stored(const char *path, EVP_PKEY **out, struct vox_error *err)
{
    struct bytes file;
    enum vox_err code;

    *out = NULL;
    if ((code = file_read_private(path, LIMIT_KEY_FILE, &file, err)) != VOX_OK)
        return code;
    code = key_from_bytes(file.data, file.len, path, NULL, out, err);
    bytes_wipe(&file);
    return code;
}
