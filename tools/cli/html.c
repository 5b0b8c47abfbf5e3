#include "html.h"

#include <string.h>

#include <libcert/printable.h>

static const char before_title[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width\">\n<title>";

static const char after_title[] =
    "</title>\n<style>\n"
    ":root{color-scheme:light dark;--line:#8886;--bad:#c22;--warn:#b70;--good:#383}\n"
    "body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem}\n"
    "table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}\n"
    "th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid var(--line);"
    "overflow-wrap:break-word}td:last-child,td div{overflow-wrap:anywhere}td small{color:CanvasText;font-weight:400}\n"
    ".violation,.bad{color:var(--bad);font-weight:600}.warning{color:var(--warn);font-weight:600}.fine{color:var(--"
    "good)}"
    ".off{opacity:.6}\n"
    "svg{width:100%;font-size:12px;fill:currentColor}.label{text-anchor:end}.tick{text-anchor:middle}\n"
    ".grid{stroke:var(--line)}.now{stroke:currentColor;stroke-dasharray:3 3}"
    "rect.good{fill:var(--good)}rect.soon{fill:var(--warn)}rect.ended{fill:var(--bad)}\n"
    "summary{cursor:pointer}td.n,th.n{text-align:right}.part{display:inline-block;height:.6rem;background:var(--good);"
    "min-width:2px}\n"
    "table.counts{width:auto}.counts td:first-child{width:22rem}.counts td:nth-child(2){width:4rem}.counts "
    "td:last-child{width:16rem}\n"
    ".log td{white-space:nowrap}.log "
    "td:nth-child(n+4){white-space:normal;overflow-wrap:break-word}.log "
    "td:last-child{min-width:12rem}\n</style>\n</head>\n<body>\n<h1>";

void html_begin(FILE *out, const char *title)
{
    fputs(before_title, out);
    html_text(out, title);
    fputs(after_title, out);
    html_text(out, title);
    fputs("</h1>\n", out);
}

void html_end(FILE *out)
{
    fputs("</body>\n</html>\n", out);
}

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
