#include <string.h>

#include <cli/input.h>
#include <cli/report.h>
#include <libcert/file.h>
#include <libcert/limits.h>

enum vox_err cli_key_open(struct cli_common *common, const char *source, const char *password_file, EVP_PKEY **out,
                          struct vox_error *err)
{
    const struct password_source pass = cli_password(common, password_file);
    struct bytes file;
    enum vox_err code;

    *out = NULL;
    if (strcmp(source, "-") == 0) {
        if (password_file != NULL && strcmp(password_file, "-") == 0)
            return vox_fail(err, VOX_E_USAGE, "key and password cannot both come from standard input");
        if ((code = file_read_fd(0, LIMIT_KEY_FILE, &file, err)) != VOX_OK)
            return code;
        code = key_from_bytes(file.data, file.len, "standard input", &pass, out, err);
        bytes_wipe(&file);
        return code;
    }
    code = key_open(source, &pass, out, err);
    if (code == VOX_OK && file_is_private(source) == 0)
        cli_warn(common, source, "the private key can be read by others: chmod 600 %s", source);
    return code;
}
