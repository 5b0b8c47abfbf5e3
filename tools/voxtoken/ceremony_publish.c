/* The list goes to phones, in front of witnesses. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <cluster/hooks_files.h>
#include <cluster/publish.h>
#include <libcert/file.h>
#include <libcert/limits.h>

#include "ceremony.h"

enum vox_err ceremony_publish_ready(struct ceremony *c, struct vox_error *err)
{
    char dir[PATH_MAX];
    enum vox_err code = cli_store_open(c->common, &c->store, err);

    if (code != VOX_OK)
        return code;
    return realpath(c->a.publish_to, dir) != NULL ? VOX_OK
                                                  : vox_fail_errno(err, VOX_E_IO, "--publish-to %s", c->a.publish_to);
}

static void tell_phones(const struct publish_result *r)
{
    char known[256];

    if (r->impact.all > 0) {
        impact_text(&r->impact, known, sizeof known);
        printf("   Of %" PRId64 " known phones %s.\n", r->impact.all, known);
    }
    if (r->accept.verdict == ACCEPT_FIRST_TRUST)
        printf("   No earlier list is known in this folder: phones that hold none take it on faith.\n");
    else if (r->accept.verdict == ACCEPT_YES)
        printf("   Phones that hold %s take it by themselves.\n", r->held);
    else
        printf("   Phones that hold %s: %s: %s\n", r->held, accept_word(r->accept.verdict), r->accept.why);
    for (size_t i = 0; i < r->nfindings; i++) {
        if (r->findings[i].severity >= LINT_WARNING)
            printf("   Warning: %s [%s]\n", r->findings[i].text, r->findings[i].code);
    }
}

/* As it stands in the transcript, before and after. */
static json_t *detail(const struct publish_result *r, const char *sha256)
{
    return json_pack("{s:o, s:s, s:s, s:s, s:o}", "file", cli_json_text(r->path), "sha256", sha256, "phones",
                     accept_word(r->accept.verdict), "held", r->held, "known_phones", impact_json(&r->impact));
}

static enum vox_err agree(struct ceremony *c, const struct publish_params *p, const char *sha256, struct vox_error *err)
{
    struct publish_result r;
    char word[32];
    json_t *said;
    enum vox_err code = cluster_publish_check(c->store, p, &r, err);

    if (code == VOX_E_NO) {
        code = vox_fail(err, code,
                        "%s. Nothing was published. The signed list is %s: 'voxlist publish --list' can force it; "
                        "--resume without --publish-to brings the ceremony to its end",
                        err->text, c->a.output);
    } else if (code == VOX_OK) {
        printf("   %s\n", r.path);
        tell_phones(&r);
        if (!cli_ask(c->common, "   Shall phones get this list now? Type \"publish\": ", word, sizeof word) ||
            strcmp(word, "publish") != 0)
            code = vox_fail(err, VOX_E_NO,
                            "nobody agreed: nothing was published. --resume asks again; without "
                            "--publish-to it brings the ceremony to its end");
        else if ((said = detail(&r, sha256)) == NULL || json_object_set_new(said, "word", json_string(word)) != 0)
            code = vox_fail(err, VOX_E_MEMORY, "no memory");
        else
            code = transcript_add(c->t, "agreed", said, err);
    }
    publish_result_clear(&r);
    return code;
}

enum vox_err ceremony_publish(struct ceremony *c, struct vox_error *err)
{
    const enum cluster_list kind = ctl_is_itl(c->p.list) ? CLUSTER_ITL : CLUSTER_CTL;
    const struct hooks_event e = {.program = c->common->program, .name = "published"};
    char sha256[PREPARED_CHECK_MAX], note[32];
    struct hooks_files changed = {.text = NULL};
    struct publish_result r;
    json_t *done;
    enum vox_err code;

    ceremony_announce(c, "Publication: what phones will do, and whether they are to");
    if ((code = prepared_sha256(bytes_view_of(&c->list), sha256, err)) != VOX_OK)
        return code;
    (void)snprintf(note, sizeof note, "ceremony %.8s", c->p.check);
    const struct publish_params p = {.kind = kind,
                                     .dir = c->a.publish_to,
                                     .name = cluster_list_filename(kind),
                                     .list = bytes_view_of(&c->list),
                                     .note = note,
                                     .what = "voxtoken ceremony",
                                     .force_lost = IMPACT_NOT_FORCED};

    if ((code = agree(c, &p, sha256, err)) != VOX_OK)
        return code;
    if ((code = cluster_publish(c->store, &p, &r, err)) == VOX_OK) {
        printf("   %s: %s version %" PRId64 "\n", r.path, r.unchanged ? "stands there already as" : "published as",
               r.version);
        done = detail(&r, sha256);
        if (done == NULL || json_object_set_new(done, "version", json_integer(r.version)) != 0)
            code = vox_fail(err, VOX_E_MEMORY, "no memory");
        else
            code = transcript_add(c->t, "published", done, err);
        if (!r.unchanged || r.resumed) {
            hooks_files_add(&changed, r.path);
            hooks_files_run(c->store, &e, kind, &changed, cli_hook, c->common);
        }
    }
    publish_result_clear(&r);
    return code;
}

/* --- afterwards --- */

static const char *text(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));

    return s != NULL ? s : "";
}

static enum vox_err stands(const char *path, struct bytes_view list, struct vox_error *err)
{
    struct bytes file;
    enum vox_err code = file_read(path, LIMIT_LIST_FILE, &file, err);

    if (code != VOX_OK)
        return vox_fail(err, VOX_E_NO, "%s: the list that was published is not there: %s", path, err->text);
    if (!bytes_equal(bytes_view_of(&file), list))
        code =
            vox_fail(err, VOX_E_NO, "%s is not the list that was published: somebody has put another one there", path);
    bytes_free(&file);
    return code;
}

/* What has taken the place of a version in its folder; 0 if nothing has. */
static enum vox_err replaced_by(struct store *s, const struct store_list *was, int64_t *later, struct vox_error *err)
{
    struct store_list *lists;
    size_t n;
    enum vox_err code = store_lists(s, was->kind, false, &lists, &n, err);

    if (code != VOX_OK)
        return code;
    for (size_t i = 0; i < n; i++) {
        if (lists[i].current && lists[i].number != was->number && strcmp(lists[i].name, was->name) == 0 &&
            strcmp(lists[i].dir, was->dir) == 0)
            *later = lists[i].number;
    }
    store_lists_free(&lists, n);
    return VOX_OK;
}

enum vox_err ceremony_published(const struct transcript *t, struct store *s, int64_t *later, struct vox_error *err)
{
    const json_t *said = transcript_last(t, "published");
    const int64_t version = json_integer_value(json_object_get(said, "version"));
    char sha256[PREPARED_CHECK_MAX], *path;
    struct store_list l = {0};
    enum vox_err code;

    *later = 0;
    if (said == NULL)
        return vox_fail(err, VOX_E_NO, "nothing was published in this ceremony");
    if ((code = store_list_get(s, version, &l, err)) == VOX_E_NOT_FOUND)
        return vox_fail(err, VOX_E_NO, "the store's history has no version %" PRId64, version);
    if (code != VOX_OK)
        return code;
    if (asprintf(&path, "%s/%s", l.dir, l.name) < 0)
        path = NULL;
    if (path == NULL)
        code = vox_fail(err, VOX_E_MEMORY, "no memory");
    else if ((code = prepared_sha256(bytes_view_of(&l.data), sha256, err)) != VOX_OK)
        ;
    else if (strcmp(sha256, text(said, "sha256")) != 0 || strcmp(path, text(said, "file")) != 0)
        code = vox_fail(err, VOX_E_NO, "version %" PRId64 " of the store's history is another list than was published",
                        version);
    else if ((code = replaced_by(s, &l, later, err)) == VOX_OK && *later == 0)
        code = stands(path, bytes_view_of(&l.data), err);
    free(path);
    store_list_clear(&l);
    return code;
}
