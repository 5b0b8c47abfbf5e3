/*
 * Configurations for devices, as texts: what stands in them has been checked, so that no name or host brings a line of
 * its own.
 */
#ifndef VOXTRUNK_RECIPE_H
#define VOXTRUNK_RECIPE_H

#include <stdio.h>

#include <libcert/bytes.h>
#include <libcert/limits.h>
#include <libcert/tlspolicy.h>
#include <libcert/trunks.h>

#define RECIPE_BUNDLE "callmanager-ca.pem" /* what the device must trust */

enum { RECIPE_FILES_MAX = 4, RECIPE_FILE_NAME_MAX = TRUNK_NAME_MAX + 16, RECIPE_NAMES_MAX = 32 };

/* A call manager, as the device calls it and sees it call. */
struct recipe_node {
    char host[TRUNK_HOST_MAX];    /* DNS name, else address */
    char address[TRUNK_HOST_MAX]; /* address, else DNS name */
};

struct recipe_params {
    const struct trunk *trunk;
    const struct trunk_profile *profile;
    struct tls_policy policy;
    const struct recipe_node *nodes;
    size_t nnodes;
    const char *dir;          /* where the files will lie on the device: recipe_dir_check() */
    const char *const *names; /* that call managers' certificates have: each a trunk_host() */
    size_t nnames;
};

struct recipe_file {
    char name[RECIPE_FILE_NAME_MAX];
    char *text; /* free with free() */
};

struct recipe {
    const char *word;        /* "asterisk" */
    const char *default_dir; /* where its certificates usually lie */
    const char *next;        /* what the administrator of the device does with the files */
    /* write(p, files, n, err): files has room for RECIPE_FILES_MAX. Errors: VOX_E_INPUT (it cannot do that), memory. */
    enum vox_err (*write)(const struct recipe_params *p, struct recipe_file *files, size_t *n, struct vox_error *err);
};

extern const struct recipe recipe_asterisk, recipe_kamailio, recipe_freeswitch;

/* recipe_find(word): NULL if none. */
const struct recipe *recipe_find(const char *word);

/* recipe_dir_check(dir, err): an absolute path of letters, digits and "/._-+", which no format reads as anything else.
 * Errors: VOX_E_INPUT. */
enum vox_err recipe_dir_check(const char *dir, struct vox_error *err);

/* recipe_authority(host, port, out): "cm1.example.test:5061", "[2001:db8::1]:5061". */
enum { RECIPE_AUTHORITY_MAX = TRUNK_HOST_MAX + 10 };
void recipe_authority(const char *host, unsigned port, char out[static RECIPE_AUTHORITY_MAX]);

/*
 * A file that is being written: recipe_begin(f, name, len, err) .. fprintf() to what it returns .. recipe_end(out,
 * err). recipe_begin: NULL without memory; len must live until the end.
 */
FILE *recipe_begin(struct recipe_file *f, const char *name, size_t *len, struct vox_error *err);
enum vox_err recipe_end(FILE *out, struct vox_error *err);

#endif
