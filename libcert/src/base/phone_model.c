#include <libcert/phonemodel.h>

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { WORDS_MAX = 8, WORD_MAX = 24, NUMBER = 4, SUFFIX_MAX = 3 };
enum { TLS_1_0 = 0x0301, TLS_1_2 = 0x0303, TLS_1_3 = 0x0304 };

/* x stands for any digit; the first row that fits counts. Of 68xx and 98xx nothing is known but that they are not among
 * the old ones. */
static const struct {
    const char *pattern, *family;
    bool legacy, no_security_by_default, no_ec, sip_only;
    uint16_t tls_max;
} families[] = {
    {"7940", "79xx", true, true, true, false, TLS_1_0},   {"7960", "79xx", true, true, true, false, TLS_1_0},
    {"6901", "69xx", true, true, true, false, TLS_1_0},   {"6911", "69xx", true, true, true, false, TLS_1_0},
    {"79xx", "79xx", true, false, true, false, TLS_1_0},  {"69xx", "69xx", true, false, true, false, TLS_1_0},
    {"89xx", "89xx", true, false, true, false, TLS_1_0},  {"99xx", "99xx", true, false, true, true, TLS_1_0},
    {"39xx", "39xx", true, false, true, false, TLS_1_0},  {"78xx", "78xx", false, false, false, true, TLS_1_2},
    {"88xx", "88xx", false, false, false, true, TLS_1_2}, {"68xx", "68xx", false, false, false, true, TLS_1_3},
    {"98xx", "98xx", false, false, false, true, TLS_1_3},
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

static bool fits(const char *pattern, const char *digits)
{
    for (int i = 0; i < NUMBER; i++)
        if (pattern[i] != 'x' && pattern[i] != digits[i])
            return false;
    return true;
}

/* The four digits of a name; NULL when it has none, or something that no model's name has. */
static const char *find_number(const struct words *w)
{
    const char *number;
    size_t i = 0;

    while (i < w->n && is_word_before(w->v[i]))
        i++;
    if (i == w->n || (number = number_of(w->v[i])) == NULL)
        return NULL;
    /* After the number come editions ("-GE", "-C-K9"), not another number. */
    for (size_t k = i + 1; k < w->n; k++) {
        if (number_of(w->v[k]) != NULL)
            return NULL;
    }
    return number;
}

bool phone_model_find(const char *text, struct phone_model *out)
{
    const char *number;
    struct words w;

    *out = (struct phone_model){.name = "", .family = "", .tls_max = TLS_1_3};
    if (!split(text, &w))
        return false;
    if (is_communicator(&w)) {
        *out = (struct phone_model){
            .name = "CIPC", .family = "IP Communicator", .legacy = true, .no_ec = true, .tls_max = TLS_1_0};
        return true;
    }
    number = find_number(&w);
    for (size_t i = 0; number != NULL && i < sizeof families / sizeof *families; i++) {
        if (!fits(families[i].pattern, number))
            continue;
        (void)snprintf(out->name, sizeof out->name, "%.4s", number);
        (void)snprintf(out->family, sizeof out->family, "%s", families[i].family);
        out->legacy = families[i].legacy;
        out->no_security_by_default = families[i].no_security_by_default;
        out->no_ec = families[i].no_ec;
        out->sip_only = families[i].sip_only;
        out->tls_max = families[i].tls_max;
        return true;
    }
    return false;
}
