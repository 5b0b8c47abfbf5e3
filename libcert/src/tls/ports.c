#include <stdio.h>
#include <string.h>

#include <libcert/tlsports.h>

enum { FROM_1_1 = TLSPORTS_1_1 | TLSPORTS_1_2, FROM_1_0 = TLSPORTS_1_0 | FROM_1_1 };

static const uint8_t usual[TLSPORTS_COLUMNS] = {
    [TLSPORTS_NORMAL_1_0] = FROM_1_0, [TLSPORTS_NORMAL_1_1] = FROM_1_1, [TLSPORTS_NORMAL_1_2] = TLSPORTS_1_2,
    [TLSPORTS_CC_1_0] = TLSPORTS_1_1, [TLSPORTS_CC_1_1] = FROM_1_1,     [TLSPORTS_CC_1_2] = TLSPORTS_1_2,
};
static const uint8_t ha_proxy[TLSPORTS_COLUMNS] = {
    [TLSPORTS_NORMAL_1_0] = TLSPORTS_1_2, [TLSPORTS_NORMAL_1_1] = TLSPORTS_1_2, [TLSPORTS_NORMAL_1_2] = TLSPORTS_1_2,
    [TLSPORTS_CC_1_0] = TLSPORTS_1_1,     [TLSPORTS_CC_1_1] = TLSPORTS_1_2,     [TLSPORTS_CC_1_2] = TLSPORTS_1_2,
};

static const struct tlsports_row call_manager[] = {
    {"Tomcat", "HTTPS", "443", {443}, usual, true},
    {"SCCP-SEC-SIG", "SCCP", "2443", {2443}, usual, false},
    {"CTL-SERV", "proprietary", "2444", {2444}, usual, false},
    {"CTI", "QBE", "2749", {2749}, usual, false},
    {"CAPF-SERV", "TCP", "3804", {3804}, usual, false},
    {"ILS", "-", "7501", {7501}, usual, false},
    {"AXL", "SOAP", "8443", {8443}, usual, true},
    {"HA proxy", "TCP", "9443", {9443}, ha_proxy, false},
    {"SIP-SIG", "SIP", "5061 (configurable)", {5061}, usual, false},
    {"HA proxy", "TCP", "6971, 6972", {6971, 6972}, ha_proxy, false},
    {"Tomcat", "HTTPS", "8080, 8443 (8443 speaks TLS)", {8443}, usual, true},
    {"TVS", "proprietary", "2445", {2445}, usual, false},
};

static const struct tlsports_row presence[] = {
    {"", "", "443", {443}, usual, true},    {"", "", "5061", {5061}, usual, false},
    {"", "", "5062", {5062}, usual, false}, {"", "", "5280", {5280}, usual, false},
    {"", "", "8083", {8083}, usual, false}, {"", "", "8443", {8443}, usual, true},
};

const struct tlsports_row *tlsports_call_manager(size_t *n)
{
    *n = sizeof call_manager / sizeof *call_manager;
    return call_manager;
}

const struct tlsports_row *tlsports_presence(size_t *n)
{
    *n = sizeof presence / sizeof *presence;
    return presence;
}

enum tlsports_column tlsports_column_of(const struct tls_settings *s)
{
    static const enum tlsports_column columns[2][3] = {
        {TLSPORTS_NORMAL_1_0, TLSPORTS_NORMAL_1_1, TLSPORTS_NORMAL_1_2},
        {TLSPORTS_CC_1_0, TLSPORTS_CC_1_1, TLSPORTS_CC_1_2},
    };
    const int i = s->min_version - 0x0301;

    return i >= 0 && i < 3 ? columns[s->common_criteria][i] : TLSPORTS_NO_COLUMN;
}

const char *tlsports_column_title(enum tlsports_column c)
{
    static const char *const titles[TLSPORTS_COLUMNS] = {
        [TLSPORTS_NORMAL_1_0] = "normal 1.0", [TLSPORTS_NORMAL_1_1] = "normal 1.1",
        [TLSPORTS_NORMAL_1_2] = "normal 1.2", [TLSPORTS_CC_1_0] = "CC 1.0",
        [TLSPORTS_CC_1_1] = "CC 1.1",         [TLSPORTS_CC_1_2] = "CC 1.2",
    };

    return c == TLSPORTS_NO_COLUMN ? "normal 1.3" : titles[c];
}

uint8_t tlsports_versions(const struct tlsports_row *row, enum tlsports_column c)
{
    return c == TLSPORTS_NO_COLUMN ? TLSPORTS_1_3 : row->versions[c];
}

void tlsports_text(uint8_t versions, char out[static TLSPORTS_TEXT_MAX])
{
    static const char *const names[] = {"1.0", "1.1", "1.2", "1.3"};
    size_t len = 0;

    out[0] = '\0';
    if (versions == FROM_1_0 || versions == FROM_1_1) {
        (void)snprintf(out, TLSPORTS_TEXT_MAX, "%s+", versions == FROM_1_0 ? "1.0" : "1.1");
        return;
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if ((versions & (1u << i)) != 0)
            len += (size_t)snprintf(out + len, TLSPORTS_TEXT_MAX - len, "%s%s", len > 0 ? ", " : "", names[i]);
    }
}
