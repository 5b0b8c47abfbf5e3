/* Pages of HTML: whatever comes from outside is written as text that no browser obeys. */
#ifndef VOXTLS_HTML_H
#define VOXTLS_HTML_H

#include <stdio.h>

/* html_text(out, text): for between tags and within quoted attributes; what printable.h escapes stays escaped so. */
void html_text(FILE *out, const char *text);

/* html_cell(out, tag, text): <tag>text</tag>; tag is ours. */
void html_cell(FILE *out, const char *tag, const char *text);

#endif
