#include "models.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { WORDS_MAX = 8, WORD_MAX = 24, NUMBER = 4, SUFFIX_MAX = 3 };

static const struct {
    const char *digits; /* the number's first two */
    enum model_kind kind;
} families[] = {
    {"79", MODEL_LEGACY}, {"69", MODEL_LEGACY}, {"89", MODEL_LEGACY}, {"99", MODEL_LEGACY}, {"39", MODEL_LEGACY},
    {"68", MODEL_OTHER},  {"78", MODEL_OTHER},  {"88", MODEL_OTHER},  {"98", MODEL_OTHER},
};

/* Words that stand before a number and say nothing about it. */
static const char *const before[] = {"CISCO", "SYSTEMS", "UNIFIED", "WIRELESS", "CONFERENCE", "STATION",
                                     "IP",    "PHONE",   "SIP",     "DESK",     "CP"};

struct words {
    char v[WORDS_MAX][WORD_MAX];
    size_t n;
};

/* Upper case, split at blanks and dashes. false: too many, too long, or something that no model has in its name. */
static bool split(const char *text, struct words *w)
{
    size_t len = 0;

    memset(w, 0, sizeof *w);
    for (;; text++) {
        const unsigned char c = (unsigned char)*text;

        if (isalnum(c)) {
            if (w->n == WORDS_MAX || len == WORD_MAX - 1)
                return false;
            w->v[w->n][len++] = (char)toupper(c);
            continue;
        }
        if (c != '\0' && strchr(" \t-_/+", c) == NULL)
            return false;
        if (len > 0)
            w->n++;
        len = 0;
        if (c == '\0')
            return w->n > 0;
    }
}

static bool is_word_before(const char *word)
{
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        if (strcmp(word, before[i]) == 0)
            return true;
    }
    return false;
}

/* "7962", "7962G", "CP7962G": four digits, and up to three letters after them. */
static const char *number_of(const char *word)
{
    const char *digits = strncmp(word, "CP", 2) == 0 ? word + 2 : word;
    size_t n = strspn(digits, "0123456789");
    const char *suffix = digits + n;

    if (n != NUMBER || strlen(suffix) > SUFFIX_MAX)
        return NULL;
    for (const char *p = suffix; *p != '\0'; p++) {
        if (!isalpha((unsigned char)*p))
            return NULL;
    }
    return digits;
}

static bool is_communicator(const struct words *w)
{
    size_t i = 0;

    while (i < w->n && (strcmp(w->v[i], "CISCO") == 0 || strcmp(w->v[i], "UNIFIED") == 0))
        i++;
    return (i + 1 == w->n && strcmp(w->v[i], "CIPC") == 0) ||
           (i + 2 == w->n && strcmp(w->v[i], "IP") == 0 && strcmp(w->v[i + 1], "COMMUNICATOR") == 0);
}

struct model model_of(const char *text)
{
    struct model m = {.kind = MODEL_UNKNOWN, .family = ""};
    const char *number;
    struct words w;
    size_t i = 0;

    if (!split(text, &w))
        return m;
    if (is_communicator(&w)) {
        m.kind = MODEL_LEGACY;
        (void)snprintf(m.family, sizeof m.family, "IP Communicator");
        return m;
    }
    while (i < w.n && is_word_before(w.v[i]))
        i++;
    if (i == w.n || (number = number_of(w.v[i])) == NULL)
        return m;
    /* After the number come editions ("-GE", "-C-K9"), not another number. */
    for (size_t k = i + 1; k < w.n; k++) {
        if (number_of(w.v[k]) != NULL)
            return m;
    }
    for (size_t k = 0; k < sizeof families / sizeof *families; k++) {
        if (strncmp(number, families[k].digits, 2) != 0)
            continue;
        m.kind = families[k].kind;
        (void)snprintf(m.family, sizeof m.family, "%.2sxx", number);
    }
    return m;
}
