#include "cluster/hooks_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void hooks_files_add(struct hooks_files *f, const char *path)
{
    const size_t more = strlen(path) + 1; /* the end of the line */
    char *text = realloc(f->text, f->len + more + 1);

    if (text == NULL) {
        f->short_of_memory = true;
        return;
    }
    (void)snprintf(text + f->len, more + 1, "%s\n", path);
    f->text = text;
    f->len += more;
}

void hooks_files_run(struct store *s, const struct hooks_event *e, enum cluster_list kind, struct hooks_files *f,
                     hooks_told *told, const void *arg)
{
    struct hooks_event event = {.program = e->program,
                                .name = e->name,
                                .subject = cluster_list_word(kind),
                                .node = "",
                                .report = {(const uint8_t *)f->text, f->len}};

    if (f->short_of_memory)
        told(arg, "hooks.d", "no hook is run: no memory for the names of the files");
    else if (f->len > 0)
        hooks_run(s, &event, told, arg, NULL);
    hooks_files_free(f);
}

void hooks_files_free(struct hooks_files *f)
{
    free(f->text);
    *f = (struct hooks_files){.text = NULL};
}
