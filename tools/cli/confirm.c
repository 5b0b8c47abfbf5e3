#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

#include <cli/input.h>

#include "terminal.h"

bool cli_confirm(const struct cli_common *common, const char *fmt, ...)
{
    char question[512], prompt[VOX_ERROR_TEXT_MAX + 16], answer[16];
    struct vox_error escaped;
    va_list ap;

    if (common->yes)
        return true;
    va_start(ap, fmt);
    (void)vsnprintf(question, sizeof question, fmt, ap);
    va_end(ap);
    vox_fail(&escaped, VOX_OK, "%s", question);
    (void)snprintf(prompt, sizeof prompt, "%s [y/N] ", escaped.text);
    (void)fflush(stdout);
    return terminal_ask(prompt, true, answer, sizeof answer) > 0 &&
           (strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0);
}

bool cli_ask(const struct cli_common *common, const char *prompt, char *out, size_t outlen)
{
    (void)common;
    (void)fflush(stdout);
    return terminal_ask(prompt, true, out, outlen) > 0;
}
