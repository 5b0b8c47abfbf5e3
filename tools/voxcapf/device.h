/* Devices as they are named in arguments. */
#ifndef VOXCAPF_DEVICE_H
#define VOXCAPF_DEVICE_H

#include <argp.h>

#include <libcert/phones.h>

/* device_get(s, name, out, err): the phone of that name. VOX_E_INPUT when it is no name or no phone has it. */
enum vox_err device_get(struct store *s, const char *name, struct phone *out, struct vox_error *err);

/* Names that a verb was given, in the order of the arguments. */
struct devices {
    char **names; /* borrowed from argv */
    size_t n;
};

/* devices_add(d, name): false without memory. devices_free(d). */
bool devices_add(struct devices *d, char *name);
void devices_free(struct devices *d);

/* devices_parse(key, arg, state): the parser of verbs whose arguments are DEVICE... and nothing else; state->input is a
 * struct devices. */
error_t devices_parse(int key, char *arg, struct argp_state *state);

/* devices_check(d, err): each is a name, none stands there twice. VOX_E_INPUT, VOX_E_USAGE. */
enum vox_err devices_check(const struct devices *d, struct vox_error *err);

/* devices_text(d): "SEP1 SEP2": for the audit log. NULL without memory; free with free(). */
char *devices_text(const struct devices *d);

#endif
