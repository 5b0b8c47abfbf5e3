#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "voxtrust.h"

static const struct {
    unsigned bit;
    const char *word;
} services[] = {{NODE_CCM, "ccm"}, {NODE_TFTP, "tftp"}, {NODE_CAPF, "capf"}, {NODE_TVS, "tvs"}};

enum { NSERVICES = sizeof services / sizeof *services };
_Static_assert((int)NSERVICES == (int)SERVICES_MAX, "as many words as services");

enum vox_err services_parse(const char *text, unsigned *out, struct vox_error *err)
{
    *out = 0;
    for (const char *p = text;; p++) {
        size_t len = strcspn(p, ","), i;

        for (i = 0; i < NSERVICES; i++) {
            if (strlen(services[i].word) == len && strncasecmp(p, services[i].word, len) == 0)
                break;
        }
        if (i == NSERVICES)
            return vox_fail(err, VOX_E_USAGE, "no such service: '%.*s' (ccm, tftp, capf, tvs; commas between)",
                            (int)(len < 40 ? len : 40), p);
        *out |= services[i].bit;
        p += len;
        if (*p == '\0')
            return VOX_OK;
    }
}

void services_text(unsigned set, char *out, size_t outlen)
{
    const char *words[SERVICES_MAX];
    size_t count = services_words(set, words), n = 0;

    out[0] = '\0';
    for (size_t i = 0; i < count && n < outlen; i++)
        n += (size_t)snprintf(out + n, outlen - n, "%s%s", n > 0 ? "," : "", words[i]);
}

size_t services_words(unsigned set, const char *out[static SERVICES_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < NSERVICES; i++) {
        if ((set & services[i].bit) != 0)
            out[n++] = services[i].word;
    }
    return n;
}
