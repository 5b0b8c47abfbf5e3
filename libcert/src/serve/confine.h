/* Two means of the kernel that libseccomp does not know: capabilities and Landlock. */
#ifndef LIBCERT_SERVE_CONFINE_H
#define LIBCERT_SERVE_CONFINE_H

#include <stdbool.h>
#include <stddef.h>

#include <libcert/error.h>

/* confine_capabilities(err): none any more, also for root: what root does not own it cannot open. Errors: VOX_E_IO. */
enum vox_err confine_capabilities(struct vox_error *err);

/*
 * confine_files(files, n, err): from now on no files can be opened, made or removed but those: a file may be read and
 * written (it must be there: what takes its place later is another one), below a folder files may be made and removed
 * as well. What the libraries need (/usr, /dev, /etc/ssl, /etc/passwd ...) can be read. Where the kernel has no
 * Landlock (ABI 2 or later) nothing happens: confine_available(). Errors: VOX_E_IO.
 */
enum vox_err confine_files(char *const *files, size_t n, struct vox_error *err);
bool confine_available(void);

#endif
