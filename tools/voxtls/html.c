#include "html.h"

#include <string.h>

#include <libcert/printable.h>

void html_text(FILE *out, const char *text)
{
    static const struct {
        char c;
        const char *entity;
    } entities[] = {{'<', "&lt;"}, {'>', "&gt;"}, {'&', "&amp;"}, {'"', "&quot;"}, {'\'', "&#39;"}};

    for (size_t len = strlen(text); len > 0;) {
        char piece[PRINTABLE_PIECE_MAX];
        const size_t n = printable_piece(text, len, piece);
        const char *shown = piece;

        for (size_t i = 0; i < sizeof entities / sizeof *entities; i++) {
            if (piece[0] == entities[i].c)
                shown = entities[i].entity;
        }
        fputs(shown, out);
        text += n;
        len -= n;
    }
}

void html_cell(FILE *out, const char *tag, const char *text)
{
    fprintf(out, "<%s>", tag);
    html_text(out, text);
    fprintf(out, "</%s>", tag);
}
