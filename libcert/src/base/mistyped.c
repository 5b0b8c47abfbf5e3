#include <libcert/mistyped.h>

#include <ctype.h>
#include <string.h>

enum { WORD_MAX = 32 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t mistyped_edits(const char *a, const char *b)
{
    size_t rows[3][WORD_MAX + 1]; /* of the letter before the last, the last and this one */
    size_t la = strlen(a), lb = strlen(b);

    if (la > WORD_MAX || lb > WORD_MAX)
        return MISTYPED_FAR;
    for (size_t j = 0; j <= lb; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= la; i++) {
        size_t *now = rows[i % 3];
        const size_t *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

        now[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            now[j] = least(least(last[j] + 1, now[j - 1] + 1), last[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = least(now[j], before[j - 2] + 1);
        }
    }
    return rows[la % 3][lb];
}

bool mistyped_near(const char *typed, const char *meant, size_t *best)
{
    size_t n = mistyped_edits(typed, meant);

    if (n > (strlen(typed) <= 4 ? 1 : 2) || n >= *best)
        return false;
    *best = n;
    return true;
}

static const struct argp_option own[] = {{"help", '?', NULL, 0, "", 0},
                                         {"usage", 0, NULL, 0, "", 0},
                                         {"version", 'V', NULL, 0, "", 0},
                                         {"program-name", 0, "NAME", 0, "", 0},
                                         {"HANG", 0, "SECONDS", OPTION_ARG_OPTIONAL, "", 0},
                                         {0}};

/* A table of argp ends with a row without name, key, heading and group. */
static bool is_end(const struct argp_option *o)
{
    return o->name == NULL && o->key == 0 && o->doc == NULL && o->group == 0;
}

/* The first row that fits, of the tables or of argp's own. */
static const struct argp_option *find(const struct argp_option *const *tables,
                                      bool (*fits)(const struct argp_option *o, const char *word, size_t len),
                                      const char *word, size_t len)
{
    for (size_t t = 0;; t++) {
        for (const struct argp_option *o = tables[t] != NULL ? tables[t] : own; !is_end(o); o++) {
            if (fits(o, word, len))
                return o;
        }
        if (tables[t] == NULL)
            return NULL;
    }
}

static bool begins(const struct argp_option *o, const char *word, size_t len)
{
    return o->name != NULL && strncmp(o->name, word, len) == 0;
}

static bool equals(const struct argp_option *o, const char *word, size_t len)
{
    return begins(o, word, len) && o->name[len] == '\0';
}

static bool has_key(const struct argp_option *o, const char *word, size_t len)
{
    (void)len;
    return isascii(o->key) && isprint(o->key) && o->key == (unsigned char)word[0];
}

static bool wants_value(const struct argp_option *o)
{
    return o != NULL && o->arg != NULL && (o->flags & OPTION_ARG_OPTIONAL) == 0;
}

/* Do these letters behind a '-' end with one whose value is the next word? */
static bool letters_want(const struct argp_option *const *tables, const char *letters)
{
    for (; letters[0] != '\0'; letters++) {
        const struct argp_option *o = find(tables, has_key, letters, 1);

        if (o != NULL && o->arg != NULL)
            return letters[1] == '\0' && wants_value(o);
    }
    return false;
}

static const char *nearest_to(const struct argp_option *const *tables, const char *word, size_t len)
{
    char typed[WORD_MAX + 1];
    const char *found = NULL;
    size_t best = MISTYPED_FAR;

    if (len > WORD_MAX)
        return NULL;
    memcpy(typed, word, len);
    typed[len] = '\0';
    for (size_t t = 0;; t++) {
        for (const struct argp_option *o = tables[t] != NULL ? tables[t] : own; !is_end(o); o++) {
            if (o->name != NULL && mistyped_near(typed, o->name, &best))
                found = o->name;
        }
        if (tables[t] == NULL)
            return found;
    }
}

const char *mistyped_option(const struct argp_option *const *tables, int argc, char *const *argv, const char **nearest)
{
    *nearest = NULL;
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        const char *word = argv[i] + 2;
        const struct argp_option *o;
        size_t len;

        if (argv[i][0] != '-' || argv[i][1] == '\0')
            continue;
        if (argv[i][1] != '-') {
            i += letters_want(tables, argv[i] + 1);
            continue;
        }
        len = strcspn(word, "=");
        if ((o = find(tables, equals, word, len)) == NULL && (o = find(tables, begins, word, len)) == NULL) {
            *nearest = nearest_to(tables, word, len);
            return argv[i];
        }
        i += word[len] == '\0' && wants_value(o);
    }
    return NULL;
}
