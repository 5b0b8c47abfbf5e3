/*
 * Result codes and the sentence that goes with them.
 *
 * Every library function that can fail returns enum vox_err (0 = done) and takes an optional struct
 * vox_error as its last parameter. Libraries never print, exit or abort on input: the program decides.
 */
#ifndef LIBCERT_ERROR_H
#define LIBCERT_ERROR_H

#include <stdarg.h>

enum vox_err {
    VOX_OK = 0,
    VOX_E_NO,        /* an honest no: signature invalid, not trusted, would strand phones (exit status 1) */
    VOX_E_USAGE,     /* the caller asked for something that cannot be meant (2) */
    VOX_E_INPUT,     /* malformed or unacceptable input; nothing was changed (3) */
    VOX_E_NOT_FOUND, /* the named thing is not there: a file, a store, a row (4; what an ID names: 3) */
    VOX_E_EXISTS,    /* the thing is there already (3) */
    VOX_E_IO,        /* file system or permission (4) */
    VOX_E_STORE,     /* the store refused or is damaged (4) */
    VOX_E_CRYPTO,    /* the cryptographic library failed at something that should work (4) */
    VOX_E_MEMORY,    /* no memory (4) */
};

enum {
    VOX_ERROR_TEXT_MAX = 1024,  /* bytes of the sentence with its NUL; longer ones end in "..." */
    VOX_ERROR_DETAIL_MAX = 512, /* bytes of the library's own words, shown with -v only */
};

/* What went wrong. text is one sentence without the program's name, and without a file's unless the caller
 * put it in front (vox_error_prefix()); what a terminal would obey is escaped. */
struct vox_error {
    enum vox_err code;
    char text[VOX_ERROR_TEXT_MAX];
    char detail[VOX_ERROR_DETAIL_MAX];
};

/*
 * vox_fail(err, code, fmt, ...):
 * Fill err (may be NULL) with code and the printf-formatted sentence, replacing what it held, and return
 * code: `return vox_fail(err, VOX_E_INPUT, "...")`. What a terminal would obey is written as \xNN
 * (printable.h), so that a peer's bytes cannot forge a line.
 */
enum vox_err vox_fail(struct vox_error *err, enum vox_err code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * vox_fail_errno(err, code, fmt, ...):
 * As vox_fail, with ": " and the text of errno appended.
 */
enum vox_err vox_fail_errno(struct vox_error *err, enum vox_err code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * vox_fail_openssl(err, code, fmt, ...):
 * As vox_fail; takes the oldest entry of OpenSSL's error queue into err->detail ("" when it has none) and empties the
 * queue, also when err is NULL.
 */
enum vox_err vox_fail_openssl(struct vox_error *err, enum vox_err code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * vox_error_prefix(err, fmt, ...):
 * Put the formatted words and ": " in front of the sentence that err holds. Returns err->code, or VOX_E_INPUT
 * if err is NULL. Use where a caller knows the name of what a callee complained about.
 */
enum vox_err vox_error_prefix(struct vox_error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
