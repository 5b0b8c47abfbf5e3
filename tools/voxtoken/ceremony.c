/* A script of numbered steps; whatever happens is in the transcript. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <cluster/prepared.h>
#include <ctl/header.h>
#include <ctl/verify.h>
#include <libcert/certbuild.h>
#include <libcert/clock.h>
#include <libcert/name.h>
#include <libcert/role.h>

#include "ceremony.h"
#include "rehearsal.h"
#include "voxtoken.h"

enum { NAME_BYTES = 200 };

enum {
    OPTION_KEY = 'k',
    OPTION_SECOND = 's',
    OPTION_PRESENT = 'p',
    OPTION_TRANSCRIPT = 't',
    OPTION_OUTPUT = 'o',
    OPTION_REHEARSAL = 0x100,
    OPTION_RESUME,
    OPTION_PUBLISH_TO,
    OPTION_QR,
};

static const struct argp_option options[] = {
    {"key", OPTION_KEY, "URI", 0, "the key that signs", 0},
    {"second", OPTION_SECOND, "URI", 0, "the key on the other token, that shows that it could", 0},
    {"present", OPTION_PRESENT, "NAME", 0, "who is there; two at least", 0},
    {"transcript", OPTION_TRANSCRIPT, "FILE", 0, "where it is written down, step by step", 0},
    {"output", OPTION_OUTPUT, "LIST", 0, "where the signed list goes", 0},
    {"publish-to", OPTION_PUBLISH_TO, "DIR", 0,
     "publish it there in the ceremony, as 'voxlist publish' does: needs the store", 0},
    {"qr", OPTION_QR, NULL, 0, "the check number as a QR code, too, and not on terminals alone", 0},
    {"rehearsal", OPTION_REHEARSAL, NULL, 0,
     "the same steps with two software tokens that are thrown away; no list comes out, nothing is published", 0},
    {"rehearse", 0, NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 0},
    {"resume", OPTION_RESUME, NULL, 0, "go on with a transcript that was interrupted", 0},
    {0},
};

static error_t finish(const struct ceremony_args *a, struct argp_state *state)
{
    if (a->file == NULL)
        argp_error(state, "which list? The file that 'voxlist prepare' wrote");
    if (!a->rehearsal && (a->key == NULL || a->second == NULL))
        argp_error(state, "two tokens: --key URI signs, --second URI shows that it could");
    if (a->rehearsal && a->resume)
        argp_error(state, "a rehearsal is not resumed, as its tokens are gone: begin another one");
    if (a->npresent < PRESENT_LEAST && !a->resume)
        argp_error(state, "two people at least: --present NAME --present NAME");
    if (a->transcript == NULL)
        argp_error(state, "where is it written down? --transcript FILE");
    if (a->output == NULL && !a->rehearsal)
        argp_error(state, "where does the list go? -o LIST");
    return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct ceremony_args *a = state->input;

    switch (key) {
    case OPTION_KEY:
        a->key = arg;
        return 0;
    case OPTION_SECOND:
        a->second = arg;
        return 0;
    case OPTION_PRESENT:
        if (a->npresent == PRESENT_MAX || arg[0] == '\0' || strlen(arg) > NAME_BYTES)
            argp_error(state, "--present %.40s: up to %d names of 1 to %d bytes", arg, PRESENT_MAX, NAME_BYTES);
        for (size_t i = 0; i < a->npresent; i++)
            if (strcasecmp(a->present[i], arg) == 0)
                argp_error(state, "--present %.40s: the same person twice", arg);
        a->present[a->npresent++] = arg;
        return 0;
    case OPTION_TRANSCRIPT:
        a->transcript = arg;
        return 0;
    case OPTION_OUTPUT:
        a->output = arg;
        return 0;
    case OPTION_QR:
        a->qr = true;
        return 0;
    case OPTION_PUBLISH_TO:
        a->publish_to = arg;
        return 0;
    case OPTION_REHEARSAL:
        a->rehearsal = true;
        return 0;
    case OPTION_RESUME:
        a->resume = true;
        return 0;
    case ARGP_KEY_ARG:
        if (a->file != NULL)
            argp_error(state, "unexpected: %s", arg);
        a->file = arg;
        return 0;
    case ARGP_KEY_END:
        return finish(a, state);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "FILE",
    .doc = "Sign a list that 'voxlist prepare' wrote, before witnesses, with two tokens: one signs, the other shows "
           "that it could.\v"
           "Each step is told, asked for where people have to answer, and written into the transcript. Stopped at any "
           "step, nothing is "
           "changed, and --resume goes on. 'voxtoken verify-transcript' checks afterwards what was done.",
};

void ceremony_announce(struct ceremony *c, const char *what)
{
    printf("\n%u. %s\n", ++c->step, what);
    if (c->a.rehearsal)
        printf("   REHEARSAL: nothing that comes out is valid\n");
    (void)fflush(stdout);
}

/* --- the steps --- */

static enum vox_err begin(struct ceremony *c, struct vox_error *err)
{
    char fingerprint[CERT_FINGERPRINT_MAX];
    const json_t *before;

    cert_fingerprint(prepared_signer(&c->p), fingerprint);
    if (!c->a.resume)
        return transcript_add(c->t, "begin",
                              json_pack("{s:s, s:s, s:s, s:s, s:b}", "program", "voxtoken " VOX_VERSION, "check",
                                        c->p.check, "kind", ctl_is_itl(c->p.list) ? "itl" : "ctl", "signer",
                                        fingerprint, "rehearsal", c->a.rehearsal),
                              err);
    before = transcript_last(c->t, "begin");
    if (before == NULL || strcmp(json_string_value(json_object_get(before, "check")), c->p.check) != 0)
        return vox_fail(err, VOX_E_INPUT, "the transcript is of another list");
    if (json_is_true(json_object_get(before, "rehearsal")) != c->a.rehearsal)
        return vox_fail(err, VOX_E_USAGE, "a rehearsal and a ceremony do not mix");
    if (transcript_last(c->t, "end") != NULL)
        return vox_fail(err, VOX_E_INPUT, "the ceremony is complete: there is nothing to resume");
    return transcript_add(c->t, "resumed", json_object(), err);
}

/* Of the transcript that is gone on with anybody may have written the beginning. */
static void tell_name(const char *name)
{
    struct vox_error safe;

    vox_fail(&safe, VOX_OK, "%s", name != NULL ? name : "?");
    printf("   %s\n", safe.text);
}

static enum vox_err presence(struct ceremony *c, struct vox_error *err)
{
    const json_t *before = transcript_last(c->t, "present");
    json_t *names;

    ceremony_announce(c, "Who is present");
    if (c->a.npresent == 0 && before != NULL) {
        size_t i;
        json_t *name;

        json_array_foreach(json_object_get(before, "names"), i, name) tell_name(json_string_value(name));
        return VOX_OK;
    }
    if (c->a.npresent < PRESENT_LEAST)
        return vox_fail(err, VOX_E_USAGE, "two people at least: --present NAME --present NAME");
    names = json_array();
    for (size_t i = 0; i < c->a.npresent; i++) {
        tell_name(c->a.present[i]);
        (void)json_array_append_new(names, cli_json_text(c->a.present[i]));
    }
    return transcript_add(c->t, "present", json_pack("{s:o}", "names", names), err);
}

static enum vox_err the_list(struct ceremony *c, struct vox_error *err)
{
    char *words = NULL;
    size_t len = 0;
    FILE *f;
    enum vox_err code;

    ceremony_announce(c, "The list, and what changes");
    if ((f = open_memstream(&words, &len)) == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    code = prepared_tell(&c->p, f, err);
    (void)fclose(f);
    if (code == VOX_OK) {
        printf("\n%s", words);
        code = check_qr(&c->p, c->a.qr, err);
    }
    if (code == VOX_OK) {
        code = transcript_add(c->t, "list", json_pack("{s:o}", "words", cli_json_text(words)), err);
    }
    free(words);
    return code;
}

static bool is_signer_of(const struct prepared_list *p, const struct cert *cert)
{
    for (size_t i = 0; i < p->list->nrecords; i++) {
        const struct ctl_record *r = &p->list->records[i];

        if (role_may_sign_lists(r->function) && r->cert != NULL && cert_same(r->cert, cert))
            return true;
    }
    return false;
}

static enum vox_err one_token(struct ceremony *c, const char *role, const char *uri, struct holder *h,
                              struct vox_error *err)
{
    enum vox_err code = holder_open(c->common, uri, h, err);

    if (code != VOX_OK)
        return code;
    holder_tell(h, role);
    if (!is_signer_of(&c->p, h->cert))
        return vox_fail(err, VOX_E_INPUT, "the certificate on the token \"%s\" is no SAST of this list", h->info.label);
    if (h == &c->signer && !cert_same(h->cert, prepared_signer(&c->p)))
        return vox_fail(err, VOX_E_INPUT, "the token \"%s\" is not the signer that the list names", h->info.label);
    return transcript_add(c->t, "token", holder_json(h, role), err);
}

static enum vox_err tokens(struct ceremony *c, struct vox_error *err)
{
    enum vox_err code;

    ceremony_announce(c, "The two tokens");
    if (c->a.rehearsal)
        printf("   Two software tokens stand for yours, which are not touched. The PIN of both: %s\n", rehearsal_pin);
    if ((code = one_token(c, "signer", c->a.key, &c->signer, err)) != VOX_OK ||
        (code = one_token(c, "second", c->a.second, &c->second, err)) != VOX_OK)
        return code;
    if (cert_same(c->signer.cert, c->second.cert) || (strcmp(c->signer.info.serial, c->second.info.serial) == 0 &&
                                                      strcmp(c->signer.info.label, c->second.info.label) == 0))
        return vox_fail(err, VOX_E_INPUT, "both URIs name the same token: two are needed, kept in two places");
    return VOX_OK;
}

static enum vox_err confirm(struct ceremony *c, struct vox_error *err)
{
    char typed[2 * PREPARED_CHECK_MAX], word[32];

    ceremony_announce(c, "The check number, read back");
    printf("   One of you reads it from the machine on which the list was prepared, the other one types it here.\n");
    if (!cli_ask(c->common, "   The first 8 digits: ", typed, sizeof typed))
        return vox_fail(err, VOX_E_NO, "nobody typed the check number: nothing was signed");
    if (!prepared_check_agrees(&c->p, typed))
        return vox_fail(err, VOX_E_NO, "that is another check number: nothing was signed");
    if (!cli_ask(c->common, "   Do all of you agree that this list is signed? Type \"sign\": ", word, sizeof word) ||
        strcmp(word, "sign") != 0)
        return vox_fail(err, VOX_E_NO, "nobody agreed: nothing was signed");
    return transcript_add(c->t, "confirmed", json_pack("{s:s, s:s}", "check", c->p.check, "word", word), err);
}

static enum vox_err sign(struct ceremony *c, struct vox_error *err)
{
    const struct ctl_list *l = c->p.list;
    const json_t *before = transcript_last(c->t, "signed");
    struct bytes_view parts[2];
    char *hex;
    enum vox_err code;

    ceremony_announce(c, "The first token signs");
    ctl_signed_text(l->file.data, l->file.len, &l->header, parts);
    if (before != NULL) {
        printf("   It has signed already.\n");
        code = hex_decode(json_string_value(json_object_get(before, "signature")), &c->signature, err);
    } else {
        code = holder_sign(&c->signer, (enum digest)l->header.digest, parts, 2, &c->signature, err);
    }
    /* With the key of the certificate that was shown, not with what the token says. */
    if (code == VOX_OK && (code = key_verify(cert_key(c->signer.cert), (enum digest)l->header.digest, parts, 2,
                                             bytes_view_of(&c->signature), err)) == VOX_OK)
        printf("   Signed, and verified with the certificate.\n");
    if (code != VOX_OK || before != NULL)
        return code;
    if ((hex = malloc(2 * c->signature.len + 1)) == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    hex_encode(c->signature.data, c->signature.len, hex);
    code = transcript_add(c->t, "signed",
                          json_pack("{s:s, s:s}", "digest", digest_name(l->header.digest), "signature", hex), err);
    free(hex);
    return code;
}

/* The whole list, verified as a phone would, before it has its name. */
static enum vox_err write_list(struct ceremony *c, struct vox_error *err)
{
    struct ctl_list *l = NULL;
    char sha256[PREPARED_CHECK_MAX];
    enum vox_err code;

    ceremony_announce(c, "The signed list");
    if ((code = ctl_attach(bytes_view_of(&c->p.list->file), bytes_view_of(&c->signature), &c->list, err)) == VOX_OK &&
        (code = ctl_list_read(c->list.data, c->list.len, &l, err)) == VOX_OK && (code = ctl_verify(l, err)) == VOX_OK &&
        (code = prepared_sha256(bytes_view_of(&c->list), sha256, err)) == VOX_OK &&
        (code = cli_write(c->a.output, c->list.data, c->list.len, 0644, err)) == VOX_OK) {
        printf("   %s: %zu bytes, SHA-256 %s\n", c->a.output, c->list.len, sha256);
        code = transcript_add(c->t, "written",
                              json_pack("{s:o, s:s}", "file", cli_json_text(c->a.output), "sha256", sha256), err);
    }
    ctl_list_free(&l);
    return code;
}

enum vox_err ceremony_witness(struct ceremony *c, const char *what, struct vox_error *err)
{
    json_t *signatures = json_array();
    struct holder *const both[] = {&c->signer, &c->second};
    enum vox_err code = VOX_OK;

    for (size_t i = 0; code == VOX_OK && i < 2; i++) {
        json_t *one;

        if ((code = holder_witness(both[i], transcript_hash(c->t), &one, err)) == VOX_OK) {
            (void)json_array_append_new(signatures, one);
            printf("   \"%s\" has signed, and it verifies.\n", both[i]->info.label);
        }
    }
    if (code == VOX_OK)
        code = transcript_add(c->t, what, json_pack("{s:O}", "signatures", signatures), err);
    json_decref(signatures);
    return code;
}

/* Before phones get anything, the second token has shown that it could sign the next list. */
static enum vox_err second_shows(struct ceremony *c, struct vox_error *err)
{
    ceremony_announce(c, "Both tokens sign the transcript so far; so the second one shows that it could sign a list");
    return ceremony_witness(c, "witnessed", err);
}

static enum vox_err close_transcript(struct ceremony *c, struct vox_error *err)
{
    ceremony_announce(c, c->a.publish_to != NULL
                             ? "Both tokens sign what has come since, and close the transcript"
                             : "Both tokens sign the transcript; so the second one shows that it could sign a list");
    return ceremony_witness(c, "end", err);
}

/* May a step be left out? What was answered or done before an interruption is not asked or done again. */
static bool is_left_out(const struct ceremony *c, enum vox_err (*step)(struct ceremony *, struct vox_error *))
{
    if (step == confirm)
        return transcript_last(c->t, "signed") != NULL;
    if (step == second_shows || step == ceremony_publish)
        return c->a.publish_to == NULL ||
               transcript_last(c->t, step == ceremony_publish ? "published" : "witnessed") != NULL;
    return false;
}

static enum vox_err run(struct ceremony *c, struct vox_error *err)
{
    enum vox_err (*const steps[])(struct ceremony *, struct vox_error *) = {
        begin, presence, the_list, tokens, confirm, sign, write_list, second_shows, ceremony_publish, close_transcript};
    enum vox_err code = VOX_OK;

    for (size_t i = 0; code == VOX_OK && i < sizeof steps / sizeof *steps; i++) {
        /* A transcript that this is no part of, as it is complete, stays as it is. */
        if (!is_left_out(c, steps[i]) && (code = steps[i](c, err)) != VOX_OK && steps[i] != begin)
            (void)transcript_add(c->t, "stopped", json_pack("{s:o}", "why", cli_json_text(err->text)), NULL);
    }
    return code;
}

/* Everything that the steps touch is the rehearsal's own; only the transcript stays. */
static enum vox_err stage(struct ceremony *c, struct rehearsal *r, struct vox_error *err)
{
    struct store *s = NULL;
    enum vox_err code;

    if ((code = rehearsal_tokens(c->common, r, err)) != VOX_OK || (code = rehearsal_list(r, &c->p, err)) != VOX_OK)
        return code;
    c->a.key = r->uri[0];
    c->a.second = r->uri[1];
    c->a.output = r->list;
    if (c->a.publish_to == NULL)
        return VOX_OK;
    c->a.publish_to = r->folder;
    c->common->store_url = r->store_url;
    code = store_create(r->store_url, "rehearsal", &s, err);
    store_close(&s);
    return code;
}

static enum vox_err play(struct ceremony *c, struct vox_error *err)
{
    enum vox_err code;

    if (c->a.publish_to != NULL && (code = ceremony_publish_ready(c, err)) != VOX_OK)
        return code; /* before there is a transcript */
    if ((code = c->a.resume ? transcript_resume(c->a.transcript, &c->t, err)
                            : transcript_begin(c->a.transcript, &c->t, err)) != VOX_OK)
        return vox_error_prefix(err, "%s", c->a.transcript);
    if ((code = run(c, err)) == VOX_OK)
        printf("\nDone. The transcript %s ends with\n   %s\n%s", c->a.transcript, transcript_hash(c->t),
               c->a.rehearsal ? "It was a REHEARSAL: list, tokens and whatever was published are gone.\n" : "");
    return code;
}

int voxtoken_ceremony(struct cli_common *common, int argc, char **argv)
{
    struct ceremony c = {.common = common};
    struct rehearsal r = {0};
    struct bytes file = {NULL, 0};
    struct vox_error err;
    enum vox_err code;
    int status;

    cli_parse(common, &argp, argc, argv, &c.a);
    if ((code = cli_read(c.a.file, PREPARED_FILE_MAX, &file, &err)) != VOX_OK ||
        (code = prepared_read(file.data, file.len, &c.p, &err)) != VOX_OK)
        (void)vox_error_prefix(&err, "%s", c.a.file);
    else if (c.a.rehearsal && (code = rehearsal_begin(&r, &err)) == VOX_OK && rehearsal_watch(&r, &status))
        goto out;
    else if (code == VOX_OK && (!c.a.rehearsal || (code = stage(&c, &r, &err)) == VOX_OK))
        code = play(&c, &err);
    status = code == VOX_OK ? EXIT_DONE : cli_report(common, NULL, &err);
out:
    holder_close(&c.signer);
    holder_close(&c.second);
    rehearsal_end(&r);
    transcript_free(&c.t);
    prepared_clear(&c.p);
    bytes_free(&c.signature);
    bytes_free(&c.list);
    bytes_free(&file);
    store_close(&c.store);
    return status;
}
