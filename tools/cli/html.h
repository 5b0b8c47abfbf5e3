/* Pages of HTML: whatever comes from outside is written as text that no browser obeys. */
#ifndef CLI_HTML_H
#define CLI_HTML_H

#include <stdio.h>

/* html_begin(out, title): the page up to its heading; it needs nothing else and lets nothing in. html_end(out).
 * Classes: bad, warning, fine, off; n for numbers; part for a bar. */
void html_begin(FILE *out, const char *title);
void html_end(FILE *out);

/* html_text(out, text): for between tags and within quoted attributes; what printable.h escapes stays escaped so. */
void html_text(FILE *out, const char *text);

/* html_cell(out, tag, text): <tag>text</tag>; tag is ours. */
void html_cell(FILE *out, const char *tag, const char *text);

#endif
