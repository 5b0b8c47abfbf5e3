/*
 * What `voxtrust status` knows before it prints.
 */
#ifndef VOXTRUST_STATUS_H
#define VOXTRUST_STATUS_H

#include <stdint.h>

#include <libcert/canaries.h>
#include <libcert/phones.h>
#include <libcert/store.h>
#include <libcert/trunks.h>

enum { STATUS_ATTENTION_MAX = 64, STATUS_TEXT_MAX = 512, STATUS_WARN_DAYS = 60 };

struct status {
    char *cluster, *mode;
    struct store_node *nodes;
    size_t nnodes;
    struct store_binding *certs; /* live ones, by place and node */
    size_t ncerts;
    struct store_list *lists; /* current ones, without their bytes, newest first */
    bool *list_ok;            /* one per list: it is what the cluster is, and what phones are served */
    size_t nlists;
    struct canary *canaries; /* open ones */
    struct status_phones {
        struct canary_phone *list;
        size_t n;
    } * canary_phones; /* one per canary */
    size_t ncanaries;
    struct phones_tally phones; /* ending: within STATUS_WARN_DAYS */
    struct trunk *trunks;
    struct trunk_cert *trunk_certs; /* of all trunks */
    size_t ntrunks, ntrunk_certs;
    size_t trunks_ending, trunks_ended; /* trunks with such a certificate; ending: within STATUS_WARN_DAYS */
    char attention[STATUS_ATTENTION_MAX][STATUS_TEXT_MAX]; /* a sentence each: what is wrong and what to do */
    size_t nattention;
    size_t nmore; /* that found no room */
};

/* status_gather(s, now, out, err): read it all and judge it. Free with status_free(). */
enum vox_err status_gather(struct store *s, int64_t now, struct status *out, struct vox_error *err);
void status_free(struct status *st);

/* status_attention(st, fmt, ...): one more sentence; control bytes are escaped. */
void status_attention(struct status *st, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * status_judge_lists(st, s): are the current lists what the cluster is now, and what stands where phones fetch it?
 * status_judge_keys(st, s): is the private key of every certificate of our own where the store says, and closed to
 * others? status_judge_left_keys(st, s, now): is there a key that belongs to nothing? All add to st->attention.
 */
void status_judge_lists(struct status *st, struct store *s);
void status_judge_keys(struct status *st, const struct store *s);
void status_judge_left_keys(struct status *st, struct store *s, int64_t now);

/*
 * status_read_trunks(st, s, err): trunks and what they rely on. status_judge_trunks(st, s, now): certificates that
 * end or have ended, by the trunk that fails then, and profiles that the TLS policy has no place for. Free with
 * status_free(). status_of_trunk(st, binding): does one of the trunks rely on it?
 */
enum vox_err status_read_trunks(struct status *st, struct store *s, struct vox_error *err);
void status_judge_trunks(struct status *st, struct store *s, int64_t now);
bool status_of_trunk(const struct status *st, const struct store_binding *b);

/* status_judge_profiles(st, s): security profiles of phones that do not fit them, under the TLS policy. */
void status_judge_profiles(struct status *st, struct store *s);

/*
 * status_read_canaries(st, s, err): lists that some phones try first. status_of_canary(st, l): does l stand under the
 * own name of such a phone, and is the canary's? status_judge_canaries(st, s): interrupted ones, files that are not
 * there. status_free_canaries(st).
 */
enum vox_err status_read_canaries(struct status *st, struct store *s, struct vox_error *err);
bool status_of_canary(const struct status *st, const struct store_list *l);
void status_judge_canaries(struct status *st, struct store *s);
void status_free_canaries(struct status *st);

/* status_is_service(place): one of our services, no trust store. */
bool status_is_service(const char *place);

#endif
