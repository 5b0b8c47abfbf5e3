/* Files as phones get them: from a folder, by HTTP, by TFTP. */
#ifndef VOXPHONE_FETCH_H
#define VOXPHONE_FETCH_H

#include <libcert/bytes.h>

struct fetch;

/* fetch_open(from, timeout_s, out, err): from is a folder, http://HOST[:PORT][/PATH] or tftp://HOST[:PORT][/PATH].
 * Errors: VOX_E_USAGE, VOX_E_IO. Close with fetch_close(). */
enum vox_err fetch_open(const char *from, unsigned timeout_s, struct fetch **out, struct vox_error *err);
void fetch_close(struct fetch **f);

/*
 * fetch_file(f, name, max, out, err): name is letters, digits, '.', '_' and '-'. Errors: VOX_E_NOT_FOUND (there is
 * none: the server says so), VOX_E_IO, VOX_E_INPUT (more than max bytes). Free with bytes_free().
 */
enum vox_err fetch_file(struct fetch *f, const char *name, size_t max, struct bytes *out, struct vox_error *err);

#endif
