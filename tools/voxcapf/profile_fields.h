/* The fields of a security profile as arguments, of a new one and of one that is changed. */
#ifndef VOXCAPF_PROFILE_FIELDS_H
#define VOXCAPF_PROFILE_FIELDS_H

#include <argp.h>

#include <cli/verb.h>
#include <libcert/phoneprofiles.h>

struct profile_fields {
    const char *name;
    struct phone_profile p; /* what was named */
    bool has_model, has_protocol, has_mode, has_transport, has_proof, has_order, has_rsa, has_ec, has_tftp;
};

extern const struct argp_option profile_fields_options[];

/* profile_fields_parse(key, arg, state, a): for the verb's parser. profile_fields_any(a): is there one but the name? */
error_t profile_fields_parse(int key, char *arg, struct argp_state *state, struct profile_fields *a);
bool profile_fields_any(const struct profile_fields *a);

/*
 * profile_fields_apply(a, p, err): into *p, which is a profile, or zero for a new one. What is not named stays; of a
 * new one, and where mode or protocol change, it is the default. VOX_E_INPUT: they do not go together.
 */
enum vox_err profile_fields_apply(const struct profile_fields *a, struct phone_profile *p, struct vox_error *err);

/* profile_fields_say(common, p): one line. profile_fields_warn(common, s, p): what works, and is not what one may
 * think. */
void profile_fields_say(const struct cli_common *common, const struct phone_profile *p);
void profile_fields_warn(const struct cli_common *common, struct store *s, const struct phone_profile *p);

#endif
