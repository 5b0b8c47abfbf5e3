/* The verbs of voxphone, and a phone while it starts. Source: docs/formats/acceptance.md, voxphone(1). */
#ifndef VOXPHONE_H
#define VOXPHONE_H

#include <stdbool.h>

#include <jansson.h>

#include <cli/verb.h>
#include <ctl/accept.h>
#include <endpoint/enroll.h>
#include <libcert/phone.h>
#include <libcert/phonemodel.h>

#include "config.h"
#include "fetch.h"

int voxphone_boot(struct cli_common *common, int argc, char **argv);
int voxphone_what_if(struct cli_common *common, int argc, char **argv);
int voxphone_show(struct cli_common *common, int argc, char **argv);

/* What all phones of a run have in common. */
struct phone_options {
    const char *from;  /* where files are: a folder, http://, tftp:// */
    const char *state; /* folder of all phones' states */
    struct phone_model model;
    const char *capf, *tvs, *ccm; /* HOST[:PORT]; NULL: as the configuration says */
    const char *string_file, *proof;
    bool null_string;
    enum capf_certificate_type kind;
    unsigned timeout_s;
};

/* How a step ended. */
enum step_end {
    STEP_GOOD,    /* taken, done */
    STEP_NOTHING, /* nothing there, nothing to do */
    STEP_REFUSED, /* the phone says no */
    STEP_FAILED,  /* it could not be tried, or the server says no */
};

enum { STEPS_MAX = 24 };

struct step {
    const char *what;    /* "CTL", "ITL", "configuration", "CAPF", "call manager" */
    const char *verdict; /* one word: "accepted", "tvs", "refused", "absent", "installed" ... */
    enum step_end end;
    char text[768];
};

/* A phone that starts. */
struct phone_boot {
    struct cli_common *common;
    const struct phone_options *o;
    char name[PHONE_NAME_MAX + 1];
    char *dir; /* its state, locked while it starts */
    int lock;
    struct fetch *fetch;
    struct ctl_list *ctl, *itl; /* what it holds; NULL for none */
    struct pair lsc;            /* cert NULL: none */
    struct phone_config config; /* the last one that it took */
    bool reached;               /* a file was fetched, or the server said that there is none */
    struct step steps[STEPS_MAX];
    size_t nsteps;
};

/*
 * phone_boot_open(common, o, name, out, err): its state from the disk; made when it is the first start. Errors:
 * VOX_E_IO (also: another process has this phone), VOX_E_INPUT (a damaged state). Close with phone_boot_close(), also
 * after an error. phone_boot_run(b): all steps, in order. phone_boot_json(b): docs/formats/json.md 11.
 */
enum vox_err phone_boot_open(struct cli_common *common, const struct phone_options *o, const char *name,
                             struct phone_boot *out, struct vox_error *err);
void phone_boot_close(struct phone_boot *b);
void phone_boot_run(struct phone_boot *b);
json_t *phone_boot_json(const struct phone_boot *b);

/* phone_step(b, what, end, verdict, fmt, ...): note how a step ended. */
void phone_step(struct phone_boot *b, const char *what, enum step_end end, const char *verdict, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* phone_held(b): for the rules. */
struct accept_held phone_held(const struct phone_boot *b);

/* state.c: files of the state. phone_keep(b, name, data, len, err): whole, synced, 0600. phone_path(b, name): free().
 */
char *phone_path(const struct phone_boot *b, const char *name);
enum vox_err phone_keep(const struct phone_boot *b, const char *name, const void *data, size_t len,
                        struct vox_error *err);
enum vox_err phone_kept(const struct phone_boot *b, const char *name, size_t max, struct bytes *out,
                        struct vox_error *err);

/* One step each. */
void phone_take_lists(struct phone_boot *b);
void phone_take_config(struct phone_boot *b);
void phone_enrol(struct phone_boot *b);
void phone_call_manager(struct phone_boot *b);

/*
 * phone_ask_tvs(b, cert, purpose, err): VOX_OK: a TVS that the held ITL names vouches for cert; kept for as long as it
 * said. VOX_E_NO: it does not. VOX_E_IO: none was reached that the phone believes.
 */
enum vox_err phone_ask_tvs(struct phone_boot *b, const struct cert *cert, enum accept_purpose purpose,
                           struct vox_error *err);

/* phone_query_tvs(b, h, out, err): the certificate that signed a file with that header, if a TVS vouches for it as a
 * signer of files. Errors as above. Free with cert_free(). */
enum vox_err phone_query_tvs(struct phone_boot *b, const struct ctl_header *h, struct cert **out,
                             struct vox_error *err);

/* phone_decide(b, cert, purpose, r, err): accept_certificate(), and when a TVS has to say it, its word. r->verdict is
 * ACCEPT_REFUSED when it says no or is not reached, with the reason in r->why. */
void phone_decide(struct phone_boot *b, const struct cert *cert, enum accept_purpose purpose, struct accept_result *r);

/* phone_client(b, out, err): a TLS context as this model has it, that verifies nothing: phone_decide() does. With the
 * LSC when there is one. Free with SSL_CTX_free(). */
enum vox_err phone_client(const struct phone_boot *b, SSL_CTX **out, struct vox_error *err);

#endif
