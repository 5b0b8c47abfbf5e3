#include <libcert/phonemodel.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { TLS_1_0 = 0x0301, TLS_1_2 = 0x0303, TLS_1_3 = 0x0304 };

/* x stands for any digit; the first row that fits counts. */
static const struct {
    const char *pattern;
    bool legacy, no_security_by_default, no_ec;
    uint16_t tls_max;
} families[] = {
    {"7940", true, true, true, TLS_1_0},    {"7960", true, true, true, TLS_1_0},
    {"6901", true, true, true, TLS_1_0},    {"6911", true, true, true, TLS_1_0},
    {"79xx", true, false, true, TLS_1_0},   {"69xx", true, false, true, TLS_1_0},
    {"89xx", true, false, true, TLS_1_0},   {"99xx", true, false, true, TLS_1_0},
    {"39xx", true, false, true, TLS_1_0},   {"78xx", false, false, false, TLS_1_2},
    {"88xx", false, false, false, TLS_1_2},
};

static bool fits(const char *pattern, const char *digits)
{
    for (int i = 0; i < 4; i++)
        if (pattern[i] != 'x' && pattern[i] != digits[i])
            return false;
    return true;
}

/* The first four digits in a row that stand alone. */
static const char *find_digits(const char *text)
{
    for (const char *p = text; *p != '\0';) {
        size_t n = strspn(p, "0123456789");

        if (n == 4)
            return p;
        p += n > 0 ? n : 1;
    }
    return NULL;
}

bool phone_model_find(const char *text, struct phone_model *out)
{
    const char *digits = find_digits(text);

    *out = (struct phone_model){.name = "", .tls_max = TLS_1_3};
    if (strcasecmp(text, "CIPC") == 0 || strcasestr(text, "IP Communicator") != NULL) {
        *out = (struct phone_model){.name = "CIPC", .legacy = true, .no_ec = true, .tls_max = TLS_1_0};
        return true;
    }
    for (size_t i = 0; digits != NULL && i < sizeof families / sizeof *families; i++) {
        if (!fits(families[i].pattern, digits))
            continue;
        (void)snprintf(out->name, sizeof out->name, "%.4s", digits);
        out->legacy = families[i].legacy;
        out->no_security_by_default = families[i].no_security_by_default;
        out->no_ec = families[i].no_ec;
        out->tls_max = families[i].tls_max;
        return true;
    }
    return false;
}
