#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <expat.h>

#include <libcert/limits.h>

enum { PATH_ROOM = 512 };

/* What is being read: the path of the element that is open, and its own text. */
struct reading {
    XML_Parser parser;
    struct phone_config *out;
    char path[PATH_ROOM]; /* "device/capfList/capf/phonePort" */
    unsigned depth;
    char text[CONFIG_TEXT_MAX];
    size_t len;
    enum vox_err code;
    struct vox_error *err;
};

static void refuse(struct reading *g, const char *why)
{
    if (g->code != VOX_OK)
        return;
    g->code = vox_fail(g->err, VOX_E_INPUT, "configuration: line %lu: %s",
                       (unsigned long)XML_GetCurrentLineNumber(g->parser), why);
    (void)XML_StopParser(g->parser, XML_FALSE);
}

static void XMLCALL on_start(void *arg, const XML_Char *name, const XML_Char **attributes)
{
    struct reading *g = arg;
    size_t at = strlen(g->path);

    (void)attributes;
    g->len = 0;
    if (g->depth++ == 0 && strcmp(name, "device") != 0) {
        refuse(g, "the root is not <device>");
        return;
    }
    if (g->depth > LIMIT_XML_DEPTH || at + strlen(name) + 2 > sizeof g->path) {
        refuse(g, "nested too deeply");
        return;
    }
    (void)snprintf(g->path + at, sizeof g->path - at, "%s%s", at > 0 ? "/" : "", name);
}

static void XMLCALL on_text(void *arg, const XML_Char *s, int len)
{
    struct reading *g = arg;

    for (int i = 0; i < len && g->len < sizeof g->text - 1; i++)
        g->text[g->len++] = s[i];
}

/* The first of several counts; what is no number, or out of range, is none. */
static void take_number(const char *text, unsigned most, unsigned *out)
{
    char *end;
    unsigned long n = strtoul(text, &end, 10);

    if (*out == 0 && text[0] >= '0' && text[0] <= '9' && *end == '\0' && n <= most)
        *out = (unsigned)n;
}

static bool is_host(const char *text)
{
    return text[0] != '\0' &&
           text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.:-_")] == '\0';
}

static void take_host(const char *text, char out[static CONFIG_TEXT_MAX])
{
    if (out[0] == '\0' && is_host(text))
        (void)snprintf(out, CONFIG_TEXT_MAX, "%s", text);
}

static void take(struct reading *g, const char *text)
{
    static const char member[] = "device/devicePool/callManagerGroup/members/member/callManager/";
    struct phone_config *c = g->out;
    const char *path = g->path;

    if (strcmp(path, "device/fullConfig") == 0)
        c->full = strcasecmp(text, "false") != 0;
    else if (strcmp(path, "device/encrConfig") == 0)
        c->encrypted = strcasecmp(text, "true") == 0;
    else if (strcmp(path, "device/certHash") == 0 && strlen(text) == 32)
        (void)snprintf(c->cert_hash, sizeof c->cert_hash, "%s", text);
    else if (strcmp(path, "device/capfAuthMode") == 0)
        take_number(text, 4, &c->capf_mode);
    else if (strcmp(path, "device/deviceSecurityMode") == 0)
        take_number(text, 3, &c->security);
    else if (strcmp(path, "device/capfList/capf/processNodeName") == 0)
        take_host(text, c->capf);
    else if (strcmp(path, "device/capfList/capf/phonePort") == 0)
        take_number(text, 65535, &c->capf_port);
    else if (strncmp(path, member, sizeof member - 1) == 0 && strcmp(path + sizeof member - 1, "processNodeName") == 0)
        take_host(text, c->ccm);
    else if (strncmp(path, member, sizeof member - 1) == 0 &&
             strcmp(path + sizeof member - 1, "ports/securedSipPort") == 0)
        take_number(text, 65535, &c->ccm_port);
}

static void XMLCALL on_end(void *arg, const XML_Char *name)
{
    struct reading *g = arg;
    char *text = g->text, *slash;

    (void)name;
    while (g->len > 0 && isspace((unsigned char)g->text[g->len - 1]))
        g->len--;
    g->text[g->len] = '\0';
    text += strspn(text, " \t\r\n");
    take(g, text);
    g->len = 0;
    g->depth--;
    slash = strrchr(g->path, '/');
    *(slash != NULL ? slash : g->path) = '\0';
}

static void XMLCALL on_doctype(void *arg, const XML_Char *a, const XML_Char *b, const XML_Char *c, int internal)
{
    (void)a;
    (void)b;
    (void)c;
    (void)internal;
    refuse(arg, "a DTD");
}

enum vox_err config_read(const uint8_t *data, size_t len, struct phone_config *out, struct vox_error *err)
{
    struct reading g = {.out = out, .code = VOX_OK, .err = err};

    *out = (struct phone_config){.there = true, .full = true};
    if (len > LIMIT_CONFIG_FILE)
        return vox_fail(err, VOX_E_INPUT, "configuration: %zu bytes, at most %d are taken", len, LIMIT_CONFIG_FILE);
    if ((g.parser = XML_ParserCreate(NULL)) == NULL)
        return vox_fail(err, VOX_E_MEMORY, "no memory");
    XML_SetUserData(g.parser, &g);
    XML_SetElementHandler(g.parser, on_start, on_end);
    XML_SetCharacterDataHandler(g.parser, on_text);
    XML_SetStartDoctypeDeclHandler(g.parser, on_doctype);
    if (XML_Parse(g.parser, (const char *)data, (int)len, 1) != XML_STATUS_OK)
        refuse(&g, XML_ErrorString(XML_GetErrorCode(g.parser)));
    XML_ParserFree(g.parser);
    if (g.code != VOX_OK)
        *out = (struct phone_config){0};
    return g.code;
}

void config_target(const char *host, unsigned port, unsigned fallback, char *out, size_t outlen)
{
    const bool v6 = strchr(host, ':') != NULL;

    (void)snprintf(out, outlen, "%s%s%s:%u", v6 ? "[" : "", host, v6 ? "]" : "", port != 0 ? port : fallback);
}
