#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include <libcert/limits.h>
#include <libcert/name.h>

#include "x509/name_value.h"
#include "x509/name_walk.h"

/* One "type=value" of the text. */
struct token {
    enum name_rank rank;
    const char *value;
    size_t len;
    bool used;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_type_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' || c == '-';
}

/* Length of "type=" with blanks around the type at p, 0 if there is none; its type in *type, *typelen. */
static size_t type_at(const char *p, const char **type, size_t *typelen)
{
    const char *q = p;

    while (is_blank(*q))
        q++;
    *type = q;
    while (is_type_char(*q))
        q++;
    *typelen = (size_t)(q - *type);
    while (is_blank(*q))
        q++;
    return *typelen > 0 && *q == '=' ? (size_t)(q + 1 - p) : 0;
}

/* A separator is one only if another "type=" follows: values hold ',' and '/' without escapes in the field. */
static bool separator_at(const char *p, bool slashes)
{
    const char *type;
    size_t typelen;

    if (*p != ';' && *p != ',' && *p != '+' && !(slashes && *p == '/'))
        return false;
    return type_at(p + 1, &type, &typelen) > 0;
}

static bool is_end(const char *p, bool slashes)
{
    while (is_blank(*p))
        p++;
    return *p == '\0' || separator_at(p, slashes);
}

/* Past the value that begins at p. A quote counts if one before a separator closes it: tokens' names lack theirs. */
static const char *value_end(const char *p, bool slashes)
{
    const char *q = p;

    while (is_blank(*q))
        q++;
    if (*q == '"')
        for (const char *close = q + 1; *close != '\0'; close++)
            if (*close == '"' && close[-1] != '\\' && is_end(close + 1, slashes))
                return close + 1;
    for (; *p != '\0' && !separator_at(p, slashes); p++)
        if (*p == '\\' && p[1] != '\0')
            p++;
    return p;
}

/* Cut text into at most LIMIT_NAME_ATTRIBUTES tokens. false: more, or something that is no "type=value". */
static bool cut(const char *text, struct token *tokens, size_t *n)
{
    bool slashes = *text == '/';
    const char *type;
    size_t head, typelen;

    *n = 0;
    if (slashes)
        text++;
    while (is_blank(*text))
        text++;
    while (*text != '\0') {
        const char *end;

        if (*n == LIMIT_NAME_ATTRIBUTES || (head = type_at(text, &type, &typelen)) == 0)
            return false;
        text += head;
        end = value_end(text, slashes);
        tokens[(*n)++] = (struct token){name_rank_of_word(type, typelen), text, (size_t)(end - text), false};
        while (is_blank(*end))
            end++;
        text = *end == '\0' ? end : end + 1;
    }
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Reading a value loosely: quotes left out, runs of blanks as one, none at the ends, ASCII letters in lower case. */
struct loose {
    const char *p, *end;
    bool escapes; /* a backslash means the character or the byte after it */
    bool started;
};

static int next_raw(struct loose *l)
{
    int c = (unsigned char)*l->p++;

    if (c != '\\' || !l->escapes || l->p == l->end)
        return c;
    if (l->end - l->p >= 2 && hex_digit(l->p[0]) >= 0 && hex_digit(l->p[1]) >= 0) {
        c = 16 * hex_digit(l->p[0]) + hex_digit(l->p[1]);
        l->p += 2;
        return c;
    }
    return (unsigned char)*l->p++;
}

/* The next character that counts, -1 at the end. */
static int next_loose(struct loose *l)
{
    bool blank = false;

    while (l->p < l->end) {
        struct loose before = *l;
        int c = next_raw(l);

        if (c == '"')
            continue;
        if (is_blank((char)c)) {
            blank = true;
            continue;
        }
        if (blank && l->started) {
            *l = before;
            return ' ';
        }
        l->started = true;
        return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
    }
    return -1;
}

static bool same_loosely(const struct token *t, bool escapes, struct bytes_view v)
{
    struct loose a = {t->value, t->value + t->len, escapes, false};
    struct loose b = {(const char *)v.data, (const char *)v.data + v.len, false, false};
    int ca, cb;

    do {
        ca = next_loose(&a);
        cb = next_loose(&b);
    } while (ca == cb && ca != -1);
    return ca == cb;
}

/* Use up one token that can stand for the attribute. */
static bool find(struct token *tokens, size_t n, const struct name_attribute *a)
{
    enum name_rank rank = name_rank(a->oid);
    unsigned char *owned = NULL;
    struct bytes_view v;
    bool found = false;

    if (!name_value_utf8(&a->value, &v, &owned))
        v = a->value.content;
    for (size_t i = 0; i < n && !found; i++) {
        struct token *t = &tokens[i];

        /* Other types have several spellings each: their value decides. */
        if (t->used || t->rank != rank)
            continue;
        found = t->used = same_loosely(t, true, v) || same_loosely(t, false, v);
    }
    OPENSSL_free(owned);
    return found;
}

/* What we write ourselves agrees, whatever separators the values hold. */
static bool is_our_text(const char *text, struct bytes_view der, enum name_style style)
{
    char *own = NULL;
    bool same = name_text(der, style, &own, NULL) == VOX_OK && strcmp(own, text) == 0;

    free(own);
    return same;
}

static bool agrees_by_attributes(const char *text, struct bytes_view der)
{
    struct token tokens[LIMIT_NAME_ATTRIBUTES];
    struct name_walk w;
    struct name_attribute a;
    size_t n, found = 0;

    if (!name_walk_start(&w, der) || !cut(text, tokens, &n))
        return false;
    while (name_walk_next(&w, &a)) {
        if (!find(tokens, n, &a))
            return false;
        found++;
    }
    return name_walk_sound(&w) && found == n;
}

bool name_text_agrees(const char *text, struct bytes_view der)
{
    return agrees_by_attributes(text, der) || is_our_text(text, der, NAME_VENDOR) ||
           is_our_text(text, der, NAME_RFC4514);
}
