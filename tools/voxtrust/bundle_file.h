/* What the verbs that read a bundle of another cluster share. */
#ifndef VOXTRUST_BUNDLE_FILE_H
#define VOXTRUST_BUNDLE_FILE_H

#include <jansson.h>

#include <cli/verb.h>
#include <cluster/foreign.h>

struct bundle_file {
    struct foreign foreign;
    char digest[FOREIGN_DIGEST_MAX];
};

/* bundle_file_open(path, out, err): read a bundle ("-": standard input). The sentence has no path. bundle_file_clear():
 * also after an error. */
enum vox_err bundle_file_open(const char *path, struct bundle_file *out, struct vox_error *err);
void bundle_file_clear(struct bundle_file *b);

/* bundle_file_arg(key, arg, state, file): argp's parser for the one argument FILE; ARGP_ERR_UNKNOWN for options. */
error_t bundle_file_arg(int key, char *arg, struct argp_state *state, const char **file);

/* bundle_file_agrees(b, typed): are these the first digits of its digest, 16 at least? Blanks, colons and case do not
 * count. bundle_file_groups(digest, out): the digest in groups of four, to be read aloud. */
enum { BUNDLE_DIGITS_MIN = 16, BUNDLE_GROUPS_MAX = FOREIGN_DIGEST_MAX + 16 };
bool bundle_file_agrees(const struct bundle_file *b, const char *typed);
void bundle_file_groups(const char *digest, char out[static BUNDLE_GROUPS_MAX]);

/* bundle_file_say(common, f): whose it is and what it holds, two lines. bundle_file_json(b): the same and all its
 * parts: json.md 13; NULL without memory. */
void bundle_file_say(const struct cli_common *common, const struct foreign *f);
json_t *bundle_file_json(const struct bundle_file *b);

#endif
