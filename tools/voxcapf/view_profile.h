/* Security profiles for people and for JSON. */
#ifndef VOXCAPF_VIEW_PROFILE_H
#define VOXCAPF_VIEW_PROFILE_H

#include <jansson.h>

#include <libcert/phoneprofiles.h>

enum { VIEW_KEYS_MAX = 64, VIEW_MODELS_MAX = 200 };

/* view_profile_keys(p, out): "rsa:2048", "ec:P-384, else rsa:2048". view_profile_models(name, list, n, out): the models
 * for which the template names that profile, "any, 88xx"; "" for none. */
void view_profile_keys(const struct phone_profile *p, char out[static VIEW_KEYS_MAX]);
void view_profile_models(const char *name, const struct phone_template *list, size_t n,
                         char out[static VIEW_MODELS_MAX]);

/* view_profile_json(p, list, n): with the models of the template that have it. NULL without memory. */
json_t *view_profile_json(const struct phone_profile *p, const struct phone_template *list, size_t n);

#endif
