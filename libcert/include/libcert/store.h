/*
 * The store: everything that a cluster knows, but never a private key.
 *
 * One schema, several engines behind it (SQLite now; the interface keeps to what PostgreSQL can do as well). Texts are
 * UTF-8, times RFC 3339, fingerprints lower-case hex, ids random 128-bit hex. Changes happen between store_begin() and
 * store_commit(), each with its audit entry (libcert/audit.h) in the same transaction. Source: docs/formats/store.md.
 */
#ifndef LIBCERT_STORE_H
#define LIBCERT_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libcert/bytes.h>
#include <libcert/cert.h>
#include <libcert/role.h>

struct store;

/*
 * store_create(url, cluster, out, err): make an empty store with a cluster name. url: "sqlite:PATH" or a plain PATH.
 * The folder is made 0700 if missing; the database 0600. Also makes the key folder. Errors: VOX_E_EXISTS, VOX_E_USAGE
 * (unknown scheme), VOX_E_IO, VOX_E_STORE.
 */
enum vox_err store_create(const char *url, const char *cluster, struct store **out, struct vox_error *err);

/*
 * store_open(url, out, err): open an existing one. Errors: VOX_E_NOT_FOUND ("run voxtrust init"), VOX_E_STORE (no store
 * of ours, damaged, schema from the future). Older schemas are migrated. Waits up to 5 s for another writer, then
 * VOX_E_STORE. Close with store_close().
 */
enum vox_err store_open(const char *url, struct store **out, struct vox_error *err);
void store_close(struct store **s);

/* store_path(s): the database file. store_key_dir(s): the folder of the cluster's private keys (0700). Borrowed. */
const char *store_path(const struct store *s);
const char *store_key_dir(const struct store *s);

/*
 * store_version(s, out, err): a number that changes with every commit by somebody else: cheap enough to ask several
 * times a second. What this handle commits itself does not change it.
 */
enum vox_err store_version(struct store *s, int64_t *out, struct vox_error *err);

/*
 * store_begin(s, err) .. store_commit(s, err): one transaction that has the write lock from the start.
 * store_rollback(s) undoes it; without one open it does nothing, so an error path may always call it. They do not nest.
 * A failed commit has changed nothing and is rolled back.
 */
enum vox_err store_begin(struct store *s, struct vox_error *err);
enum vox_err store_commit(struct store *s, struct vox_error *err);
void store_rollback(struct store *s);

/* --- settings: "cluster" (name), "mode" ("non-secure" or "mixed"), and what later programs add --- */

/* store_setting_get(s, key, out, err): *out NULL if unset. Free with free(). store_setting_set(s, key, value, err):
 * insert or replace; VOX_E_USAGE without a value, and for the audit log's own. */
enum vox_err store_setting_get(struct store *s, const char *key, char **out, struct vox_error *err);
enum vox_err store_setting_set(struct store *s, const char *key, const char *value, struct vox_error *err);

/* --- nodes --- */

enum node_service { NODE_CCM = 1, NODE_TFTP = 2, NODE_CAPF = 4, NODE_TVS = 8 };

struct store_node {
    char *name;
    char *dns;         /* "" if none */
    char *ip;          /* IPv4 or IPv6 text, "" if none */
    unsigned services; /* of enum node_service */
};

/* store_node_add(s, n, err): errors VOX_E_EXISTS (the name), VOX_E_USAGE (unknown bits among its services).
 * store_node_remove(s, name, err): VOX_E_NOT_FOUND. */
enum vox_err store_node_add(struct store *s, const struct store_node *n, struct vox_error *err);
enum vox_err store_node_remove(struct store *s, const char *name, struct vox_error *err);
/* store_nodes(s, out, n, err): all, by name. Free with store_nodes_free(). */
enum vox_err store_nodes(struct store *s, struct store_node **out, size_t *n, struct vox_error *err);
void store_nodes_free(struct store_node **nodes, size_t n);

/* --- certificates and what they are bound to --- */

enum bind_state { BIND_PENDING, BIND_ACTIVE, BIND_RETIRING, BIND_RETIRED, BIND_STATE_COUNT };

/* bind_state_word(st): "pending", "active", "retiring", "retired". */
const char *bind_state_word(enum bind_state st);

/* A certificate at a place. A certificate can stand in several places; a place and node hold it once. */
struct store_binding {
    char *id;          /* random, 32 hex digits; set by store_binding_add() */
    struct cert *cert; /* NULL for a request that waits for its certificate */
    char *place;       /* a service_name() or a trust store's name */
    char *node;        /* "" for the cluster */
    int role;          /* FUNCTION number or ROLE_NONE */
    enum bind_state state;
    char *key_source; /* file below store_key_dir(), full path or URI of the private key; "" for others' certificates */
    char *request;    /* PEM of the PKCS#10 request, "" if none */
    char *added;      /* RFC 3339; set by store_binding_add() */
};

/* What to look for: NULL or -1 is any. */
struct store_binding_filter {
    const char *place;
    const char *node;
    const char *fingerprint_prefix; /* of the certificate's SHA-256, lower-case hex */
    const char *id;
    int state; /* enum bind_state or -1 */
    bool live; /* pending, active and retiring ones only */
};

/*
 * store_binding_add(s, b, err): record b->cert if it is new and bind it; fills b->id and b->added (freed by
 * store_binding_clear()). Errors: VOX_E_EXISTS when this certificate is bound to this place and node and not retired;
 * VOX_E_USAGE (neither certificate nor request, a role that is none).
 */
enum vox_err store_binding_add(struct store *s, struct store_binding *b, struct vox_error *err);

/* store_bindings(s, f, out, n, err): those that match, by place, node, time added. Free with store_bindings_free(). */
enum vox_err store_bindings(struct store *s, const struct store_binding_filter *f, struct store_binding **out,
                            size_t *n, struct vox_error *err);
void store_bindings_free(struct store_binding **list, size_t n);
void store_binding_clear(struct store_binding *b);

/* store_binding_set_state(s, id, st, err): VOX_E_NOT_FOUND without such a binding; VOX_E_EXISTS when a retired one is
 * to live again and its certificate was bound there anew meanwhile. */
enum vox_err store_binding_set_state(struct store *s, const char *id, enum bind_state st, struct vox_error *err);
/* store_binding_set_cert(s, id, c, err): give a waiting request its certificate. VOX_E_NOT_FOUND; VOX_E_EXISTS when it
 * has one already, or c stands in the same place. */
enum vox_err store_binding_set_cert(struct store *s, const char *id, const struct cert *c, struct vox_error *err);
/* store_binding_remove(s, id, err): forget it, and the certificate when nothing else binds it. VOX_E_NOT_FOUND. */
enum vox_err store_binding_remove(struct store *s, const char *id, struct vox_error *err);

/*
 * store_binding_roles(b, w, roles): what TVS answers for b's certificate (docs/formats/tvs.md 5): how many role numbers
 * are in roles; 0: it is not answered for.
 */
enum { STORE_ROLES_MAX = 4 };
struct store_roles_world {
    const struct store_node *nodes;
    size_t nnodes;
    bool mixed; /* the security mode */
};
size_t store_binding_roles(const struct store_binding *b, const struct store_roles_world *w,
                           uint8_t roles[static STORE_ROLES_MAX]);

/* --- published lists: every version with its bytes --- */

struct store_list {
    int64_t number;    /* 1, 2, 3 ... over all lists; what `voxlist rollback N` names */
    char *kind;        /* "ctl" or "itl" */
    char *name;        /* file name as published: "CTLFile.tlv", "ITLSEP0123456789AB.tlv" */
    char *dir;         /* folder it was published to, absolute */
    char *published;   /* RFC 3339 */
    char *sha256;      /* of the bytes, hex */
    char *signer;      /* fingerprint of the signer's certificate */
    char *note;        /* "publish", "rollback of 3" ... */
    bool current;      /* what phones are served now under this name and folder */
    struct bytes data; /* the file; empty from store_lists() unless with_data */
};

/* store_list_add(s, l, err): record l as the current version of its name and folder; sets l->number and l->published
 * (freed by store_list_clear()). */
enum vox_err store_list_add(struct store *s, struct store_list *l, struct vox_error *err);
/* store_list_withdraw(s, name, dir, err): nothing is served there under that name any more; its versions stay. One that
 * has no current version is fine. */
enum vox_err store_list_withdraw(struct store *s, const char *name, const char *dir, struct vox_error *err);
/* store_lists(s, kind or NULL, with_data, out, n, err): newest first. Free with store_lists_free(). */
enum vox_err store_lists(struct store *s, const char *kind, bool with_data, struct store_list **out, size_t *n,
                         struct vox_error *err);
/* store_list_get(s, number, out, err): one with its data. VOX_E_NOT_FOUND. Clear with store_list_clear(). */
enum vox_err store_list_get(struct store *s, int64_t number, struct store_list *out, struct vox_error *err);
void store_lists_free(struct store_list **lists, size_t n);
void store_list_clear(struct store_list *l);

/* --- whole --- */

/*
 * store_backup(s, path, err): a consistent copy of the database into a new file at path (0600, atomic), while others
 * write. Private keys are not in it. store_check_file(path, err): is the file at path a sound store of a schema we know
 * (VOX_E_INPUT if not)? store_restore(url, path, err): put the checked file at path in place of the store at url (which
 * may be missing); the old database is kept beside it with the suffix ".before-restore".
 */
enum vox_err store_backup(struct store *s, const char *path, struct vox_error *err);
enum vox_err store_check_file(const char *path, struct vox_error *err);
enum vox_err store_restore(const char *url, const char *path, struct vox_error *err);

#endif
