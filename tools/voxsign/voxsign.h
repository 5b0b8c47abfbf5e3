/*
 * The verbs of voxsign, a file each, and what they share.
 */
#ifndef VOXSIGN_H
#define VOXSIGN_H

#include <cli/verb.h>
#include <ctl/sgn.h>

/* voxsign_VERB(common, argc, argv): run a verb; the exit status. */
int voxsign_sign(struct cli_common *common, int argc, char **argv);
int voxsign_verify(struct cli_common *common, int argc, char **argv);
int voxsign_show(struct cli_common *common, int argc, char **argv);
int voxsign_strip(struct cli_common *common, int argc, char **argv);
int voxsign_encrypt(struct cli_common *common, int argc, char **argv);
int voxsign_decrypt(struct cli_common *common, int argc, char **argv);

/* A signed or encrypted file that was read. header and content borrow bytes. */
struct signed_file {
    struct bytes bytes;
    struct ctl_header header;
    struct bytes_view content;
};

/*
 * voxsign_open(path, out, err): read one ("-": standard input). A trust list is refused with the program that shows it.
 * The sentence has no path. Free with voxsign_close().
 */
enum vox_err voxsign_open(const char *path, struct signed_file *out, struct vox_error *err);
void voxsign_close(struct signed_file *f);

/* voxsign_say(common, fmt, ...): cli_say() for lines with names from files and folders: control bytes become \xNN. */
void voxsign_say(const struct cli_common *common, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* voxsign_ends_in(name, suffix): and is longer than it. */
bool voxsign_ends_in(const char *name, const char *suffix);

#endif
