#include <stddef.h>
#include <string.h>
#include <strings.h>

#include <libcert/role.h>

static const struct {
    int role;
    const char *word;
    const char *dump;
} roles[] = {
    {ROLE_SAST, "sast", "System Administrator Security Token"},
    {ROLE_CCM, "ccm", "CCM"},
    {ROLE_CCM_TFTP, "ccm-tftp", "CCM+TFTP"},
    {ROLE_TFTP, "tftp", "TFTP"},
    {ROLE_CAPF, "capf", "CAPF"},
    {ROLE_APP_SERVER, "app-server", "APP-SERVER"},
    {ROLE_TVS, "tvs", "TVS"},
};
enum { ROLES = sizeof roles / sizeof roles[0] };

const char *role_dump_name(int role)
{
    for (size_t i = 0; i < ROLES; i++)
        if (roles[i].role == role)
            return roles[i].dump;
    return NULL;
}

const char *role_word(int role)
{
    for (size_t i = 0; i < ROLES; i++)
        if (roles[i].role == role)
            return roles[i].word;
    return NULL;
}

/* Digits only: strtol() would take blanks, signs and more. */
static bool parse_number(const char *word, int *out)
{
    int n = 0;

    if (*word == '\0')
        return false;
    for (const char *p = word; *p != '\0'; p++) {
        if (*p < '0' || *p > '9')
            return false;
        n = 10 * n + (*p - '0');
        if (n > UINT16_MAX)
            return false;
    }
    *out = n;
    return true;
}

bool role_parse(const char *word, int *out)
{
    for (size_t i = 0; i < ROLES; i++) {
        if (strcasecmp(word, roles[i].word) == 0 || strcasecmp(word, roles[i].dump) == 0) {
            *out = roles[i].role;
            return true;
        }
    }
    return parse_number(word, out);
}

bool role_may_sign_files(int role)
{
    return role == ROLE_TFTP || role == ROLE_CCM_TFTP;
}

bool role_may_sign_lists(int role)
{
    return role == ROLE_SAST;
}

static const struct {
    const char *name;
    bool per_node;
} services[SERVICE_COUNT] = {
    [SERVICE_CALLMANAGER] = {"CallManager", true},
    [SERVICE_CALLMANAGER_ECDSA] = {"CallManager-ECDSA", true},
    [SERVICE_CAPF] = {"CAPF", false},
    [SERVICE_TVS] = {"TVS", true},
    [SERVICE_ITLRECOVERY] = {"ITLRecovery", false},
    [SERVICE_TOMCAT] = {"tomcat", true},
};

const char *service_name(enum service s)
{
    return (size_t)s < SERVICE_COUNT ? services[s].name : NULL;
}

bool service_parse(const char *word, enum service *out)
{
    for (size_t i = 0; i < SERVICE_COUNT; i++) {
        if (strcasecmp(word, services[i].name) == 0) {
            *out = (enum service)i;
            return true;
        }
    }
    return false;
}

bool service_per_node(enum service s)
{
    return (size_t)s < SERVICE_COUNT && services[s].per_node;
}

static const char phone_sast_trust[] = "Phone-SAST-trust";

static const char *const trust_stores[] = {
    "CallManager-trust", "CAPF-trust", "TVS-trust", "tomcat-trust", phone_sast_trust, "Phone-VPN-trust",
};
enum { TRUST_STORES = sizeof trust_stores / sizeof trust_stores[0] };

const char *trust_store_name(size_t i)
{
    return i < TRUST_STORES ? trust_stores[i] : NULL;
}

const char *trust_store_parse(const char *word)
{
    for (size_t i = 0; i < TRUST_STORES; i++)
        if (strcasecmp(word, trust_stores[i]) == 0)
            return trust_stores[i];
    return NULL;
}

int trust_store_default_role(const char *store)
{
    return strcasecmp(store, phone_sast_trust) == 0 ? ROLE_SAST : ROLE_NONE;
}
