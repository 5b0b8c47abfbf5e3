/*
 * The two kinds of lists, and what the cluster says of them: its security mode, and whether ITLs bridge to other
 * clusters. Source: docs/formats/trust-list.md 5.3, docs/formats/store.md 3.
 */
#ifndef CLUSTER_LIST_KIND_H
#define CLUSTER_LIST_KIND_H

#include <stdbool.h>

#include <libcert/store.h>

enum cluster_list { CLUSTER_CTL, CLUSTER_ITL };

/* cluster_list_word(k): "ctl", "itl". cluster_list_parse(word, out): back, any case. cluster_list_filename(k):
 * "CTLFile.tlv", "ITLFile.tlv". */
const char *cluster_list_word(enum cluster_list k);
bool cluster_list_parse(const char *word, enum cluster_list *out);
const char *cluster_list_filename(enum cluster_list k);

/* cluster_is_mixed(s, out, err): the cluster's security mode; non-secure until it is set. */
enum vox_err cluster_is_mixed(struct store *s, bool *out, struct vox_error *err);

/* cluster_is_bridged(s, out, err), cluster_set_bridged(s, on, err): do ITLs name other clusters' signers
 * (Phone-SAST-trust), as CTLs always do (trust-list.md 5.3)? Setting it belongs into the caller's transaction. */
enum vox_err cluster_is_bridged(struct store *s, bool *out, struct vox_error *err);
enum vox_err cluster_set_bridged(struct store *s, bool on, struct vox_error *err);

#endif
