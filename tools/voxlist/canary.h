/* What the verbs of canaries share: which phones, which canary, and the question what those phones would do. */
#ifndef VOXLIST_CANARY_H
#define VOXLIST_CANARY_H

#include <argp.h>
#include <jansson.h>

#include <cli/verb.h>
#include <cluster/canary.h>
#include <cluster/impact.h>

/* --- which phones --- */

struct canary_pick {
    const char **devices; /* room for every argument */
    size_t ndevices;
    const char *match; /* a pattern of the shell, NULL: none */
    int share;         /* percent, 0: none */
};

enum { CANARY_DEVICE = 0x300, CANARY_MATCH, CANARY_SHARE };

#define CANARY_PICK_OPTIONS                                                                                     \
    {"device", CANARY_DEVICE, "SEP...", 0, "this phone; may be repeated", 1},                                   \
        {"match", CANARY_MATCH, "PATTERN", 0, "known phones whose names match, as 'SEP00A0*'", 1},              \
    {                                                                                                           \
        "share", CANARY_SHARE, "PERCENT", 0, "so many of a hundred known phones of each model, one at least", 1 \
    }

/* canary_pick_parse(key, arg, state, p): an option of CANARY_PICK_OPTIONS; ARGP_ERR_UNKNOWN for others.
 * canary_pick_any(p): was one given? */
error_t canary_pick_parse(int key, char *arg, struct argp_state *state, struct canary_pick *p);
bool canary_pick_any(const struct canary_pick *p);

/* canary_pick_phones(s, p, out, n, err): by name, each once. A greater share holds every phone of a smaller one.
 * Errors: VOX_E_INPUT (no known phone matches, more than LIMIT_CANARY_PHONES). Free with free(). */
enum vox_err canary_pick_phones(struct store *s, const struct canary_pick *p, struct canary_phone **out, size_t *n,
                                struct vox_error *err);

/* canary_by_name(a, b): the order of struct canary_phone in which these are, for qsort() and bsearch(). */
int canary_by_name(const void *a, const void *b);

/* --- which canary --- */

/* kind NULL and dir NULL: any. */
struct canary_wanted {
    const char *kind, *dir;
};

/* canary_find(s, w, out, err): the only open one that fits. Errors: VOX_E_INPUT (none), VOX_E_USAGE (several). Free
 * with canary_clear(). canary_wanted_parse(key, arg, state, w): the argument ctl|itl; ARGP_ERR_UNKNOWN for options. */
enum vox_err canary_find(struct store *s, const struct canary_wanted *w, struct canary *out, struct vox_error *err);
error_t canary_wanted_parse(int key, char *arg, struct argp_state *state, struct canary_wanted *w);

/* --- what they would do --- */

struct canary_question {
    const struct canary_phone *phones;
    size_t n;
    enum cluster_list kind;
    const char *dir;
    struct bytes_view list; /* offered to them */
    bool force;
    int64_t force_lost; /* as in publish_params */
};

/* canary_ask(s, q, out, err): VOX_E_NO when the list is not sound, or phones would be locked out. */
enum vox_err canary_ask(struct store *s, const struct canary_question *q, struct impact *out, struct vox_error *err);

/* canary_overtaken(s, c, err): VOX_E_NO when the list for all phones was published again since c's: c's would undo
 * that. */
enum vox_err canary_overtaken(struct store *s, const struct canary *c, struct vox_error *err);

/* canary_run(w, remove, promoted, err): canary_deliver() or canary_remove() with a progress bar. */
enum vox_err canary_run(struct canary_work *w, bool remove, bool promoted, struct vox_error *err);

/* canary_hooks(common, s, event, kind, changed): run what is to be run after it (voxtrust-hooks(5)). */
void canary_hooks(const struct cli_common *common, struct store *s, const char *event, enum cluster_list kind,
                  struct hooks_files *changed);

/* canary_json(c, n): {kind, dir, step, sha256, started, changed, phones}; NULL without memory. */
json_t *canary_json(const struct canary *c, size_t n);

#endif
