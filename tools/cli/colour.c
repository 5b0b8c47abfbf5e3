#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cli/output.h>

const char *cli_colour(int fd, const char *code)
{
    static char sequences[4][16];
    static unsigned next;
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

    if ((no != NULL && no[0] != '\0') || (term != NULL && strcmp(term, "dumb") == 0) || !isatty(fd))
        return "";
    char *out = sequences[next++ % 4]; /* several in one printf() */
    (void)snprintf(out, sizeof sequences[0], "\033[%.10sm", code);
    return out;
}

bool cli_takes_blocks(int fd)
{
    return isatty(fd) && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}
