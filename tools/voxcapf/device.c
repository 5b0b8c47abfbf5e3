#include "device.h"

#include <stdlib.h>
#include <string.h>

#include <cli/report.h>

enum vox_err device_get(struct store *s, const char *name, struct phone *out, struct vox_error *err)
{
    enum vox_err code = phone_name_check(name, err);

    if (code == VOX_OK)
        code = phone_get(s, name, out, err);
    if (code == VOX_E_NOT_FOUND)
        return vox_fail(err, VOX_E_INPUT, "there is no phone '%s': 'voxcapf list' shows all", name);
    return code;
}

bool devices_add(struct devices *d, char *name)
{
    char **more = reallocarray(d->names, d->n + 1, sizeof *more);

    if (more == NULL)
        return false;
    d->names = more;
    d->names[d->n++] = name;
    return true;
}

error_t devices_parse(int key, char *arg, struct argp_state *state)
{
    struct devices *d = state->input;

    switch (key) {
    case ARGP_KEY_ARG:
        if (!devices_add(d, arg))
            argp_failure(state, EXIT_ENVIRONMENT, 0, "no memory");
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which DEVICE?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

void devices_free(struct devices *d)
{
    free(d->names);
    *d = (struct devices){NULL, 0};
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

enum vox_err devices_check(const struct devices *d, struct vox_error *err)
{
    char **sorted = calloc(d->n + 1, sizeof *sorted);
    enum vox_err code = VOX_OK;

    if (sorted == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    for (size_t i = 0; i < d->n && code == VOX_OK; i++) {
        sorted[i] = d->names[i];
        code = phone_name_check(d->names[i], err);
    }
    if (code == VOX_OK)
        qsort(sorted, d->n, sizeof *sorted, by_name);
    for (size_t i = 1; i < d->n && code == VOX_OK; i++) {
        if (strcmp(sorted[i - 1], sorted[i]) == 0)
            code = vox_fail(err, VOX_E_USAGE, "%s is named twice", sorted[i]);
    }
    free(sorted);
    return code;
}

char *devices_text(const struct devices *d)
{
    char *text = malloc(d->n * (PHONE_NAME_MAX + 1) + 1), *to = text;

    if (text == NULL)
        return NULL;
    for (size_t i = 0; i < d->n; i++) {
        if (i > 0)
            *to++ = ' ';
        to = stpcpy(to, d->names[i]); /* checked: none is longer */
    }
    *to = '\0';
    return text;
}
