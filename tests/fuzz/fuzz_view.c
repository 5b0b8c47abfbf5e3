/* Whatever is read as a list can be shown, judged and compared: nothing for a terminal to obey comes out, a list equals
 * itself, and a phone that holds a sound list takes it again. */
#include <stdlib.h>
#include <string.h>

#include <ctl/accept.h>
#include <ctl/diff.h>
#include <ctl/show.h>
#include <ctl/verify.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void demand(bool holds)
{
    if (!holds)
        abort();
}

static bool is_safe(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return false;
    return true;
}

static void show(const struct ctl_list *l, void (*form)(const struct ctl_list *, const struct show_params *, FILE *))
{
    const struct show_params p = {.name = "fuzz", .is_itl = ctl_is_itl(l), .now = 1795468806};
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    demand(out != NULL);
    form(l, &p, out);
    demand(fclose(out) == 0 && strlen(text) == len);
    for (char *p2 = text; *p2 != '\0'; p2++)
        if (*p2 == '\n')
            *p2 = ' ';
    demand(is_safe(text));
    free(text);
}

static void show_json(const struct ctl_list *l)
{
    json_t *o = ctl_show_json(l);
    char *text = o != NULL ? json_dumps(o, 0) : NULL;

    demand(text != NULL);
    free(text);
    json_decref(o);
}

static void lint(const struct ctl_list *l)
{
    struct lint_finding *f;
    size_t n;

    demand(ctl_lint(l, 1795468806, &f, &n, NULL) == VOX_OK);
    for (size_t i = 0; i < n; i++)
        demand(is_safe(f[i].text) && f[i].record < (int)l->nrecords);
    free(f);
}

static void compare(const struct ctl_list *l)
{
    struct diff_entry *d;
    size_t n;

    demand(ctl_diff(l, l, &d, &n, NULL) == VOX_OK);
    demand(n == 0 && d == NULL);
}

static void judge(const struct ctl_list *l)
{
    const struct accept_held nothing = {.ctl = NULL}, itself = {.itl = l};
    const bool sound = ctl_verify(l, NULL) == VOX_OK;
    struct accept_result r;

    accept_list(&nothing, l, &r);
    demand(r.verdict == (sound ? ACCEPT_FIRST_TRUST : ACCEPT_REFUSED) && is_safe(r.why));
    accept_list(&itself, l, &r);
    demand(is_safe(r.why));
    demand(sound || r.verdict == ACCEPT_REFUSED);
    if (sound && l->records[ctl_signer_record(l)].cert != NULL)
        demand(r.verdict == ACCEPT_YES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct ctl_list *l;

    if (ctl_list_read(data, len, &l, NULL) != VOX_OK)
        return 0;
    show(l, ctl_show_text);
    show(l, ctl_show_cucm);
    show_json(l);
    lint(l);
    compare(l);
    judge(l);
    ctl_list_free(&l);
    return 0;
}
