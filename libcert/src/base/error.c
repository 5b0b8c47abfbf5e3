#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>

#include <libcert/error.h>
#include <libcert/printable.h>

__attribute__((format(printf, 4, 0))) static enum vox_err fill(struct vox_error *err, enum vox_err code,
                                                               const char *suffix, const char *fmt, va_list ap)
{
    char raw[VOX_ERROR_TEXT_MAX];
    int n;

    if (err == NULL)
        return code;
    n = vsnprintf(raw, sizeof raw, fmt, ap);
    if (n < 0)
        raw[0] = '\0';
    else if (suffix != NULL && (size_t)n < sizeof raw)
        (void)snprintf(raw + n, sizeof raw - (size_t)n, ": %s", suffix); /* a cut suffix is shown as cut */
    err->code = code;
    err->detail[0] = '\0';
    printable_escape(err->text, sizeof err->text, raw);
    return code;
}

enum vox_err vox_fail(struct vox_error *err, enum vox_err code, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    fill(err, code, NULL, fmt, ap);
    va_end(ap);
    return code;
}

enum vox_err vox_fail_errno(struct vox_error *err, enum vox_err code, const char *fmt, ...)
{
    char reason[128];
    va_list ap;

    /* The GNU form: may return a string of its own instead of filling the buffer. */
    const char *text = strerror_r(errno, reason, sizeof reason);

    va_start(ap, fmt);
    fill(err, code, text, fmt, ap);
    va_end(ap);
    return code;
}

enum vox_err vox_fail_openssl(struct vox_error *err, enum vox_err code, const char *fmt, ...)
{
    unsigned long first = ERR_get_error();
    va_list ap;

    va_start(ap, fmt);
    fill(err, code, NULL, fmt, ap);
    va_end(ap);
    if (err != NULL && first != 0) {
        char raw[256];

        ERR_error_string_n(first, raw, sizeof raw);
        printable_escape(err->detail, sizeof err->detail, raw);
    }
    ERR_clear_error();
    return code;
}

enum vox_err vox_error_prefix(struct vox_error *err, const char *fmt, ...)
{
    char prefix[VOX_ERROR_TEXT_MAX], joined[2 * VOX_ERROR_TEXT_MAX + 2], escaped[VOX_ERROR_TEXT_MAX];
    va_list ap;

    if (err == NULL)
        return VOX_E_INPUT;
    va_start(ap, fmt);
    (void)vsnprintf(prefix, sizeof prefix, fmt, ap);
    va_end(ap);
    /* The sentence is escaped already: escape the prefix alone. */
    printable_escape(escaped, sizeof escaped, prefix);
    (void)snprintf(joined, sizeof joined, "%s: %s", escaped, err->text);
    printable_escape(err->text, sizeof err->text, joined);
    return err->code;
}
