#include <inttypes.h>
#include <string.h>

#include <cli/html.h>

#include "page.h"

enum { BAR = 240 }; /* pixels of all phones */

static void put_count(FILE *out, const char *words, int64_t n, int64_t all)
{
    fputs("<tr>", out);
    html_cell(out, "td", words);
    fprintf(out,
            "<td class=\"n\">%" PRId64 "</td><td><span class=\"part\" style=\"width:%" PRId64
            "px\"></span></td></tr>\n",
            n, all > 0 ? n * BAR / all : 0);
}

static void put_counts(FILE *out, const char *title, const struct page_counts *c, int64_t all)
{
    fprintf(out,
            "<table class=\"counts\">\n<tr><th scope=\"col\">%s</th><th scope=\"col\" "
            "class=\"n\">Phones</th><th></th></tr>\n",
            title);
    for (size_t i = 0; i < c->n; i++)
        put_count(out, c->list[i].words, c->list[i].n, all);
    if (c->more > 0)
        put_count(out, "others", c->more, all);
    fputs("</table>\n", out);
}

static void put_states(FILE *out, const struct phones_tally *t)
{
    fputs("<table class=\"counts\">\n<tr><th scope=\"col\">State at CAPF</th><th scope=\"col\" "
          "class=\"n\">Phones</th><th></th></tr>\n",
          out);
    for (int i = 0; i < PHONE_STATE_COUNT; i++)
        if (t->by_state[i] > 0)
            put_count(out, phone_state_word((enum phone_state)i), t->by_state[i], t->all);
    if (t->locked > 0)
        put_count(out, "locked after wrong authentication strings", t->locked, t->all);
    fputs("</table>\n", out);
}

void page_phones(FILE *out, const struct page *p)
{
    fputs("<h2>Phones</h2>\n", out);
    if (p->phones == 0) {
        fputs("<p class=\"off\">None is known: voxtrust phones import learns of them from access logs and tables, "
              "voxcapf set makes them known to CAPF.</p>\n",
              out);
        return;
    }
    fprintf(out,
            "<p>%" PRId64 " known; <span class=\"%s\">%" PRId64 " hold another list than is published now</span>. "
            "CTL and ITL are versions of the lists above, none, or ? where nothing is known.</p>\n",
            p->phones, p->outdated > 0 ? "warning" : "fine", p->outdated);
    put_counts(out, "Hold", &p->by_lists, p->phones);
    put_counts(out, "Last seen within", &p->by_seen, p->phones);
    put_counts(out, "Certificate (LSC)", &p->by_lsc, p->phones);
    if (p->status->phones.all > 0)
        put_states(out, &p->status->phones);
}
