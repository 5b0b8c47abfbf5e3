/* Profiles and trunks as JSON and as lines. */
#ifndef VOXTRUNK_VIEW_TRUNK_H
#define VOXTRUNK_VIEW_TRUNK_H

#include <jansson.h>

#include <libcert/trunks.h>

enum { VIEW_DESTINATION_MAX = TRUNK_HOST_MAX + 10 };

/* view_destination(d, out): "sbc.example.test:5061", "[2001:db8::9]:5061". */
void view_destination(const struct trunk_destination *d, char out[static VIEW_DESTINATION_MAX]);

/* view_profile_json(p): name, mode, outgoing, incoming, port, digest, nonce_validity, subject_names. */
json_t *view_profile_json(const struct trunk_profile *p);

/* view_profile_print(p): the same as lines on standard output, indented. */
void view_profile_print(const struct trunk_profile *p);

/* view_trunk_json(t): name, profile, destinations: array of {host, port}. */
json_t *view_trunk_json(const struct trunk *t);

#endif
