#include "bundle_steps.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <libcert/role.h>

const char *step_state_word(const struct step *st)
{
    static const char *const words[] = {"done", "to do", "not needed"};

    return words[st->state];
}

/* What the steps are found with. */
struct search {
    struct store *s;
    const struct foreign *f;
    const char *file;
    const struct move *m;
    struct store_binding *here; /* live bindings */
    size_t nhere;
    struct store_list *lists; /* current ones count */
    size_t nlists;
    struct steps *out;
};

static struct step *add(struct search *g, const char *word)
{
    struct step *st = &g->out->s[g->out->n++];

    *st = (struct step){.word = word, .state = STEP_DONE};
    return st;
}

static bool stands_in(const struct search *g, const char *place, const struct cert *c)
{
    for (size_t i = 0; i < g->nhere; i++)
        if (g->here[i].cert != NULL && strcmp(g->here[i].place, place) == 0 && cert_same(g->here[i].cert, c))
            return true;
    return false;
}

/* Is it the cluster's own? Then no trust store needs it. */
static bool is_own(const struct search *g, const struct cert *c)
{
    for (enum service s = 0; s < SERVICE_COUNT; s++)
        if (stands_in(g, service_name(s), c))
            return true;
    return false;
}

static void step_import(struct search *g)
{
    struct step *st = add(g, "import");
    size_t missing = 0, all = 0;

    for (size_t i = 0; i < g->f->ncerts; i++) {
        const char *stores[FOREIGN_STORES_MAX];
        const size_t n = foreign_stores(g->f->certs[i].service, stores);

        for (size_t k = 0; k < n && !is_own(g, g->f->certs[i].cert); k++, all++)
            missing += !stands_in(g, stores[k], g->f->certs[i].cert);
    }
    (void)snprintf(st->text, sizeof st->text,
                   "The certificates of cluster %.80s are in the trust stores here: %zu of %zu", g->f->cluster,
                   all - missing, all);
    if (missing == 0)
        return;
    st->state = STEP_TO_DO;
    (void)snprintf(st->command, sizeof st->command, "voxtrust bundle import %.300s", g->file);
}

/* Our CAPF there: certificates of our phones; our signers there: the way back. */
static void step_import_there(struct search *g)
{
    struct step *st = add(g, "import-there");
    size_t missing = 0, all = 0;

    for (size_t i = 0; i < g->nhere; i++) {
        const char *stores[FOREIGN_STORES_MAX];
        enum service service;

        if (g->here[i].cert == NULL || g->here[i].state != BIND_ACTIVE || !service_parse(g->here[i].place, &service))
            continue;
        const size_t n = foreign_stores(service, stores);

        for (size_t k = 0; k < n; k++, all++)
            missing += !foreign_trusts(g->f, stores[k], g->here[i].cert);
    }
    (void)snprintf(st->text, sizeof st->text,
                   "The certificates of this cluster are in the trust stores there: %zu of %zu. Without CAPF's the "
                   "phones' own certificates (LSC) are not believed there, without the signers' there is no way back",
                   all - missing, all);
    if (missing == 0)
        return;
    st->state = STEP_TO_DO;
    (void)snprintf(st->command, sizeof st->command,
                   "voxtrust bundle export OWN.bundle; there: voxtrust bundle import OWN.bundle, and export again");
}

static bool names(const struct ctl_list *l, const struct cert *c)
{
    for (size_t i = 0; i < l->nrecords; i++)
        if (l->records[i].function == ROLE_SAST && l->records[i].cert != NULL && cert_same(l->records[i].cert, c))
            return true;
    return false;
}

/* Does it name every signer over there? */
static bool names_all(const struct search *g, const struct store_list *list)
{
    struct ctl_list *l;
    bool all = true;

    if (ctl_list_read(list->data.data, list->data.len, &l, NULL) != VOX_OK)
        return false;
    for (size_t i = 0; all && i < g->f->ncerts; i++) {
        const enum service s = g->f->certs[i].service;

        if (s == SERVICE_ITLRECOVERY || s == SERVICE_CALLMANAGER)
            all = names(l, g->f->certs[i].cert);
    }
    ctl_list_free(&l);
    return all;
}

static void step_lists(struct search *g, enum cluster_list kind)
{
    struct step *st = add(g, cluster_list_word(kind));
    size_t missing = 0, all = 0;

    for (size_t i = 0; i < g->nlists; i++) {
        if (!g->lists[i].current || strcmp(g->lists[i].kind, cluster_list_word(kind)) != 0)
            continue;
        all++;
        missing += !names_all(g, &g->lists[i]);
    }
    (void)snprintf(st->text, sizeof st->text, "%s published here name the signers over there: %zu of %zu%s",
                   kind == CLUSTER_CTL ? "CTLs" : "ITLs", all - missing, all,
                   kind == CLUSTER_ITL ? ". Where they do not, phones without a CTL need a TVS from here" : "");
    if (missing == 0) {
        st->state = all == 0 ? STEP_NOT_NEEDED : STEP_DONE;
        return;
    }
    st->state = STEP_TO_DO;
    (void)snprintf(st->command, sizeof st->command, "%svoxlist publish %s --to DIR",
                   kind == CLUSTER_ITL ? "voxlist bridge on; " : "", cluster_list_word(kind));
}

static void step_fetched(struct search *g)
{
    struct step *st = add(g, "fetched");
    const struct move *m = g->m;

    (void)snprintf(st->text, sizeof st->text,
                   "Phones have fetched them: of %" PRId64 ", %" PRId64
                   " take the lists over there by themselves, %" PRId64 " when a TVS from here confirms it, %" PRId64
                   " on faith, %" PRId64 " refuse them, %" PRId64 " hold what is not known",
                   m->all, m->accept, m->by_tvs, m->first, m->lost, m->unknown);
    if (m->all > 0 && m->lost + m->unknown + m->by_tvs == 0)
        return;
    st->state = STEP_TO_DO;
    (void)snprintf(st->command, sizeof st->command,
                   "restart these phones; voxtrust phones import LOG; voxtrust bundle check %.200s", g->file);
}

static void step_move(struct search *g)
{
    struct step *st = add(g, "move");

    st->state = STEP_TO_DO;
    (void)snprintf(
        st->text, sizeof st->text,
        "Group by group: give them the TFTP server over there (DHCP option 150) and restart them. Those above "
        "that take the lists may go; leave the others, and the TVS here, until all are through");
}

enum vox_err steps_find(struct store *s, const struct foreign *f, const char *file, const struct move *m,
                        struct steps *out, struct vox_error *err)
{
    const struct store_binding_filter live = {.state = -1, .live = true};
    struct search g = {.s = s, .f = f, .file = file, .m = m, .out = out};
    enum vox_err code;

    out->n = 0;
    if ((code = store_bindings(s, &live, &g.here, &g.nhere, err)) == VOX_OK &&
        (code = store_lists(s, NULL, true, &g.lists, &g.nlists, err)) == VOX_OK) {
        step_import(&g);
        step_import_there(&g);
        step_lists(&g, CLUSTER_CTL);
        step_lists(&g, CLUSTER_ITL);
        step_fetched(&g);
        step_move(&g);
    }
    store_bindings_free(&g.here, g.nhere);
    store_lists_free(&g.lists, g.nlists);
    return code;
}
