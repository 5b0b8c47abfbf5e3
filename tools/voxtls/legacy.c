#include "legacy.h"

static const struct legacy_row rows[] = {
    {LEGACY_ENCRYPTED, "legacy phones in encrypted mode", "do not work", NULL},
    {LEGACY_AUTHENTICATED, "legacy phones in authenticated mode", "do not work", NULL},
    {LEGACY_USED, "IP phone services by secure (HTTPS) URL", "do not work",
     "HTTP for all services underneath (corporate and personal directory ...); not recommended where confidential data "
     "is entered, as with Extension Mobility. Drawbacks: two kinds of URL to provision, no resilience for phone "
     "services, load on the server"},
    {LEGACY_USED, "Extension Mobility Cross Cluster", "not supported",
     "1. EMCC over HTTP; 2. mixed mode on in every cluster; 3. the same USB eTokens in every cluster"},
    {LEGACY_USED, "LSC", "not supported, so LSC-based 802.1X and phone VPN are out",
     "802.1X: EAP-MD5 by MIC or password (not recommended); VPN: end-user name and password"},
    {LEGACY_USED, "encrypted TFTP config files", "not supported, even with a MIC", NULL},
    {LEGACY_USED, "CallManager certificate renewal",
     "the phones lose trust: after the renewal they cannot get new configurations (release 11.5.1 only)",
     "before activating the new certificate set \"Cluster for roll back to pre-8.0\" to True (this disables security); "
     "allow TLS 1.0 for a while (several reboots)"},
    {LEGACY_CLUSTER, "connection to an old call manager", "TLS 1.2 to a release that lacks it (9.x: 1.0 only) fails",
     "a non-secure trunk (not recommended), or upgrade"},
    {LEGACY_CLUSTER, "CTL client", "does not support TLS 1.2",
     "allow TLS 1.0 while the CTL client is used, then Common Criteria mode and minimum 1.1 or 1.2; or go tokenless: "
     "utils ctl set-cluster mixed-mode in Common Criteria mode, then minimum 1.1 or 1.2"},
    {LEGACY_CLUSTER, "address book synchronizer", "fails", NULL},
};

const struct legacy_row *legacy_rows(size_t *n)
{
    *n = sizeof rows / sizeof *rows;
    return rows;
}
