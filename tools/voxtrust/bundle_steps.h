/* The steps of moving phones to another cluster, and which of them are done. Source: docs/howto/migration.md. */
#ifndef VOXTRUST_BUNDLE_STEPS_H
#define VOXTRUST_BUNDLE_STEPS_H

#include <cluster/foreign.h>
#include <cluster/move.h>

enum { STEPS_MAX = 8, STEP_TEXT_MAX = 400 };

struct step {
    const char *word; /* stable, for JSON: "import", "import-there", "ctl", "itl", "fetched", "move" */
    enum { STEP_DONE, STEP_TO_DO, STEP_NOT_NEEDED } state;
    char text[STEP_TEXT_MAX];    /* what, and how far it is */
    char command[STEP_TEXT_MAX]; /* what to type when it is to be done; "" for nothing */
};

struct steps {
    struct step s[STEPS_MAX];
    size_t n;
};

/* steps_find(s, f, file, m, out, err): the bundle f was read from file, and m is what phones would do. Errors:
 * VOX_E_STORE, VOX_E_MEMORY. step_state_word(st): "done", "to do", "not needed". */
enum vox_err steps_find(struct store *s, const struct foreign *f, const char *file, const struct move *m,
                        struct steps *out, struct vox_error *err);
const char *step_state_word(const struct step *st);

#endif
