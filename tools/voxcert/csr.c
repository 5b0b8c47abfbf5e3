#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/input.h>
#include <cli/output.h>
#include <cli/report.h>
#include <cluster/view.h>
#include <libcert/audit.h>
#include <libcert/file.h>

#include <cluster/naming.h>
#include "voxcert.h"
#include <cluster/wanted.h>

struct csr_args {
    struct wanted wanted;
    const char *output;
    bool again;
};

enum { OPT_AGAIN = 0x200 };

static const struct argp_option options[] = {
    WANTED_OPTIONS,
    {"output", 'o', "FILE", 0, "where the request goes (default: standard output)", 0},
    {"replace", WANTED_REPLACE, NULL, 0, "forget an earlier request that waits for its answer, and its key", 0},
    {"again", OPT_AGAIN, NULL, 0, "no new one: write the request that waits for its answer once more", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct csr_args *a = state->input;

    switch (key) {
    case 'o':
        a->output = arg;
        return 0;
    case OPT_AGAIN:
        a->again = true;
        return 0;
    default:
        return wanted_parse(key, arg, state, &a->wanted);
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "SERVICE",
    .doc = "Make a private key and a request (PKCS#10) that a CA can answer. The service goes on with the certificate "
           "that it has, until 'voxcert install' brings the CA's answer.",
};

/* Requests of the service that wait: *n of them. */
static enum vox_err find_pending(struct store *s, const struct owner *o, struct store_binding **out, size_t *n,
                                 struct vox_error *err)
{
    const struct store_binding_filter f = {.place = o->place, .node = owner_node(o), .state = BIND_PENDING};
    enum vox_err code = store_bindings(s, &f, out, n, err);
    size_t kept = 0;

    /* One that has its certificate is a rotation's, which waits for something else. */
    for (size_t i = 0; code == VOX_OK && i < *n; i++) {
        if ((*out)[i].cert != NULL)
            store_binding_clear(&(*out)[i]);
        else
            (*out)[kept++] = (*out)[i];
    }
    *n = kept;
    return code;
}

static enum vox_err refuse(const struct owner *o, const struct store_binding *pending, struct vox_error *err)
{
    char what[VIEW_PLACE_MAX];

    owner_text(o, what, sizeof what);
    return vox_fail(
        err, VOX_E_EXISTS,
        "a request for %s, made %s, waits for its answer: --again writes it once more; --replace forgets it "
        "and its key, and its answer can then no longer be installed",
        what, pending->added);
}

/* Earlier requests go, this one comes, in one transaction; it ends with the request being where it was asked for. */
static enum vox_err record(struct store *s, const struct ready *p, const struct csr_args *a, struct bytes *request,
                           struct store_binding **old, size_t *nold, struct vox_error *err)
{
    char what[256];
    struct store_binding b = {.role = ROLE_NONE, .state = BIND_PENDING};
    enum vox_err code;

    if ((code = store_begin(s, err)) != VOX_OK)
        return code;
    /* Looked at again: another program may have been faster. */
    if ((code = owner_not_rotating(s, &p->owner, err)) != VOX_OK)
        goto out;
    if ((code = find_pending(s, &p->owner, old, nold, err)) != VOX_OK)
        goto out;
    if (*nold > 0 && !a->wanted.replace) {
        code = refuse(&p->owner, *old, err);
        goto out;
    }
    for (size_t i = 0; i < *nold; i++) {
        if ((code = store_binding_remove(s, (*old)[i].id, err)) != VOX_OK)
            goto out;
    }
    b.place = (char *)(uintptr_t)p->owner.place; /* only read */
    b.node = (char *)(uintptr_t)owner_node(&p->owner);
    b.key_source = p->key_source;
    b.request = (char *)request->data;
    code = store_binding_add(s, &b, err);
    free(b.id);
    free(b.added);
    (void)snprintf(what, sizeof what, "voxcert csr %s%s%.64s%s", p->owner.place, b.node[0] != '\0' ? " " : "", b.node,
                   *nold > 0 ? " --replace" : "");
    if (code == VOX_OK && (code = audit_append(s, what, "done", err)) == VOX_OK && strcmp(a->output, "-") != 0 &&
        (code = cli_write(a->output, request->data, strlen((char *)request->data), 0644, err)) != VOX_OK)
        (void)vox_error_prefix(err, "%s", a->output);
    if (code == VOX_OK)
        code = store_commit(s, err);
out:
    if (code != VOX_OK)
        store_rollback(s);
    return code;
}

/* The keys of requests that are forgotten open nothing any more. */
static void drop_old_keys(const struct cli_common *common, const struct store *s, const struct store_binding *old,
                          size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct vox_error err;
        char path[PATH_MAX];

        if (!naming_key_is_ours(old[i].key_source) || !naming_key_path(s, old[i].key_source, path, sizeof path))
            continue;
        if (file_remove(path, &err) != VOX_OK)
            cli_warn(common, path, "the key of the earlier request was not removed: %s", err.text);
    }
}

static enum vox_err make(const struct cli_common *common, struct store *s, struct ready *p, const struct csr_args *a,
                         struct bytes *request, struct vox_error *err)
{
    struct store_binding *old = NULL;
    struct certbuild_params params;
    struct bytes pem = {NULL, 0};
    size_t nold = 0;
    enum vox_err code;

    if ((code = ready_key(s, &a->wanted, p, err)) != VOX_OK)
        return code;
    params = ready_build(p, &a->wanted);
    if ((code = certbuild_request(&params, &pem, err)) != VOX_OK)
        return code;
    /* As a text, for the store. */
    request->len = pem.len + 1;
    if ((request->data = calloc(1, request->len)) == NULL) {
        bytes_free(&pem);
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    }
    memcpy(request->data, pem.data, pem.len);
    bytes_free(&pem);
    if ((code = ready_save_key(p, err)) != VOX_OK)
        return code;
    if ((code = record(s, p, a, request, &old, &nold, err)) != VOX_OK)
        ready_drop_key(p);
    else
        drop_old_keys(common, s, old, nold);
    store_bindings_free(&old, nold);
    return code;
}

static int tell(const struct cli_common *common, const struct ready *p, const struct csr_args *a,
                const struct bytes *request)
{
    struct vox_error err;
    char what[VIEW_PLACE_MAX];

    if (common->json)
        return cli_json_print(json_pack("{s:s, s:s, s:s, s:s}", "place", p->owner.place, "node", owner_node(&p->owner),
                                        "key_file", p->key_source, "request", (const char *)request->data));
    if (strcmp(a->output, "-") == 0) {
        if (cli_write("-", request->data, request->len - 1, 0, &err) != VOX_OK)
            return cli_report(common, NULL, &err);
        return EXIT_DONE;
    }
    owner_text(&p->owner, what, sizeof what);
    cli_say(common, "%s: request in %s\n  private key  %s", what, a->output, p->key_path);
    cli_say(common, "When the CA has answered: voxcert install %s FILE%s%s", p->owner.place,
            owner_node(&p->owner)[0] != '\0' ? " --node " : "", owner_node(&p->owner));
    return EXIT_DONE;
}

static enum vox_err may_replace(const struct cli_common *common, struct store *s, const struct owner *o,
                                const struct wanted *w, struct vox_error *err)
{
    struct store_binding *pending = NULL;
    char what[VIEW_PLACE_MAX];
    size_t n = 0;
    enum vox_err code = owner_not_rotating(s, o, err);

    if (code == VOX_OK)
        code = find_pending(s, o, &pending, &n, err);
    if (code == VOX_OK && n > 0 && !w->replace) {
        code = refuse(o, pending, err);
    } else if (code == VOX_OK && n > 0) {
        owner_text(o, what, sizeof what);
        if (!cli_confirm(common, "Forget the request for %s of %s? Its answer can then no longer be installed.", what,
                         pending->added))
            code = vox_fail(err, VOX_E_NO, "the earlier request stays (--yes answers the question)");
    }
    store_bindings_free(&pending, n);
    return code;
}

static int write_again(const struct cli_common *common, struct store *s, const struct csr_args *a)
{
    struct owner o = {0};
    struct store_binding *pending = NULL;
    struct vox_error err;
    char what[VIEW_PLACE_MAX];
    size_t n = 0;
    int status = EXIT_DONE;

    if (owner_find(s, a->wanted.service, a->wanted.node, &o, &err) != VOX_OK ||
        find_pending(s, &o, &pending, &n, &err) != VOX_OK) {
        status = cli_report(common, NULL, &err);
    } else if (n == 0) {
        owner_text(&o, what, sizeof what);
        vox_fail(&err, VOX_E_INPUT, "no request for %s waits for an answer", what);
        status = cli_report(common, NULL, &err);
    } else if (common->json) {
        status = cli_json_print(json_pack("{s:s, s:s, s:s, s:s}", "place", o.place, "node", owner_node(&o), "key_file",
                                          pending->key_source, "request", pending->request));
    } else if (cli_write(a->output, pending->request, strlen(pending->request), 0644, &err) != VOX_OK) {
        status = cli_report(common, a->output, &err);
    }
    store_bindings_free(&pending, n);
    owner_free(&o);
    return status;
}

int voxcert_csr(struct cli_common *common, int argc, char **argv)
{
    struct csr_args a = {.output = "-"};
    struct ready p = {0};
    struct bytes request = {NULL, 0};
    struct store *s = NULL;
    struct vox_error err;
    int status;

    a.wanted.pass = cli_password(common, NULL);
    cli_parse(common, &argp, argc, argv, &a);
    if (cli_store_open(common, &s, &err) != VOX_OK)
        return cli_report(common, NULL, &err);
    if (a.again)
        status = write_again(common, s, &a);
    else if (ready_names(s, &a.wanted, &p, &err) != VOX_OK ||
             may_replace(common, s, &p.owner, &a.wanted, &err) != VOX_OK ||
             make(common, s, &p, &a, &request, &err) != VOX_OK)
        status = cli_report(common, NULL, &err);
    else
        status = tell(common, &p, &a, &request);
    bytes_free(&request);
    ready_free(&p);
    store_close(&s);
    return status;
}
