/*
 * Outputs against files in tests/golden.
 */
#ifndef TEST_GOLDEN_H
#define TEST_GOLDEN_H

#include "lab.h"

#include <fnmatch.h>

/* What show writes to a stream, as a string. Free with free(). */
static inline char *golden_capture(void (*show)(FILE *out, const void *data), const void *data)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    assert_non_null(out);
    show(out, data);
    assert_int_equal(fclose(out), 0);
    return text;
}

/* text agrees with tests/golden/name line by line; '*' in the file stands for anything. */
static inline void golden_agrees(const char *text, const char *name)
{
    char path[512], line[1024];
    const char *at = text;
    unsigned number = 0;
    FILE *f;

    assert_true((size_t)snprintf(path, sizeof path, "%s/../golden/%s", VOX_VECTORS, name) < sizeof path);
    if ((f = fopen(path, "r")) == NULL)
        fail_msg("%s is missing", path);
    while (fgets(line, sizeof line, f) != NULL) {
        char said[1024];
        const size_t len = strcspn(at, "\n");

        number++;
        line[strcspn(line, "\n")] = '\0';
        assert_true(len < sizeof said);
        memcpy(said, at, len);
        said[len] = '\0';
        if (fnmatch(line, said, FNM_NOESCAPE) != 0)
            fail_msg("%s:%u: %s\nsaid: %s", name, number, line, said);
        at += len + (at[len] == '\n' ? 1 : 0);
    }
    (void)fclose(f);
    if (*at != '\0')
        fail_msg("%s: said more: %s", name, at);
}

#endif
