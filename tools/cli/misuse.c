#include "misuse.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <libcert/error.h>

static const char *title;
static FILE *stream;
static char *text;
static size_t len;

static const char tail[] = "Try `"; /* argp's own words on where help is, wrapped */

/* What argp wrote before it says where help is: "TITLE: sentence", or nothing where getopt said it by itself. Words of
 * arguments stand in the sentence, so the last tail is the one. */
static char *cut_tail(void)
{
    char *end = strncmp(text, tail, sizeof tail - 1) == 0 ? text : NULL;

    for (char *next = text; (next = strstr(next, tail)) != NULL; next++) {
        if (next > text && next[-1] == '\n')
            end = next;
    }
    if (end != NULL)
        *end = '\0';
    return end;
}

static void at_exit(void)
{
    const size_t prefix = strlen(title);
    char *sentence, *end;
    struct vox_error escaped;
    bool misuse;

    if (fclose(stream) != 0 || text == NULL || len == 0)
        return;
    misuse = cut_tail() != NULL;
    sentence = text;
    if (strncmp(text, title, prefix) == 0 && strncmp(text + prefix, ": ", 2) == 0)
        sentence = text + prefix + 2;
    if ((end = strchr(sentence, '\0')) > sentence && end[-1] == '\n')
        end[-1] = '\0';
    vox_fail(&escaped, VOX_E_USAGE, "%s", sentence);
    if (sentence[0] != '\0')
        fprintf(stderr, "%s: %s\n", title, escaped.text);
    if (misuse)
        fprintf(stderr, "Try '%s --help'.\n", title);
}

FILE *misuse_stream(const char *of)
{
    if (stream != NULL)
        return stream;
    title = of;
    if ((stream = open_memstream(&text, &len)) == NULL || atexit(at_exit) != 0)
        return stderr;
    return stream;
}
