/* Two means of the kernel that libseccomp does not know: capabilities and Landlock. */
#ifndef LIBCERT_SERVE_CONFINE_H
#define LIBCERT_SERVE_CONFINE_H

#include <stdbool.h>

#include <libcert/error.h>

/* confine_capabilities(err): none any more, also for root: what root does not own it cannot open. Errors: VOX_E_IO. */
enum vox_err confine_capabilities(struct vox_error *err);

/*
 * confine_files(path, err): from now on files outside path's folder (path itself, if it is one) cannot be opened, made
 * or removed, but for reading what the libraries need (/usr, /dev, /etc/ssl, /etc/passwd ...), where the kernel has
 * Landlock (ABI 2 or later); otherwise nothing happens: confine_available(). Errors: VOX_E_IO.
 */
enum vox_err confine_files(const char *path, struct vox_error *err);
bool confine_available(void);

#endif
