#include "encsgn_xml.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <expat.h>

#include <libcert/limits.h>
#include <libcert/tlv.h>

static const char *const kept_names[XML_KEPT] = {
    [XML_IP_ADDRESS_MODE] = "ipAddressMode",
    [XML_LOAD_INFORMATION] = "loadInformation",
    [XML_CAPF_AUTH_MODE] = "capfAuthMode",
    [XML_CAPF_LIST] = "capfList",
};

/* An element that is being written: its own text decides whether it may be indented. */
struct element {
    bool open;     /* the start tag still lacks its '>' */
    bool children; /* has child elements */
    bool mixed;    /* has text that is more than blanks beside its children: kept as it stands */
};

/* What the handlers share. Depth counts the elements around the next one. */
struct reading {
    XML_Parser parser;
    unsigned depth;
    int keeping;                          /* enum xml_kept, or -1 */
    bool seen[XML_KEPT];                  /* for a second one */
    struct element path[LIMIT_XML_DEPTH]; /* of the kept element, by depth */
    struct tlv_writer text;               /* character data since the last tag */
    struct tlv_writer out[XML_KEPT];
    enum vox_err code;
    struct vox_error *err;
};

/* End the parse with a sentence. The first one stays. */
static void refuse(struct reading *g, const char *why, const char *what)
{
    if (g->code != VOX_OK)
        return;
    g->code = vox_fail(g->err, VOX_E_INPUT, "signed-files.md 3: configuration: line %lu: %s%s",
                       (unsigned long)XML_GetCurrentLineNumber(g->parser), why, what);
    (void)XML_StopParser(g->parser, XML_FALSE);
}

static void put_text(struct tlv_writer *w, const char *s)
{
    tlv_put(w, s, strlen(s));
}

static void put_indent(struct tlv_writer *w, unsigned depth)
{
    tlv_put_u8(w, '\n');
    for (unsigned i = 0; i < depth; i++)
        put_text(w, "  ");
}

/* Text as it must be written to read back the same. */
static void put_escaped(struct tlv_writer *w, const char *s, size_t len, bool attribute)
{
    for (size_t i = 0; i < len; i++) {
        switch (s[i]) {
        case '&':
            put_text(w, "&amp;");
            break;
        case '<':
            put_text(w, "&lt;");
            break;
        case '>':
            put_text(w, "&gt;");
            break;
        case '\r':
            put_text(w, "&#13;");
            break;
        case '"':
            put_text(w, attribute ? "&quot;" : "\"");
            break;
        case '\n':
            put_text(w, attribute ? "&#10;" : "\n");
            break;
        case '\t':
            put_text(w, attribute ? "&#9;" : "\t");
            break;
        default:
            tlv_put_u8(w, (uint8_t)s[i]);
        }
    }
}

static bool blank(const struct tlv_writer *w)
{
    for (size_t i = 0; i < w->len; i++)
        if (strchr(" \t\r\n", w->data[i]) == NULL)
            return false;
    return true;
}

static void close_start_tag(struct tlv_writer *w, struct element *e)
{
    if (e->open)
        tlv_put_u8(w, '>');
    e->open = false;
}

/* Write what stood in front of the next tag inside e, unless it was indentation. */
static void flush_text(struct reading *g, struct element *e, bool before_child)
{
    struct tlv_writer *w = &g->out[g->keeping];

    if (g->text.len > 0 && (!blank(&g->text) || e->mixed || (!before_child && !e->children))) {
        e->mixed = e->mixed || before_child || e->children;
        close_start_tag(w, e);
        put_escaped(w, (const char *)g->text.data, g->text.len, false);
    }
    g->text.len = 0;
}

static void start_kept(struct reading *g, const char *name, const char **attributes)
{
    struct tlv_writer *w = &g->out[g->keeping];

    if (g->depth > 1) {
        struct element *parent = &g->path[g->depth - 1];

        flush_text(g, parent, true);
        close_start_tag(w, parent);
        parent->children = true;
        if (!parent->mixed)
            put_indent(w, g->depth);
    } else {
        put_text(w, "  ");
    }
    g->text.len = 0;
    g->path[g->depth] = (struct element){.open = true};
    tlv_put_u8(w, '<');
    put_text(w, name);
    for (; attributes[0] != NULL; attributes += 2) {
        tlv_put_u8(w, ' ');
        put_text(w, attributes[0]);
        put_text(w, "=\"");
        put_escaped(w, attributes[1], strlen(attributes[1]), true);
        tlv_put_u8(w, '"');
    }
}

static void start(void *arg, const char *name, const char **attributes)
{
    struct reading *g = arg;

    if (g->code != VOX_OK)
        return;
    if (g->depth == LIMIT_XML_DEPTH) {
        refuse(g, "elements are nested too deeply", "");
        return;
    }
    if (g->depth == 0 && strcmp(name, "device") != 0) {
        refuse(g, "no phone configuration: its root must be <device>, is ", name);
        return;
    }
    if (g->depth == 1) {
        for (int i = 0; i < XML_KEPT; i++) {
            if (strcmp(name, kept_names[i]) != 0)
                continue;
            if (g->seen[i]) {
                refuse(g, "stands there twice: ", name);
                return;
            }
            g->seen[i] = true;
            g->keeping = i;
        }
    }
    if (g->keeping >= 0)
        start_kept(g, name, attributes);
    g->depth++;
}

static void end(void *arg, const char *name)
{
    struct reading *g = arg;

    if (g->code != VOX_OK)
        return;
    g->depth--;
    if (g->keeping < 0)
        return;

    struct tlv_writer *w = &g->out[g->keeping];
    struct element *e = &g->path[g->depth];
    flush_text(g, e, false);
    if (e->open) {
        put_text(w, "/>");
    } else {
        if (e->children && !e->mixed)
            put_indent(w, g->depth);
        put_text(w, "</");
        put_text(w, name);
        tlv_put_u8(w, '>');
    }
    if (g->depth == 1) {
        tlv_put_u8(w, '\n');
        g->keeping = -1;
    }
}

static void characters(void *arg, const char *s, int len)
{
    struct reading *g = arg;

    if (g->code == VOX_OK && g->keeping >= 0)
        tlv_put(&g->text, s, (size_t)len);
}

/* Entities come with a DTD, and no phone configuration has one. */
static void doctype(void *arg, const char *name, const char *system, const char *public, int internal)
{
    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    refuse(arg, "a DTD has no place in a phone configuration", "");
}

static enum vox_err parse(struct reading *g, const uint8_t *config, size_t len)
{
    XML_SetUserData(g->parser, g);
    XML_SetElementHandler(g->parser, start, end);
    XML_SetCharacterDataHandler(g->parser, characters);
    XML_SetStartDoctypeDeclHandler(g->parser, doctype);
    if (XML_Parse(g->parser, (const char *)config, (int)len, XML_TRUE) == XML_STATUS_OK || g->code != VOX_OK)
        return g->code;
    if (XML_GetErrorCode(g->parser) == XML_ERROR_NO_MEMORY)
        return vox_fail(g->err, VOX_E_MEMORY, "no memory");
    return vox_fail(g->err, VOX_E_INPUT, "signed-files.md 3: configuration: line %lu: not well-formed XML: %s",
                    (unsigned long)XML_GetCurrentLineNumber(g->parser), XML_ErrorString(XML_GetErrorCode(g->parser)));
}

enum vox_err xml_take(const uint8_t *config, size_t len, struct bytes kept[static XML_KEPT], struct vox_error *err)
{
    struct reading g = {.keeping = -1, .text = tlv_writer(LIMIT_CONFIG_FILE), .err = err};
    enum vox_err code;

    for (int i = 0; i < XML_KEPT; i++) {
        /* Escaping and indenting lengthen: by 6 for a quote, by the depth for the shortest element. */
        g.out[i] = tlv_writer((size_t)LIMIT_CONFIG_FILE * 8);
        kept[i] = (struct bytes){NULL, 0};
    }
    if (len > LIMIT_CONFIG_FILE)
        return vox_fail(err, VOX_E_INPUT, "signed-files.md 4: %zu bytes, more than the %d of a phone configuration",
                        len, LIMIT_CONFIG_FILE);
    if (len > 0 && memchr(config, '\0', len) != NULL)
        return vox_fail(err, VOX_E_INPUT,
                        "signed-files.md 3: configuration: holds NUL bytes: phones read UTF-8, not UTF-16");
    if ((g.parser = XML_ParserCreate(NULL)) == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    if ((code = parse(&g, config, len)) == VOX_OK && g.text.no_memory)
        code = vox_fail(err, VOX_E_MEMORY, "no memory");
    for (int i = 0; i < XML_KEPT && code == VOX_OK; i++)
        code = tlv_finish(&g.out[i], &kept[i], err);
    for (int i = 0; i < XML_KEPT; i++) {
        tlv_writer_free(&g.out[i]);
        if (code != VOX_OK)
            bytes_free(&kept[i]);
    }
    tlv_writer_free(&g.text);
    XML_ParserFree(g.parser);
    return code;
}
