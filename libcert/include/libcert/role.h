/*
 * Roles of a certificate in a trust list and in TVS answers; services and trust stores of a cluster.
 * Source: docs/formats/trust-list.md 5.2, certificates.md 1.
 */
#ifndef LIBCERT_ROLE_H
#define LIBCERT_ROLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The FUNCTION numbers. Others occur in the field: carry them as numbers. */
enum role {
    ROLE_SAST = 0,
    ROLE_CCM = 1,
    ROLE_CCM_TFTP = 2,
    ROLE_TFTP = 3,
    ROLE_CAPF = 4,
    ROLE_APP_SERVER = 7,
    ROLE_TVS = 21,
    ROLE_NONE = -1,
};

/* role_dump_name(role): as the vendor's dumps spell it ("System Administrator Security Token"), NULL if unknown. */
const char *role_dump_name(int role);

/* role_word(role): the word that options and JSON use ("sast", "ccm", "ccm-tftp", "tftp", "capf", "app-server", "tvs"),
 * NULL if unknown. */
const char *role_word(int role);

/* role_parse(word, out): a word of role_word() in any case, "ccm+tftp", or a number 0 to 65535. false if neither. */
bool role_parse(const char *word, int *out);

/* role_may_sign_files(role): signs .sgn files (TFTP, CCM+TFTP). role_may_sign_lists(role): signs CTL and ITL (SAST). */
bool role_may_sign_files(int role);
bool role_may_sign_lists(int role);

/* Services: what a cluster holds a key and a certificate of its own for. */
enum service {
    SERVICE_CALLMANAGER,
    SERVICE_CALLMANAGER_ECDSA,
    SERVICE_CAPF,
    SERVICE_TVS,
    SERVICE_ITLRECOVERY,
    SERVICE_TOMCAT,
    SERVICE_COUNT,
};

/* service_name(s): "CallManager", "CallManager-ECDSA", "CAPF", "TVS", "ITLRecovery", "tomcat". */
const char *service_name(enum service s);

/* service_parse(word, out): a service name in any case. false if none. */
bool service_parse(const char *word, enum service *out);

/* service_per_node(s): one certificate per node (CallManager, CallManager-ECDSA, TVS, tomcat) or one for the cluster.
 */
bool service_per_node(enum service s);

/* trust_store_name(i): the i-th trust store ("CallManager-trust", ...), NULL past the end. */
const char *trust_store_name(size_t i);

/* trust_store_parse(word): the canonical spelling of a trust store named in any case, NULL if none. */
const char *trust_store_parse(const char *word);

/* trust_store_default_role(store): role of what is uploaded there without --role: ROLE_SAST for Phone-SAST-trust,
 * ROLE_NONE for others. */
int trust_store_default_role(const char *store);

#endif
