#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cli/output.h>
#include <cli/report.h>
#include <libcert/printable.h>

#include "lost.h"

int cli_status(enum vox_err code)
{
    switch (code) {
    case VOX_OK:
        return EXIT_DONE;
    case VOX_E_NO:
        return EXIT_NO;
    case VOX_E_USAGE:
        return EXIT_USAGE;
    case VOX_E_INPUT:
    case VOX_E_EXISTS:
        return EXIT_INPUT;
    case VOX_E_NOT_FOUND:
    case VOX_E_IO:
    case VOX_E_STORE:
    case VOX_E_CRYPTO:
    case VOX_E_MEMORY:
        break;
    }
    return EXIT_ENVIRONMENT;
}

/* A line on standard error after whatever was printed so far, even when both streams are one file. */
static void say_where(const struct cli_common *common, const char *subject)
{
    struct vox_error name;

    (void)fflush(stdout);
    fprintf(stderr, "%s: ", common->program);
    if (subject == NULL)
        return;
    vox_fail(&name, VOX_OK, "%s", subject); /* a file's name may hold control bytes, too */
    fprintf(stderr, "%s: ", subject[0] != '\0' ? name.text : "''");
}

int cli_report(const struct cli_common *common, const char *subject, const struct vox_error *err)
{
    say_where(common, subject);
    fprintf(stderr, "%s\n", err->text);
    if (common->verbose && err->detail[0] != '\0')
        fprintf(stderr, "%s: the library says: %s\n", common->program, err->detail);
    if (err->code == VOX_E_USAGE)
        fprintf(stderr, "Try '%s %s --help'.\n", common->program, common->verb);
    return cli_status(err->code);
}

/* The formatted sentence with control bytes escaped. */
static void sentence(struct vox_error *out, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

static void sentence(struct vox_error *out, const char *fmt, va_list ap)
{
    char text[VOX_ERROR_TEXT_MAX];

    (void)vsnprintf(text, sizeof text, fmt, ap);
    vox_fail(out, VOX_OK, "%s", text);
}

void cli_warn(const struct cli_common *common, const char *subject, const char *fmt, ...)
{
    struct vox_error what;
    va_list ap;

    va_start(ap, fmt);
    sentence(&what, fmt, ap);
    va_end(ap);
    say_where(common, subject);
    fprintf(stderr, "%swarning:%s %s\n", cli_colour(STDERR_FILENO, "33"), cli_colour(STDERR_FILENO, "0"), what.text);
}

int cli_usage(const struct cli_common *common, const char *fmt, ...)
{
    struct vox_error what;
    va_list ap;

    va_start(ap, fmt);
    sentence(&what, fmt, ap);
    va_end(ap);
    (void)fflush(stdout);
    fprintf(stderr, "%s %s: %s\nTry '%s %s --help'.\n", common->program, common->verb, what.text, common->program,
            common->verb);
    return EXIT_USAGE;
}

void cli_say(const struct cli_common *common, const char *fmt, ...)
{
    char *text;
    va_list ap;

    if (common->quiet || common->json)
        return;
    va_start(ap, fmt);
    if (vasprintf(&text, fmt, ap) < 0)
        text = NULL;
    va_end(ap);
    if (text == NULL) {
        lost_because("no memory for a line: what was printed is not complete");
        return;
    }
    const char *at = text;
    for (size_t left = strlen(text), took; left > 0; left -= took, at += took) {
        char piece[PRINTABLE_PIECE_MAX] = "\n";

        took = at[0] == '\n' ? 1 : printable_piece(at, left, piece); /* lines are ours, whatever is named in them */
        (void)fputs(piece, stdout);
    }
    putchar('\n');
    free(text);
}

void cli_hook(const void *common, const char *path, const char *trouble)
{
    const char *slash = strrchr(path, '/');

    if (trouble != NULL)
        cli_warn(common, path, "%s", trouble);
    else
        cli_say(common, "hook %s: done", slash != NULL ? slash + 1 : path);
}
