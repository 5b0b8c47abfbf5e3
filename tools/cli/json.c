#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cli/output.h>
#include <cli/report.h>
#include <libcert/printable.h>

#include "lost.h"

int cli_json_print(json_t *doc)
{
    int failed = doc == NULL || json_dumpf(doc, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_ENSURE_ASCII) != 0;

    json_decref(doc);
    if (failed && !ferror(stdout)) /* what cannot be written is told at the end, once */
        lost_because("no memory for the JSON document");
    if (!failed && putchar('\n') == EOF)
        failed = 1;
    return failed ? EXIT_ENVIRONMENT : EXIT_DONE;
}

json_t *cli_json_text(const char *text)
{
    json_t *plain = text != NULL ? json_string(text) : json_null();
    size_t room;
    char *escaped;

    if (plain != NULL)
        return plain;
    room = strlen(text) * (PRINTABLE_PIECE_MAX - 1) + 8; /* every byte as \xNN */
    if ((escaped = malloc(room)) == NULL)
        return NULL;
    printable_escape(escaped, room, text);
    plain = json_string(escaped);
    free(escaped);
    return plain;
}
